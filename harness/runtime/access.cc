#include "runtime/access.h"

#include "runtime/second_judge.h"

namespace heddle {
namespace {

// With --points=all, what a second task touches becomes a point: the flag is set when that happens,
// and the explorer makes it one from the start of later executions.
void mark_when_shared(Runtime& runtime, uintptr_t address, TaskId self) {
  const Cell& cell = runtime.shadow.open(address);
  for (uint32_t i = 0; i < cell.count && i < Cell::kInline; ++i) {
    if (TaskId(static_cast<uint32_t>(cell.records[i].epoch() >> 32)) == self) continue;
    runtime.shadow.set_point(address);
    PointKey key;
    if (runtime.name_granule(address, key)) runtime.points.learn(key);
    return;
  }
}

// Makes a granule a point from now on and, by a name that lasts, in later executions.
void follow_granule(Runtime& runtime, uintptr_t address) {
  if (runtime.shadow.is_point(address)) return;
  runtime.shadow.set_point(address);
  HeapBlock block;
  PointKey key;
  const bool in_heap = runtime.heap.owns(reinterpret_cast<void*>(address)) &&
                       runtime.heap.describe(address, block) && block.slot != ProgramHeap::kOutside;
  if (in_heap && runtime.points.keys().count == PointSet::kMaxKeys) {
    not_modelled(runtime, "exhaustive search", "too much memory is shared: use another strategy",
                 Site());
  }
  if (in_heap && runtime.name_granule(address, key)) {
    if (runtime.points.learn(key)) runtime.shared_places.note_growth();
  } else {
    runtime.shared_places.add(address & ~(Shadow::kGranule - 1));
  }
}

// Whether a second task has touched the granule of a current cell, this access included.
bool is_shared(const Runtime& runtime, Cell& cell, TaskId self) {
  for (uint32_t i = 0; i < cell.count; ++i) {
    const Record& record = runtime.shadow.record(cell, i);
    if (TaskId(static_cast<uint32_t>(record.epoch() >> 32)) != self) return true;
  }
  return false;
}

bool is_followed(Runtime& runtime, uintptr_t address, size_t size, TaskId self) {
  bool any = false;
  const uintptr_t end = address + size;
  for (uintptr_t at = address; at < end; at = (at | (Shadow::kGranule - 1)) + 1) {
    if (!runtime.shadow.is_point(at) && is_shared(runtime, runtime.shadow.open(at), self)) {
      follow_granule(runtime, at);
    }
    any = any || runtime.shadow.is_point(at);
  }
  return any;
}

bool is_point(Runtime& runtime, uintptr_t address, size_t size, TaskId self) {
  if (runtime.points_at == PointsAt::nothing) return false;
  if (runtime.points_at == PointsAt::followed) return is_followed(runtime, address, size, self);
  constexpr size_t kLongest = 4096;  // of one call: a point further on is found by its other users
  const uintptr_t end = address + (size < kLongest ? size : kLongest);
  for (uintptr_t at = address; at < end; at = (at | (Shadow::kGranule - 1)) + 1) {
    if (runtime.points_at == PointsAt::shared) mark_when_shared(runtime, at, self);
    if (runtime.shadow.is_point(at)) return true;
  }
  return false;
}

void tell(Runtime& runtime, Op op, uintptr_t address, uint8_t size, Site site) {
  Event event;
  event.op = op;
  event.size = size;
  event.task = runtime.engine.current().id;
  event.address = address;
  event.before = peek(runtime, address, size);
  event.value = event.before;
  event.site = site;
  runtime.engine.record(event);
}

Record record_of(Runtime& runtime, TaskId self, uintptr_t address, uint32_t size, AccessKind kind,
                 Site site) {
  return runtime.races.record_of(runtime.happens_before.now(self),
                                 static_cast<uint32_t>(address % Shadow::kGranule), size, kind,
                                 site);
}

// `access` where it is known to be a scheduling point and nothing else is to be asked: memory of a
// granule that several tasks are known to touch. `cell` is its.
void access_followed(Runtime& runtime, Cell& cell, uintptr_t address, uint8_t size, bool write,
                     Site site) {
  Engine& engine = runtime.engine;
  const TaskId self = engine.current().id;
  const Op op = write ? Op::write : Op::read;
  engine.access_point(Operation{op, size, !write, ObjectId(), address, site});
  engine.touch(address, size, write);
  tell(runtime, op, address, size, site);
  const AccessKind kind = write ? AccessKind::write : AccessKind::read;
  const Record access = record_of(runtime, self, address, size, kind, site);
  const Detection* race =
      runtime.races.check_within(cell, runtime.happens_before.clock(self), address, size, access);
  const bool alive = (cell.flags & Cell::kFreed) == 0 && !in_stacks(address);
  if (alive && race == nullptr) return;
  AccessInfo info;
  info.task = self;
  info.write = write;
  info.size = size;
  info.address = address;
  info.site = site;
  judge_access(runtime, info, size, race);
}

void access(Runtime& runtime, uintptr_t address, size_t size, bool write, bool stop, Site site) {
  Engine& engine = runtime.engine;
  Task& self = engine.current();
  const uint8_t shown = size <= 16 ? static_cast<uint8_t>(size) : 0;
  const Op op = write ? Op::write : Op::read;
  const bool point = is_point(runtime, address, size, self.id);
  if (stop || point) {
    const Operation operation{op, shown, !write, ObjectId(), address, site};
    if (stop) {
      engine.access_stop(operation);
    } else {
      engine.access_point(operation);
    }
  }
  if (point) {
    engine.touch(address, size, write);
    tell(runtime, op, address, shown, site);
  }
  const Detection* race = runtime.races.check(runtime.happens_before.now(self.id),
                                              runtime.happens_before.clock(self.id), address, size,
                                              write ? AccessKind::write : AccessKind::read, site);
  AccessInfo info;
  info.task = self.id;
  info.write = write;
  info.size = shown;
  info.address = address;
  info.site = site;
  judge_access(runtime, info, size, race);
}

// The stack, or the thread-local variables, of a task that has ended.
bool uses_dead_stack(Runtime& runtime, const AccessInfo& access) {
  const Task* const owner = runtime.engine.task_of(access.address);
  if (__builtin_expect(owner == nullptr || owner->state != TaskState::ended, 1)) return false;
  if (owner->id == access.task) return false;
  if (!runtime.heap_uses.first_use_of(owner->id)) return true;
  Detection use;
  use.kind = FindingKind::use_after_free;
  use.access = access;
  use.earlier.task = owner->id;
  use.earlier.address = access.address;
  runtime.found_race(use);
  return true;
}

bool uses_freed_block(Runtime& runtime, const AccessInfo& access, size_t size) {
  if (__builtin_expect(!runtime.heap_uses.marked(access.address, size), 1)) return false;
  HeapBlock block;
  Detection use;
  use.kind = FindingKind::use_after_free;
  use.access = access;
  if (!runtime.heap_uses.first_use(access.address, size, block)) {
    // Told already; or the end of an earlier block, behind the one that is there now.
    return runtime.heap.describe(access.address, block) && !block.live;
  }
  describe_free(runtime, block, use);
  runtime.found_race(use);
  return true;
}

}  // namespace

bool is_dead(Runtime& runtime, const volatile void* where) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(where);
  const Task* const owner = runtime.engine.task_of(address);
  if (owner != nullptr) return owner->state == TaskState::ended;
  HeapBlock block;
  return runtime.heap_uses.marked(address, 1) && runtime.heap.describe(address, block) &&
         !block.live;
}

