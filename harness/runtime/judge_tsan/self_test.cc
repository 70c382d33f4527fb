// Whether ThreadSanitizer judges here as it should: two tasks that switch at every point, with
// errno and an exception of their own, write the same memory; without a lock it has to say so, with
// one it must be silent. What it rests on is private to it: the word by which it knows who runs.
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "runtime/judge_tsan/thread_sanitizer.h"
#include "runtime/task_data.h"

extern "C" void __tsan_write8(void* where);

namespace heddle {
namespace {

struct Trial {
  bool locked = false;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  uint64_t shared = 0;
  int tasks = 0;
  int mixed_up = 0;  // thread-locals or exceptions that were another task's
};

void* task_of_trial(void* argument) {
  Trial& trial = *static_cast<Trial*>(argument);
  const int mine = ++trial.tasks;
  errno = mine;
  for (int round = 0; round < 2; ++round) {
    if (trial.locked) pthread_mutex_lock(&trial.mutex);
    __tsan_write8(&trial.shared);
    trial.shared += 1;
    if (trial.locked) pthread_mutex_unlock(&trial.mutex);
    try {
      throw mine;
    } catch (const int& caught) {
      sched_yield();
      if (caught != mine || errno != mine) ++trial.mixed_up;
    }
  }
  return nullptr;
}

void* body_of_trial(void* argument) {
  pthread_t tasks[2];
  for (pthread_t& task : tasks) pthread_create(&task, nullptr, task_of_trial, argument);
  for (const pthread_t task : tasks) pthread_join(task, nullptr);
  return nullptr;
}

// Whoever is next, at every point.
class InTurn : public Strategy {
 public:
  const char* name() const override { return "in turn"; }
  bool begin(ExecutionNumber) override { return true; }
  TaskId choose(const ChoicePoint& point) override {
    return point.enabled->next_after(point.current);
  }
  uint32_t choose_value(const Position&, uint32_t) override { return 0; }
};

// Null, or what is wrong.
const char* run_trial(Runtime& runtime, bool locked) {
  Trial trial;
  trial.locked = locked;
  InTurn strategy;
  runtime.threads->begin_execution();
  runtime.objects.begin_execution();
  runtime.engine.run(strategy, ExecutionNumber(), ExecutionLimits(), body_of_trial, &trial);
  runtime.threads->end_execution();
  runtime.second_judge->end_execution();
  runtime.points.discard_additions();
  bool raced = false;
  for (uint32_t i = 0; i < runtime.engine.detection_count(); ++i) {
    const Detection& seen = runtime.engine.detections()[i];
    if (seen.kind != FindingKind::data_race) return "tasks do not run as they should";
    raced |= seen.judge == Judge::tsan;
  }
  if (!runtime.engine.returned() || trial.shared != 4) return "tasks do not run as they should";
  if (trial.mixed_up != 0) return "tasks see each other's thread-locals or exceptions";
  if (raced && locked) return "it sees a data race where there is a lock";
  if (!raced && !locked) return "it does not see a data race that is there";
  return nullptr;
}

}  // namespace

std::string ThreadSanitizer::self_test() {
  if (!usable_)
    return "ThreadSanitizer cannot judge: the word by which it knows who runs is unknown";
  HEDDLE_CHECK(runtime_.heap.snapshot());
  const char* error = run_trial(runtime_, false);
  runtime_.heap.restore();
  if (error == nullptr) error = run_trial(runtime_, true);
  runtime_.heap.restore();
  return error == nullptr ? "" : std::string("ThreadSanitizer cannot judge here: ") + error;
}

}  // namespace heddle
