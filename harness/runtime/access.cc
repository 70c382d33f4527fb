#include "runtime/access.h"

namespace heddle {
namespace {

// With --points=all, what a second task touches becomes a point: the flag is set when that happens,
// and the explorer makes it one from the start of later executions.
void mark_when_shared(Runtime& runtime, uintptr_t address, TaskId self) {
  const Cell& cell = runtime.shadow.open(address);
  for (uint32_t i = 0; i < cell.count && i < Cell::kInline; ++i) {
    if (TaskId(static_cast<uint32_t>(cell.records[i].epoch >> 32)) == self) continue;
    runtime.shadow.set_point(address);
    PointKey key;
    if (runtime.name_granule(address, key)) runtime.points.learn(key);
    return;
  }
}

bool is_point(Runtime& runtime, uintptr_t address, size_t size, TaskId self) {
  if (runtime.points_at == PointsAt::nothing) return false;
  constexpr size_t kLongest = 4096;  // of one call: a point further on is found by its other users
  const uintptr_t end = address + (size < kLongest ? size : kLongest);
  for (uintptr_t at = address; at < end; at = (at | (Shadow::kGranule - 1)) + 1) {
    if (runtime.points_at == PointsAt::shared) mark_when_shared(runtime, at, self);
    if (runtime.shadow.is_point(at)) return true;
  }
  return false;
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
    Event event;
    event.op = op;
    event.size = shown;
    event.task = self.id;
    event.address = address;
    event.before = peek(runtime, address, shown);
    event.value = event.before;
    event.site = site;
    engine.record(event);
  }
  const Detection* race = runtime.races.check(runtime.happens_before.now(self.id),
                                              runtime.happens_before.clock(self.id), address, size,
                                              write ? AccessKind::write : AccessKind::read, site);
  if (__builtin_expect(race != nullptr, 0)) runtime.found_race(*race);
}

}  // namespace

void access_slow(Runtime& runtime, uintptr_t address, uint32_t size, bool write, bool stop,
                 Site site) {
  const Epoch now = runtime.happens_before.now(runtime.engine.current().id);
  const AccessKind kind = write ? AccessKind::write : AccessKind::read;
  if (!stop && runtime.races.first_access(now, address, size, kind, site)) return;
  HarnessScope scope(runtime);
  access(runtime, address, size, write, stop, site);
}

void access_range(Runtime& runtime, uintptr_t address, size_t size, bool write, Site site) {
  if (size == 0) return;
  const bool stop = runtime.engine.count_access();
  if (process.controlled != nullptr) {
    HarnessScope scope(runtime);
    access(runtime, address, size, write, stop, site);
  } else {
    access(runtime, address, size, write, stop, site);
  }
}

uint64_t peek(Runtime& runtime, uintptr_t address, uint32_t size) {
  uint64_t value = 0;
  if (size == 0 || size > 8) return 0;
  runtime.touching_user_memory = true;
  const auto* bytes = reinterpret_cast<const volatile unsigned char*>(address);
  for (uint32_t i = 0; i < size; ++i) value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  runtime.touching_user_memory = false;
  return value;
}

}  // namespace heddle