void describe_free(Runtime& runtime, const HeapBlock& block, Detection& use) {
  const Task* const freed_by = runtime.engine.task_in(block.freed_by);
  use.earlier.task = freed_by == nullptr ? TaskId(0) : freed_by->id;
  use.earlier.write = use.earlier.free = true;
  use.earlier.address = use.access.address;
  use.earlier.site = block.freed_at;
}

void judge_doubtful(Runtime& runtime, const AccessInfo& access, size_t size,
                    const Detection* race) {
  if (uses_dead_stack(runtime, access) || uses_freed_block(runtime, access, size)) return;
  if (__builtin_expect(race != nullptr, 0)) runtime.found_race(*race);
}

void access_slow(Runtime& runtime, uintptr_t address, uint32_t size, bool write, bool stop,
                 Site site) {
  // An access within one granule that is no scheduling point, of memory that is alive, comes to its
  // check at once.
  if (!stop && address % Shadow::kGranule + size <= Shadow::kGranule) {
    const TaskId self = runtime.engine.current().id;
    const AccessKind kind = write ? AccessKind::write : AccessKind::read;
    Cell& cell = runtime.shadow.cell(address);
    if (!runtime.shadow.current(cell)) {
      runtime.races.first_access(cell, record_of(runtime, self, address, size, kind, site));
      return;
    }
    if (cell.flags == Cell::kPoint && runtime.points_at == PointsAt::followed) {
      HarnessScope scope(runtime);
      access_followed(runtime, cell, address, static_cast<uint8_t>(size), write, site);
      return;
    }
    const bool becomes_point =
        runtime.points_at == PointsAt::shared ||
        (runtime.points_at == PointsAt::followed && is_shared(runtime, cell, self));
    if (cell.flags == 0 && !becomes_point && !in_foreign_stack(runtime, address)) {
      const Detection* race =
          runtime.races.check_within(cell, runtime.happens_before.clock(self), address, size,
                                     record_of(runtime, self, address, size, kind, site));
      if (__builtin_expect(race == nullptr, 1)) return;
      HarnessScope scope(runtime);
      runtime.found_race(*race);
      return;
    }
  }
  HarnessScope scope(runtime);
  access(runtime, address, size, write, stop, site);
}

