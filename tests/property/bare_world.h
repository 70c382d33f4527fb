// Engine, models and fibers without the run time: bodies call the models themselves, so that all of
// it can be watched by sanitizers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "detectors/deadlock.h"
#include "engine/world.h"
#include "platform/regions.h"
#include "sync/objects.h"
#include "unit/mapped_arena.h"

#ifdef HEDDLE_SANITIZED
#include <dlfcn.h>
#include <pthread.h>
#include <sanitizer/asan_interface.h>

// AddressSanitizer asks for the bounds of a stack that somebody leaves for good; libc asks the
// kernel, which knows of no fibers.
extern "C" inline __attribute__((used)) int pthread_getattr_np(pthread_t thread,
                                                               pthread_attr_t* attributes) {
  using heddle::FiberPool;
  const int slot = FiberPool::slot_of(thread);
  if (slot < 0) {
    using Real = int (*)(pthread_t, pthread_attr_t*);
    return reinterpret_cast<Real>(dlsym(RTLD_NEXT, "pthread_getattr_np"))(thread, attributes);
  }
  pthread_attr_init(attributes);
  const uintptr_t low = heddle::kStackRegion + static_cast<size_t>(slot) * FiberPool::kStride;
  return pthread_attr_setstack(attributes, reinterpret_cast<void*>(low + FiberPool::kGuard),
                               FiberPool::kStride - FiberPool::kGuard);
}
#endif

namespace heddle {

class BareWorld : public World, private TaskRunner {
 public:
  // On the main thread.
  BareWorld() {
    fibers_.initialise();
    engine_.set_runner(this);
    engine_.set_judge(&judge_);
  }

  Engine& engine() { return engine_; }
  Objects& models() { return objects_; }
  // What the last execution has come to; asked on the host.
  std::function<std::string()> outcome;

  void take_snapshot() override {}
  ExecutionOutcome execute(const ExecutionRequest& request) override {
    objects_.begin_execution();
    engine_.run(*request.strategy, request.number, request.limits, request.body.entry,
                request.body.argument);
    ExecutionOutcome result;
    result.summary = engine_.summary();
    result.returned = engine_.returned();
    result.detections.assign(engine_.detections(),
                             engine_.detections() + engine_.detection_count());
    if (result.returned) result.outcomes.push_back(outcome());
    return result;
  }
  void learn(const std::vector<PointKey>&) override {}
  void forget_points() override {}
  View<Choice> choices() const override { return {engine_.choices(), engine_.choice_count()}; }
  std::vector<TaskRecord> tasks() const override {
    std::vector<TaskRecord> records(engine_.task_count());
    for (uint32_t i = 0; i < engine_.task_count(); ++i) {
      const Task& task = engine_.task(TaskId(i));
      records[i].id = task.id;
      records[i].creator = task.creator;
      records[i].child = task.child;
      records[i].ended = task.state == TaskState::ended;
    }
    return records;
  }
  // Without the events: nobody reads what is told.
  Story story() const override {
    Story story;
    story.trace.summary = engine_.summary();
    story.tasks = tasks();
    story.waits.resize(engine_.task_count());
    story.waits.resize(engine_.waits(story.waits.data()));
    return story;
  }
  Described describe(uintptr_t) const override { return {}; }
  Described describe(ObjectId) const override { return {}; }
  uintptr_t address_of(ObjectId object) const override { return objects_.get(object).address; }
  const char* kind_of(ObjectId object) const override { return word(objects_.get(object).kind); }
  PointKey point_key(uintptr_t address) const override { return PointKey::in_module(0, address); }

 private:
  void prepare(Task& task) override {
#ifdef HEDDLE_SANITIZED
    // Whoever lived there before may have left in the middle of frames; no body is deeper.
    constexpr size_t kDeepest = size_t{64} << 10;
    __asan_unpoison_memory_region(fibers_.fiber(task.slot).stack_high - kDeepest, kDeepest);
#else
    static_cast<void>(task);
#endif
  }
  void run(Task& task) override {
    Event event;
    event.op = Op::task_start;
    event.task = task.id;
    engine_.record(event);
    task.result = task.entry(task.argument);
    if (!task.creator.valid()) engine_.leave(true);
    engine_.end_task();
  }

  MappedArena permanent_{size_t{5} << 30};
  MappedArena transient_;
  MappedArena log_{size_t{5} << 30};
  FiberPool fibers_;
  DeadlockJudge judge_;
  mutable Engine engine_{*permanent_, *transient_, *log_, fibers_};
  Objects objects_{engine_, *permanent_};
};

// The only one: its stacks have fixed addresses, and are never given back.
inline BareWorld& bare_world() {
  static BareWorld* const world = new BareWorld();
  return *world;
}

}  // namespace heddle
