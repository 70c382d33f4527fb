// Small random programs: up to 4 tasks, 2 atomics, 3 variables, 3 mutexes, a semaphore, 12 steps.
#pragma once

#include <rapidcheck.h>
#include <semaphore.h>

#include <atomic>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "heddle/heddle.h"

namespace generated {

enum class Do : int {
  load,
  store,
  add,
  exchange_if,
  read,
  write,
  lock,
  unlock,
  try_lock,
  wait,
  post,
  yield,
  choose,
  kinds
};

struct Step {
  Do what = Do::load;
  int where = 0;
  int value = 0;
};

inline constexpr int kTasks = 4;
inline constexpr int kSteps = 12;  // in all
inline constexpr int kAtomics = 2;
inline constexpr int kPlaces = 3;  // variables, and mutexes

struct Program {
  std::vector<Step> tasks[kTasks];
};

inline std::ostream& operator<<(std::ostream& out, const Program& program) {
  static const char* const kWords[] = {"load",  "store", "add",    "exchange_if", "read",
                                       "write", "lock",  "unlock", "try_lock",    "wait",
                                       "post",  "yield", "choose"};
  for (int task = 0; task < kTasks; ++task) {
    out << "\n  task " << task << ":";
    for (const Step& step : program.tasks[task]) {
      out << " " << kWords[static_cast<int>(step.what)] << "(" << step.where << ", " << step.value
          << ")";
    }
  }
  return out;
}

inline std::atomic<int> atomics[kAtomics];
inline int plains[kPlaces];
inline std::mutex mutexes[kPlaces];
inline sem_t semaphore;
inline const Program* running;

// The program itself is no shared memory.
__attribute__((no_sanitize("thread"), noinline)) inline int count_of(int task) {
  return static_cast<int>(running->tasks[task].size());
}
__attribute__((no_sanitize("thread"), noinline)) inline Step step_of(int task, int i) {
  return running->tasks[task][static_cast<size_t>(i)];
}

// What the task has seen, as one number.
inline int perform(int task) {
  int seen = 1;
  bool holds[kPlaces] = {};
  const int count = count_of(task);
  for (int i = 0; i < count; ++i) {
    const Step step = step_of(task, i);
    std::atomic<int>& atomic = atomics[step.where % kAtomics];
    int found = 0;
    switch (step.what) {
      case Do::load:
        found = atomic.load();
        break;
      case Do::store:
        atomic.store(step.value);
        continue;
      case Do::add:
        found = atomic.fetch_add(1);
        break;
      case Do::exchange_if: {
        int expected = 0;
        found = atomic.compare_exchange_strong(expected, step.value) ? 5 : expected;
        break;
      }
      case Do::read:
        found = plains[step.where];
        break;
      case Do::write:
        plains[step.where] = step.value;
        continue;
      case Do::lock:
        if (holds[step.where]) continue;
        mutexes[step.where].lock();
        holds[step.where] = true;
        continue;
      case Do::unlock:
        if (!holds[step.where]) continue;
        mutexes[step.where].unlock();
        holds[step.where] = false;
        continue;
      case Do::try_lock:
        if (holds[step.where] || !mutexes[step.where].try_lock()) break;
        holds[step.where] = true;
        found = 1;
        break;
      case Do::wait:
        sem_wait(&semaphore);
        continue;
      case Do::post:
        sem_post(&semaphore);
        continue;
      case Do::yield:
        std::this_thread::yield();
        continue;
      case Do::choose:
        found = static_cast<int>(heddle::choose(2));
        break;
      case Do::kinds:
        continue;
    }
    seen = seen * 7 + found;
  }
  for (int i = 0; i < kPlaces; ++i) {
    if (holds[i]) mutexes[i].unlock();
  }
  return seen;
}

inline void body() {
  sem_init(&semaphore, 0, 1);
  int seen[kTasks] = {};
  {
    std::thread threads[kTasks];
    for (int i = 0; i < kTasks; ++i) {
      if (count_of(i) > 0) threads[i] = std::thread([i, &seen] { seen[i] = perform(i); });
    }
    for (std::thread& thread : threads) {
      if (thread.joinable()) thread.join();
    }
  }
  std::string outcome;
  for (const int value : seen) outcome += std::to_string(value) + " ";
  for (const auto& value : atomics) outcome += std::to_string(value.load()) + " ";
  for (const int value : plains) outcome += std::to_string(value) + " ";
  heddle::outcome(outcome);
}

// In this process, as thousands of explorations are too many to fork a worker for each.
inline heddle::Report explored(const Program& program, heddle::Options options) {
  running = &program;
  heddle::Report report = heddle::explore("generated", body, options.set("in-process"));
  running = nullptr;
  return report;
}

inline rc::Gen<Step> some_step() {
  const auto what = rc::gen::map(rc::gen::inRange(0, static_cast<int>(Do::kinds)),
                                 [](int kind) { return static_cast<Do>(kind); });
  return rc::gen::build<Step>(rc::gen::set(&Step::what, what),
                              rc::gen::set(&Step::where, rc::gen::inRange(0, kPlaces)),
                              rc::gen::set(&Step::value, rc::gen::inRange(1, 3)));
}

// Up to so many steps in all, of every length alike; rapidcheck's size, which also narrows ranges,
// plays no part.
inline rc::Gen<Program> programs(int most_steps = kSteps) {
  using Placed = std::pair<int, Step>;
  const auto step =
      rc::gen::resize(rc::kNominalSize, rc::gen::pair(rc::gen::inRange(0, kTasks), some_step()));
  const auto steps = rc::gen::resize(most_steps, rc::gen::container<std::vector<Placed>>(step));
  return rc::gen::map(steps, [](const std::vector<Placed>& placed) {
    Program program;
    for (const Placed& step : placed) program.tasks[step.first].push_back(step.second);
    return program;
  });
}

}  // namespace generated