void access_noting(Runtime& runtime, uintptr_t address, uint32_t size, bool stop, Site site) {
  note_write(runtime, address);
  const Epoch now = runtime.happens_before.now(runtime.engine.current().id);
  if (!stop && runtime.races.settled(now, address, size, AccessKind::write)) return;
  access_slow(runtime, address, size, /*write=*/true, stop, site);
}

namespace {

// The same as on_access, for a range within one granule; not for another task's stack, which may be
// gone although nobody has been seen to touch it.
bool range_ends_at_once(Runtime& runtime, uintptr_t address, size_t size, bool write, Site site) {
  if (address % Shadow::kGranule + size > Shadow::kGranule) return false;
  if (in_foreign_stack(runtime, address)) return false;
  Cell* const cell = runtime.shadow.recent_cell(address);
  if (cell == nullptr) return false;
  const Epoch now = runtime.happens_before.now(runtime.engine.current().id);
  const auto bytes = static_cast<uint32_t>(size);
  return write ? ends_at_once<true>(runtime, *cell, address, bytes, now, site)
               : ends_at_once<false>(runtime, *cell, address, bytes, now, site);
}

}  // namespace

void access_range(Runtime& runtime, uintptr_t address, size_t size, bool write, Site site) {
  if (size == 0) return;
  const bool stop = runtime.engine.count_access();
  if (write && runtime.points_at == PointsAt::followed) note_write(runtime, address);
  if (!stop && runtime.second_judge == nullptr &&
      range_ends_at_once(runtime, address, size, write, site)) {
    return;
  }
  if (process.controlled != nullptr) {
    HarnessScope scope(runtime);
    access(runtime, address, size, write, stop, site);
  } else {
    access(runtime, address, size, write, stop, site);
  }
  if (runtime.second_judge != nullptr) runtime.second_judge->accessed(address, size, write, site);
}

void note_write(Runtime& runtime, uintptr_t address) {
  Engine& engine = runtime.engine;
  const Fiber& fiber = runtime.fibers.fiber(engine.current().slot);
  const bool on_stack = address >= reinterpret_cast<uintptr_t>(fiber.stack_low) &&
                        address < reinterpret_cast<uintptr_t>(fiber.stack_high);
  if (!on_stack) engine.note_progress();
}

void follow_atomic(Runtime& runtime, uintptr_t address, size_t size) {
  is_followed(runtime, address, size, runtime.engine.current().id);
}

void follow_free(Runtime& runtime, uintptr_t address, size_t size) {
  runtime.engine.note_progress();
  if (is_followed(runtime, address, size, runtime.engine.current().id)) {
    runtime.engine.touch(address, size, /*write=*/true);
  }
}

uint64_t peek(Runtime& runtime, uintptr_t address, uint32_t size) {
  uint64_t value = 0;
  if (size == 0 || size > 8) return 0;
  runtime.touching_user_memory = true;
  if (size == 4 && address % 4 == 0) {
    value = *reinterpret_cast<const volatile uint32_t*>(address);
  } else if (size == 8 && address % 8 == 0) {
    value = *reinterpret_cast<const volatile uint64_t*>(address);
  } else {
    const auto* bytes = reinterpret_cast<const volatile unsigned char*>(address);
    for (uint32_t i = 0; i < size; ++i) value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  }
  runtime.touching_user_memory = false;
  return value;
}

}  // namespace heddle
