#include "runtime/process.h"

#include <dlfcn.h>
#include <link.h>

#include "platform/raw_memory.h"
#include "runtime/crash.h"
#include "runtime/events.h"
#include "runtime/globals.h"
#include "runtime/recorder.h"
#include "runtime/second_judge.h"
#include "runtime/task_data.h"

extern "C" char __libc_single_threaded;

namespace heddle {

Process process;

namespace {

// Parts of the engine's region, each an arena.
constexpr size_t kPermanentSize = size_t{5} << 30;
constexpr size_t kTransientSize = size_t{4} << 30;
constexpr size_t kClocksSize = size_t{4} << 30;
constexpr size_t kHeapStateSize = size_t{1} << 30;
static_assert(kPermanentSize + kTransientSize + kClocksSize + kHeapStateSize <= kEngineArenaSize);
constexpr uintptr_t kTransientAt = kEngineArenaRegion + kPermanentSize;
constexpr uintptr_t kClocksAt = kTransientAt + kTransientSize;
constexpr uintptr_t kHeapStateAt = kClocksAt + kClocksSize;

// Behind a page that nobody may touch.
Arena arena_at(uintptr_t address, size_t size) {
  HEDDLE_CHECK(forbid_page(address));
  return Arena(reinterpret_cast<void*>(address + kPageSize), size - kPageSize);
}

// A buffer in our own data section rather than a constructor's work: malloc comes before those.
alignas(HostHeap) constinit HostHeap the_host_heap;

}  // namespace

HostHeap& host_heap() {
  return the_host_heap;
}

ProgramHeap& program_heap() {
  if (__builtin_expect(process.heap != nullptr, 1)) return *process.heap;
  HEDDLE_CHECK(map_memory(kEngineArenaRegion, kEngineArenaSize) != nullptr);
  Arena state = arena_at(kHeapStateAt, kHeapStateSize);
  // The heap keeps a reference to its arena, so the arena lives beside it.
  struct HeapAndArena {
    Arena arena;
    ProgramHeap heap;
    explicit HeapAndArena(const Arena& from) : arena(from), heap(arena) {}
  };
  void* place = state.allocate(sizeof(HeapAndArena), alignof(HeapAndArena));
  process.heap = &(new (place, Arena::PlacementTag()) HeapAndArena(state))->heap;
  return *process.heap;
}

Runtime::Runtime(Arena permanent_arena, Arena engine_arena, Arena clock_arena, Arena log_arena,
                 ProgramHeap& program_heap, uintptr_t executable_base)
    : permanent(permanent_arena),
      transient(engine_arena),
      clocks(clock_arena),
      log(log_arena),
      engine(permanent, transient, log, fibers),
      objects(engine, permanent),
      sites(executable_base),
      happens_before(clocks),
      races(shadow, sites),
      points(permanent),
      shared_places(log),
      heap(program_heap),
      heap_uses(shadow, program_heap) {}

void start_process() {
  if (process.runtime != nullptr) return;
  ProgramHeap& heap = program_heap();
  __libc_single_threaded = 0;  // shared_ptr would count without atomics
  HEDDLE_CHECK(map_memory(kLogRegion, kLogSize, true) != nullptr);
  Arena permanent = arena_at(kEngineArenaRegion, kPermanentSize);
  void* globals_place = permanent.allocate(sizeof(Globals), alignof(Globals));
  auto* globals = new (globals_place, Arena::PlacementTag()) Globals();
  globals->find();
  void* place = permanent.allocate(sizeof(Runtime), alignof(Runtime));
  auto* runtime = new (place, Arena::PlacementTag())
      Runtime(permanent, arena_at(kTransientAt, kTransientSize), arena_at(kClocksAt, kClocksSize),
              arena_at(kLogRegion, kLogSize), heap, globals->executable().base);
  runtime->globals = globals;
  runtime->shadow.refuse(kOwnRegion, kOwnRegionEnd, refuse_own_memory);
  Arena& arena = runtime->permanent;
  runtime->inherited.note(arena);
  runtime->fibers.initialise();
  runtime->second_judge = make_second_judge(*runtime, arena);
  if (runtime->second_judge != nullptr) {
    runtime->fibers.set_watcher(runtime->second_judge);
    runtime->happens_before.set_listener(runtime->second_judge);
  }
  place = arena.allocate(sizeof(Threads), alignof(Threads));
  runtime->threads = new (place, Arena::PlacementTag()) Threads(*runtime);
  place = arena.allocate(sizeof(EventOrder), alignof(EventOrder));
  runtime->engine.add_observer(new (place, Arena::PlacementTag()) EventOrder(*runtime));
  place = runtime->log.allocate(sizeof(Recorder), alignof(Recorder));
  runtime->story = new (place, Arena::PlacementTag()) Recorder(*runtime, runtime->log);
  runtime->engine.set_runner(runtime->threads);
  process.runtime = runtime;
}

void Runtime::forget_objects(const volatile void* where, size_t size) {
  const uintptr_t first = reinterpret_cast<uintptr_t>(where);
  for (uintptr_t at = first; at < first + size; at = (at | (Shadow::kGranule - 1)) + 1) {
    Cell& cell = shadow.cell(at);
    if (shadow.current(cell)) cell.object = 0;
  }
}

bool Runtime::name_granule(uintptr_t address, PointKey& key) const {
  HeapBlock block;
  if (heap.owns(reinterpret_cast<void*>(address))) {
    if (!heap.describe(address, block)) return false;
    key = PointKey::in_block(block.slot, block.serial, address - block.start);
    return true;
  }
  const int slot = FiberPool::slot_of(address);
  if (slot >= 0) {
    key = PointKey::in_region(
        static_cast<uint32_t>(slot),
        address - (kStackRegion + static_cast<uint32_t>(slot) * FiberPool::kStride));
    return true;
  }
  const Module* module = globals->module_of(address);
  if (module == nullptr) return false;
  key = PointKey::in_module(globals->index_of(*module), address - module->base);
  return true;
}

uintptr_t Runtime::address_of(const PointKey& key) const {
  const uintptr_t base = key.space == PointSpace::fixed
                             ? kStackRegion + key.owner * FiberPool::kStride
                             : globals->module(key.owner).base;
  return base + key.granule * kGranuleBytes;
}

void Runtime::found_race(const Detection& race) {
  const bool asked = second_judge == nullptr || race.judge == Judge::tsan;
  if (race.kind == FindingKind::data_race && !asked) return;
  if (Globals::in_standard_stream(race.access.address)) return;
  engine.report(race);
  if (points_at == PointsAt::nothing || points_at == PointsAt::followed) return;
  for (const AccessInfo* access : {&race.access, &race.earlier}) {
    const uintptr_t end = access->address + (access->size == 0 ? 1 : access->size);
    for (uintptr_t at = access->address; at < end; at = (at | (Shadow::kGranule - 1)) + 1) {
      if (shadow.is_point(at)) continue;
      shadow.set_point(at);
      PointKey key;
      if (name_granule(at, key)) points.learn(key);
    }
  }
}

void not_modelled(Runtime& runtime, const char* call, const char* advice, Site site) {
  Detection detection;
  detection.kind = FindingKind::not_modelled;
  detection.access.task = runtime.engine.current().id;
  detection.access.site = site;
  size_t used = 0;
  for (const char* part : {call, ": ", advice}) {
    for (; *part != 0 && used + 1 < sizeof(detection.detail); ++part) {
      detection.detail[used++] = *part;
    }
  }
  runtime.engine.abandon(detection);
}

}  // namespace heddle
