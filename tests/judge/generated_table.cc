// Small random programs, by number: --rounds=7 is the seventh. agreement_test.py compares what the
// two judges say of them. Each variable fills its word, and each access to it has its own line.
#include <semaphore.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"

namespace {

enum class Do : uint32_t {
  load,
  add,
  exchange_if,
  lock,
  unlock,
  try_lock,
  wait,
  post,
  yield,
  read_first,
  read_second,
  read_third,
  write_first,
  write_second,
  write_third,
  kinds
};

constexpr uint32_t kTasks = 3;
constexpr uint32_t kSteps = 5;  // of each task
constexpr uint32_t kLocks = 2;

struct Step {
  Do what = Do::yield;
  uint32_t where = 0;
};

struct Program {
  Step tasks[kTasks][kSteps];
};

Program program;
std::atomic<int64_t> atomics[2];
int64_t first = 0;
int64_t second = 0;
int64_t third = 0;
std::mutex mutexes[kLocks];
sem_t semaphore;

// The program itself is no shared memory.
__attribute__((no_sanitize("thread"), noinline)) void generate(uint32_t number) {
  uint64_t state = number;
  const auto next = [&state](uint32_t bound) __attribute__((no_sanitize("thread"))) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<uint32_t>(state >> 33) % bound;
  };
  for (Step(&task)[kSteps] : program.tasks) {
    for (Step& step : task) {
      step.what = static_cast<Do>(next(static_cast<uint32_t>(Do::kinds)));
      step.where = next(2);
    }
  }
}
__attribute__((no_sanitize("thread"), noinline)) Step step_of(uint32_t task, uint32_t i) {
  return program.tasks[task][i];
}

// What the operation has seen.
int64_t synchronise(const Step& step, bool (&holds)[kLocks]) {
  switch (step.what) {
    case Do::load:
      return atomics[step.where].load();
    case Do::add:
      return atomics[step.where].fetch_add(1);
    case Do::exchange_if: {
      int64_t expected = 0;
      return atomics[step.where].compare_exchange_strong(expected, 3) ? 5 : expected;
    }
    case Do::lock:
      if (!holds[step.where]) mutexes[step.where].lock();
      holds[step.where] = true;
      return 0;
    case Do::unlock:
      if (holds[step.where]) mutexes[step.where].unlock();
      holds[step.where] = false;
      return 0;
    case Do::try_lock:
      if (!holds[step.where]) holds[step.where] = mutexes[step.where].try_lock();
      return holds[step.where] ? 1 : 0;
    case Do::wait:
      sem_wait(&semaphore);
      return 0;
    case Do::post:
      sem_post(&semaphore);
      return 0;
    default:
      std::this_thread::yield();
      return 0;
  }
}

// What the task has seen, as one number.
int64_t perform(uint32_t task) {
  int64_t seen = 1;
  bool holds[kLocks] = {};
  for (uint32_t i = 0; i < kSteps; ++i) {
    const Step step = step_of(task, i);
    int64_t found = 0;
    switch (step.what) {
      case Do::read_first:
        found = first;
        break;
      case Do::read_second:
        found = second;
        break;
      case Do::read_third:
        found = third;
        break;
      case Do::write_first:
        first = task + 1;
        break;
      case Do::write_second:
        second = task + 1;
        break;
      case Do::write_third:
        third = task + 1;
        break;
      default:
        found = synchronise(step, holds);
    }
    seen = seen * 7 + found;
  }
  for (uint32_t i = 0; i < kLocks; ++i) {
    if (holds[i]) mutexes[i].unlock();
  }
  return seen;
}

void generated(const heddle::Parameters& parameters) {
  generate(parameters.rounds);
  sem_init(&semaphore, 0, 1);
  int64_t seen[kTasks] = {};
  std::thread tasks[kTasks];
  for (uint32_t i = 0; i < kTasks; ++i)
    tasks[i] = std::thread([&seen, i] { seen[i] = perform(i); });
  for (std::thread& task : tasks) task.join();
  std::string all;
  for (const int64_t one : seen) all += std::to_string(one) + " ";
  heddle::outcome(all);
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"generated", "data-race", "a random program", {0, 1}, {0, 1'000'000}, generated, nullptr},
    {},
};

}  // namespace heddle
