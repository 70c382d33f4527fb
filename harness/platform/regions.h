// The address plan: where things live whose addresses the program can see or a worker shares.
//
// All fixed regions lie between the executable (0x55… or 0x56…, or 0x4… when not position
// independent) and 0x10…, or between it and the libraries (0x7f…), with and without address
// randomisation. Fixed addresses make every pointer value a function of the schedule.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle {

#ifndef HEDDLE_JUDGE_TSAN

// Host heap: the explorer's, the reports' and libc's own blocks; never restored.
// Program heap: slot s owns [kProgramHeapRegion + s * kProgramHeapStride, + kProgramHeapStride).
#ifdef HEDDLE_SANITIZED
// AddressSanitizer's shadow ends at 0x10008…, and its own heap is at 0x60….
inline constexpr uintptr_t kHostHeapRegion = 0x650000000000;
inline constexpr uintptr_t kProgramHeapRegion = 0x110000000000;
#else
inline constexpr uintptr_t kHostHeapRegion = 0x060000000000;
inline constexpr uintptr_t kProgramHeapRegion = 0x100000000000;
#endif
inline constexpr size_t kHostHeapSize = size_t{1} << 40;
inline constexpr size_t kProgramHeapStride = size_t{1} << 33;

// Stacks and control blocks of fibers: FiberPool::kStride each.
inline constexpr uintptr_t kStackRegion = 0x700000000000;

// The engine's whole state and the choice log.
inline constexpr uintptr_t kEngineArenaRegion = 0x7c0000000000;
inline constexpr size_t kEngineArenaSize = size_t{16} << 30;

// What of an execution outlives the process that runs it: shared with forks.
inline constexpr uintptr_t kLogRegion = 0x7c0800000000;

// What a supervisor and its worker tell each other.
inline constexpr uintptr_t kExchangeRegion = 0x7c1000000000;

// Room for the detector's cells, at any address.
inline constexpr size_t kCellPoolSize = size_t{1} << 40;

#else

// ThreadSanitizer has its shadow and its own heap in between, and takes accesses only in what is
// left: below 0x80…, around 0x55…, and from 0x7e8… on. The order of the regions is the same. A
// task's heap has to be smaller for all to fit.
inline constexpr uintptr_t kProgramHeapRegion = 0x001000000000;
inline constexpr size_t kProgramHeapStride = size_t{48} << 20;

inline constexpr uintptr_t kStackRegion = 0x7e9000000000;

inline constexpr uintptr_t kHostHeapRegion = 0x7eb000000000;
inline constexpr size_t kHostHeapSize = size_t{64} << 30;

inline constexpr uintptr_t kEngineArenaRegion = 0x7ec000000000;
inline constexpr size_t kEngineArenaSize = size_t{16} << 30;

inline constexpr uintptr_t kLogRegion = 0x7ec800000000;
inline constexpr uintptr_t kExchangeRegion = 0x7ee000000000;

// Stands for models: 8 bytes each by number, never mapped, since it is their shadow that is used.
inline constexpr uintptr_t kJudgeKeyRegion = 0x7ed000000000;

// From there to the libraries there may be no more than 190 GB, where addresses are random.
inline constexpr size_t kCellPoolSize = size_t{32} << 30;

#endif

inline constexpr size_t kLogSize = size_t{8} << 30;
inline constexpr size_t kExchangeSize = size_t{64} << 30;

// Heddle's own alone: engine, log and exchange lie here, and nothing of the program's.
inline constexpr uintptr_t kOwnRegion = kEngineArenaRegion;
inline constexpr uintptr_t kOwnRegionEnd = kExchangeRegion + kExchangeSize;
static_assert(kEngineArenaRegion < kLogRegion && kLogRegion < kExchangeRegion);

}  // namespace heddle
