// A plain access of the program: counted, perhaps a scheduling point, checked for races.
#pragma once

#include "runtime/runtime.h"

namespace heddle {

// The rest of an access that does not end at once. Call inside no HarnessScope.
void access_slow(Runtime& runtime, uintptr_t address, uint32_t size, bool write, bool stop,
                 Site site);

// The rest of an access that writes where writes are noted, settled or not (note_write).
void access_noting(Runtime& runtime, uintptr_t address, uint32_t size, bool stop, Site site);

// The rest of judge_access, where the memory may be dead or there was a race.
void judge_doubtful(Runtime& runtime, const AccessInfo& access, size_t size, const Detection* race);

// Whether it lies in the stack, or among the thread-local variables, of some task.
inline bool in_stacks(uintptr_t address) {
  return address - kStackRegion < kMaxTasks * FiberPool::kStride;
}

// The same of another task.
inline bool in_foreign_stack(Runtime& runtime, uintptr_t address) {
  const uintptr_t in_stacks = address - kStackRegion;
  const uintptr_t own = runtime.engine.current().slot * FiberPool::kStride;
  return in_stacks < kMaxTasks * FiberPool::kStride && in_stacks - own >= FiberPool::kStride;
}

// Says of an access that takes effect now whether its memory is still the program's and, if it is,
// that it raced (`race`, null: it did not). Call inside a HarnessScope. `size` is that of the whole
// access, of which `access` may tell 0. Most accesses are of live memory and end here.
inline void judge_access(Runtime& runtime, const AccessInfo& access, size_t size,
                         const Detection* race) {
  const uintptr_t in_stacks = access.address - kStackRegion;
  const bool of_task = in_stacks < kMaxTasks * FiberPool::kStride;
  const bool doubtful = of_task ? in_stacks / FiberPool::kStride != runtime.engine.current().slot
                                : runtime.heap_uses.marked(access.address, size);
  if (__builtin_expect(doubtful || race != nullptr, 0)) {
    judge_doubtful(runtime, access, size, race);
  }
}

// Whether the memory is that of a freed block or of an ended task: what it says means nothing.
bool is_dead(Runtime& runtime, const volatile void* where);

// Fills in the side of a detection that tells who freed the block, and where.
void describe_free(Runtime& runtime, const HeapBlock& block, Detection& use);

// An access of any size by a library call on the program's behalf (memcpy, fread, …): one access in
// the count. Works inside and outside of a HarnessScope.
void access_range(Runtime& runtime, uintptr_t address, size_t size, bool write, Site site);

// For strategies that follow what happens (PointsAt::followed): a plain write, which is progress
// unless it is to the task's own stack; an atomic operation, a free, which may make memory shared.
void note_write(Runtime& runtime, uintptr_t address);
void follow_atomic(Runtime& runtime, uintptr_t address, size_t size);
void follow_free(Runtime& runtime, uintptr_t address, size_t size);

// Whether such an access comes to its end here: the task has done the like already, nobody has
// touched the memory yet, or it stands for all that is known of memory that is no scheduling point.
// Within one granule, whose cell this is; no stop.
template <bool kWrite>
inline __attribute__((always_inline)) bool ends_at_once(Runtime& runtime, Cell& cell,
                                                        uintptr_t address, uint32_t size, Epoch now,
                                                        Site site) {
  constexpr AccessKind kKind = kWrite ? AccessKind::write : AccessKind::read;
  const bool known = runtime.shadow.current(cell);
  const auto first = static_cast<uint32_t>(address % Shadow::kGranule);
  if (known &&
      DataRaceDetector::settled_in(cell, now, DataRaceDetector::mask_of(first, size), kKind)) {
    return true;
  }
  if (__builtin_expect(!runtime.sites.is_inside(site), 0)) return false;
  const Record access =
      DataRaceDetector::record_at(now, first, size, kKind, runtime.sites.encode_inside(site));
  if (!known) {
    runtime.races.first_access(cell, access);
    return true;
  }
  return cell.flags == 0 && runtime.points_at < PointsAt::shared &&
         !in_foreign_stack(runtime, address) &&
         DataRaceDetector::replaces_only(cell, runtime.happens_before.clock(now.task()), access);
}

// What every instrumented load and store calls first. Nothing is called from here but what it ends
// with, so that there is nothing to save.
template <uint32_t kSize, bool kWrite>
inline __attribute__((always_inline)) void on_access(const volatile void* where, uintptr_t pc) {
  Runtime* const runtime = controlled();
  if (__builtin_expect(runtime == nullptr, 0)) return;
  const uintptr_t address = reinterpret_cast<uintptr_t>(where);
  const bool stop = runtime->engine.count_access();
  const Site site{pc};
  if (kWrite && __builtin_expect(runtime->points_at == PointsAt::followed, 0)) {
    return access_noting(*runtime, address, kSize, stop, site);
  }
  if (kSize <= Shadow::kGranule && !stop &&
      address % Shadow::kGranule + kSize <= Shadow::kGranule) {
    Cell* const cell = runtime->shadow.recent_cell(address);
    const Epoch now = runtime->happens_before.now(runtime->engine.current().id);
    if (__builtin_expect(cell != nullptr, 1) &&
        ends_at_once<kWrite>(*runtime, *cell, address, kSize, now, site)) {
      return;
    }
  }
  access_slow(*runtime, address, kSize, kWrite, stop, site);
}

// The value of up to 8 bytes of the program's memory; a fault there is the program's.
uint64_t peek(Runtime& runtime, uintptr_t address, uint32_t size);

}  // namespace heddle
