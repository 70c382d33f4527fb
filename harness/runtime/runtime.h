// The layer that lives inside the program under test: what its calls and callbacks reach.
//
// Ground rules.
// 1. Every entry from the program is guard, translate, delegate:
//        Runtime* runtime = controlled();
//        if (runtime == nullptr) return real::call(…);       // host, start-up, other threads
//        HarnessScope scope(*runtime);                        // our own code raises no events
//        return scope->mutex(m).lock(scope->engine, …);
// 2. `controlled()` is non-null only while a task runs the program's own code (or a library's on
//    its behalf). Inside a HarnessScope it is null, so whatever we call passes straight through.
// 3. `process` is the harness's one mutable global. Everything else hangs from it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/arena.h"
#include "detectors/data_race.h"
#include "detectors/heap_use.h"
#include "detectors/point_set.h"
#include "detectors/shadow.h"
#include "engine/engine.h"
#include "happens_before/happens_before.h"
#include "platform/fiber.h"
#include "platform/heap.h"
#include "platform/host_heap.h"
#include "runtime/export.h"
#include "runtime/inherited.h"
#include "runtime/shared_places.h"
#include "sync/objects.h"

namespace heddle {

struct Runtime;
struct Devices;
struct Program;
struct Brought;
class Exchange;
class Globals;
class Recorder;
class SecondJudge;
class Threads;

// Zero-initialised before any code of the process runs.
struct Process {
  Runtime* controlled;  // non-null: a task runs the program's code
  Runtime* runtime;     // non-null once start-up is done
  ProgramHeap* heap;    // made by the first malloc of the process
  bool host;            // the main thread runs Heddle's own code, not the program's
  int (*program_main)(int, char**, char**);  // while it is being explored as a whole
  bool heap_busy;                            // guards the program's heap outside of executions
  Exchange* exchange;                        // non-null: there is a worker, or this is one
};
extern Process process;

inline Runtime* controlled() {
  return process.controlled;
}

// followed: as shared, for a strategy that must not miss any access to such memory. Those from
// `shared` on make points of memory when a second task comes to it.
enum class PointsAt : uint8_t { races, nothing, shared, followed };

// All state of exploring in this process.
struct Runtime {
  Runtime(Arena permanent, Arena engine_arena, Arena clock_arena, Arena log_arena,
          ProgramHeap& heap, uintptr_t executable_base);

  // The model M at an address of the program; made on first use.
  template <typename M>
  M& object(const volatile void* where, Site site) {
    const uintptr_t address = reinterpret_cast<uintptr_t>(where);
    Cell& cell = shadow.open(address);
    for (ObjectId id(cell.object); id.valid(); id = objects.get(id).next) {
      Object& candidate = objects.get(id);
      if (candidate.address == address && candidate.kind == M::kKind) {
        return static_cast<M&>(candidate);
      }
    }
    M& fresh = objects.make<M>(address, site);
    fresh.next = ObjectId(cell.object);
    cell.object = fresh.id.index();
    return fresh;
  }
  // Forgets that model alone: others may lie in the same granule.
  template <typename M>
  void forget(const volatile void* where) {
    const uintptr_t address = reinterpret_cast<uintptr_t>(where);
    Cell& cell = shadow.open(address);
    Object* before = nullptr;
    for (ObjectId id(cell.object); id.valid(); id = objects.get(id).next) {
      Object& found = objects.get(id);
      if (found.address != address || found.kind != M::kKind) {
        before = &found;
      } else if (before == nullptr) {
        cell.object = found.next.index();
      } else {
        before->next = found.next;
      }
    }
  }
  // Forgets what models there are in the granules of [where, where + size): the object is made
  // anew or destroyed.
  void forget_objects(const volatile void* where, size_t size);

  // Where a race was seen: the finding, and from now on a scheduling point. Of the two judges, the
  // one that is not asked keeps its records, but says nothing.
  void found_race(const Detection& race);
  // The name of the granule at `address`. False: it has none that would hold elsewhere.
  bool name_granule(uintptr_t address, PointKey& key) const;
  // Where the granule of a key outside the heap lies.
  uintptr_t address_of(const PointKey& key) const;

  Arena permanent;
  Arena transient;  // of the engine and the models: one execution
  Arena clocks;     // of happens_before: one execution
  Arena log;        // shared with forks: what is told of an execution
  FiberPool fibers;
  Engine engine;
  Objects objects;
  Shadow shadow;
  SiteTable sites;
  HappensBefore happens_before;
  DataRaceDetector races;
  PointSet points;
  SharedPlaces shared_places;  // with PointsAt::followed
  InheritedDescriptors inherited;
  ProgramHeap& heap;
  HeapUseDetector heap_uses;
  Globals* globals = nullptr;  // these live as long as the runtime
  Threads* threads = nullptr;
  Recorder* story = nullptr;
  Devices* devices = nullptr;  // made on first use: runtime/devices.h
  Brought* brought = nullptr;  // inputs that this execution has: runtime/inputs.h
  // Non-null where data races are judged by another than Heddle's own detector (second_judge.h).
  SecondJudge* second_judge = nullptr;
  Program* program = nullptr;  // non-null: the body is a whole program's main
  PointsAt points_at = PointsAt::races;
  Recorder* recorder = nullptr;       // non-null while a story is recorded
  bool touching_user_memory = false;  // a fault now is the program's: we read on its behalf
  bool used_stdio = false;            // this execution may have left bytes in stdio's buffers
  bool used_files = false;            // … may have left files in its folder
  bool used_rand = false;             // … has used libc's rand()
  uint64_t signals_blocked = 0;       // by the process before the first execution
  bool changed_process = false;       // … has changed what KernelState puts back
};

// Marks our own code as such. One at a time on each fiber; never across a throw.
class HarnessScope {
 public:
  explicit HarnessScope(Runtime& runtime) : runtime_(runtime) { process.controlled = nullptr; }
  ~HarnessScope() { process.controlled = &runtime_; }
  HarnessScope(const HarnessScope&) = delete;
  HarnessScope& operator=(const HarnessScope&) = delete;
  Runtime* operator->() const { return &runtime_; }

 private:
  Runtime& runtime_;
};

// The opposite, for running the program's code from within ours (thread-local destructors, …).
class ProgramScope {
 public:
  explicit ProgramScope(Runtime& runtime) { process.controlled = &runtime; }
  ~ProgramScope() { process.controlled = nullptr; }
  ProgramScope(const ProgramScope&) = delete;
  ProgramScope& operator=(const ProgramScope&) = delete;
};

// Ends the run with verdict error: `call` is not modelled. `advice` says what to do instead.
[[noreturn]] void not_modelled(Runtime& runtime, const char* call, const char* advice, Site site);

}  // namespace heddle

// Where the program called the interceptor in which this is written.
#define HEDDLE_CALLER (::heddle::Site{reinterpret_cast<uintptr_t>(__builtin_return_address(0))})
