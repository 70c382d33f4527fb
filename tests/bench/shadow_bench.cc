// What a checked access costs. The memory is simulated by its addresses: only the shadow is
// touched.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "base/rng.h"
#include "detectors/data_race.h"
#include "happens_before/happens_before.h"
#include "platform/heap.h"
#include "unit/mapped_arena.h"

namespace heddle {
namespace {

constexpr TaskId kBody(0), kOne(1);
constexpr uintptr_t kBase = kProgramHeapRegion;

struct World {
  World() {
    hb.begin_execution(time);
    for (uint32_t i = 1; i < 101; ++i) hb.task_created(kBody, TaskId(i), time);
  }
  ~World() { shadow.unmap(), sites.unmap(); }

  // As the run time does for each access.
  void access(TaskId task, uintptr_t address, size_t size, AccessKind kind) {
    const Epoch now = hb.now(task);
    if (detector.settled(now, address, size, kind)) return;
    benchmark::DoNotOptimize(shadow.is_point(address));
    benchmark::DoNotOptimize(
        detector.check(now, hb.clock(task), address, size, kind, Site{0x1234}));
  }

  uint64_t time = 0;
  MappedArena arena;
  Shadow shadow;
  SiteTable sites{0};
  HappensBefore hb{*arena};
  DataRaceDetector detector{shadow, sites};
};

void same_epoch(benchmark::State& state) {
  World world;
  for (auto _ : state) world.access(kOne, kBase, 4, AccessKind::write);
}
BENCHMARK(same_epoch);

void same_epoch_two_pages(benchmark::State& state) {
  World world;
  for (auto _ : state) {
    world.access(kOne, kBase, 4, AccessKind::write);
    world.access(kOne, kBase + (uintptr_t{5} << 40), 4, AccessKind::write);
  }
  state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(same_epoch_two_pages);

void same_epoch_over_1_mib(benchmark::State& state) {
  World world;
  Rng rng = Rng::for_execution(1, 0);
  for (auto _ : state) {
    world.access(kOne, kBase + rng.below(1u << 17) * 8, 8, AccessKind::read);
  }
}
BENCHMARK(same_epoch_over_1_mib);

// Each access comes at a new epoch of the same task: always the slow path.
void new_epoch(benchmark::State& state) {
  World world;
  const VectorClock& clock = world.hb.clock(kOne);
  uint32_t tick = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(world.detector.check(Epoch(kOne, ++tick), clock, kBase, 4,
                                                  AccessKind::write, Site{0x1234}));
  }
}
BENCHMARK(new_epoch);

// A read and a write of one variable by tasks that hand it on in order, as under a mutex.
void handed_on(benchmark::State& state) {
  World world;
  uint32_t turn = 0;
  for (auto _ : state) {
    const TaskId task(1 + turn++ % 2);
    world.hb.acquire(task, ObjectId(1));
    world.access(task, kBase, 4, AccessKind::read);
    world.access(task, kBase, 4, AccessKind::write);
    world.hb.release_assign(task, ObjectId(1));
  }
}
BENCHMARK(handed_on);

void shared_by_readers(benchmark::State& state) {
  World world;
  const uint32_t readers = static_cast<uint32_t>(state.range(0));
  uint32_t turn = 0;
  for (auto _ : state) world.access(TaskId(1 + turn++ % readers), kBase, 8, AccessKind::read);
}
BENCHMARK(shared_by_readers)->Arg(2)->Arg(10)->Arg(100);

void racing_writes(benchmark::State& state) {
  World world;
  uint32_t turn = 0;
  for (auto _ : state) world.access(TaskId(1 + turn++ % 2), kBase, 4, AccessKind::write);
}
BENCHMARK(racing_writes);

void malloc_and_free(benchmark::State& state) {
  MappedArena arena;
  ProgramHeap heap(*arena, 0x400000000000);
  const size_t size = static_cast<size_t>(state.range(0));
  for (auto _ : state) {
    const ProgramHeap::Allocation block = heap.allocate(1, size, 16, Site{1});
    benchmark::DoNotOptimize(heap.release(1, block.start, Site{2}));
  }
  heap.unmap();
}
BENCHMARK(malloc_and_free)->Arg(32)->Arg(1'000)->Arg(10'000);

void restore_heap(benchmark::State& state) {
  MappedArena arena;
  ProgramHeap heap(*arena, 0x400000000000);
  heap.allocate(0, static_cast<size_t>(state.range(0)), 16, Site{1});
  heap.snapshot();
  for (auto _ : state) {
    heap.allocate(0, 64, 16, Site{1});
    heap.allocate(1, 64, 16, Site{1});
    heap.restore();
  }
  heap.unmap();
}
BENCHMARK(restore_heap)->Arg(1'000)->Arg(92'000);

// 1,000 tasks: created, one lock and unlock each, joined.
void thousand_tasks(benchmark::State& state) {
  World world;
  for (auto _ : state) {
    world.hb.begin_execution(world.time);
    for (uint32_t i = 1; i <= 1'000; ++i) {
      world.hb.task_created(kBody, TaskId(i), world.time);
      world.hb.acquire(TaskId(i), ObjectId(1));
      world.hb.release_assign(TaskId(i), ObjectId(1));
    }
    for (uint32_t i = 1; i <= 1'000; ++i) world.hb.joined(kBody, TaskId(i));
  }
}
BENCHMARK(thousand_tasks)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace heddle

BENCHMARK_MAIN();
