// The address plan: where things live whose addresses the program can see or a worker shares.
//
// All fixed regions lie between the executable (0x55… or 0x56…, or 0x4… when not position
// independent) and 0x10…, or between it and the libraries (0x7f…), with and without address
// randomisation. Fixed addresses make every pointer value a function of the schedule.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle {

// Host heap: the explorer's, the reports' and libc's own blocks; never restored.
inline constexpr uintptr_t kHostHeapRegion = 0x060000000000;
inline constexpr size_t kHostHeapSize = size_t{1} << 40;

// Program heap: slot s owns [kProgramHeapRegion + s * kProgramHeapStride, + kProgramHeapStride).
inline constexpr uintptr_t kProgramHeapRegion = 0x100000000000;
inline constexpr size_t kProgramHeapStride = size_t{1} << 33;

// Stacks and control blocks of fibers: FiberPool::kStride each.
inline constexpr uintptr_t kStackRegion = 0x700000000000;

// The engine's whole state and the choice log.
inline constexpr uintptr_t kEngineArenaRegion = 0x7c0000000000;
inline constexpr size_t kEngineArenaSize = size_t{16} << 30;

}  // namespace heddle
