// Small random programs under exhaustive search: with and without reduction they have the same
// outcomes, findings and classes of executions, and what random sees is among that.
//
// RC_PARAMS of the environment ("seed=7 max_success=1000") changes seed and number of cases.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <semaphore.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"

namespace {

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

constexpr int kTasks = 4;
constexpr int kSteps = 9;  // in all
constexpr int kPlaces = 2;
constexpr int kLocks = 2;

struct Program {
  std::vector<Step> tasks[kTasks];
};

std::ostream& operator<<(std::ostream& out, const Program& program) {
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

std::atomic<int> atomics[kPlaces];
int plains[kPlaces];
std::mutex mutexes[kLocks];
sem_t semaphore;
const Program* running;

// The program itself is no shared memory.
__attribute__((no_sanitize("thread"), noinline)) int count_of(int task) {
  return static_cast<int>(running->tasks[task].size());
}
__attribute__((no_sanitize("thread"), noinline)) Step step_of(int task, int i) {
  return running->tasks[task][static_cast<size_t>(i)];
}

// What the task has seen, as one number.
int perform(int task) {
  int seen = 1;
  bool holds[kLocks] = {};
  const int count = count_of(task);
  for (int i = 0; i < count; ++i) {
    const Step step = step_of(task, i);
    int found = 0;
    switch (step.what) {
      case Do::load:
        found = atomics[step.where].load();
        break;
      case Do::store:
        atomics[step.where].store(step.value);
        continue;
      case Do::add:
        found = atomics[step.where].fetch_add(1);
        break;
      case Do::exchange_if: {
        int expected = 0;
        found = atomics[step.where].compare_exchange_strong(expected, step.value) ? 5 : expected;
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
  for (int i = 0; i < kLocks; ++i) {
    if (holds[i]) mutexes[i].unlock();
  }
  return seen;
}

void body() {
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

// ---- Judging ------------------------------------------------------------------------------------

// What "outcomes":[{"value":"…" of a report says.
std::set<std::string> outcomes_of(const heddle::Report& report) {
  std::set<std::string> outcomes;
  const std::string& json = report.json();
  const std::string mark = "\"value\": \"";
  for (size_t at = json.find("\"outcomes\""); at != std::string::npos;) {
    at = json.find(mark, at);
    if (at == std::string::npos) break;
    at += mark.size();
    outcomes.insert(json.substr(at, json.find('"', at) - at));
  }
  return outcomes;
}

std::set<std::string> kinds_of(const heddle::Report& report) {
  std::set<std::string> kinds;
  const std::string all = report["findings"] + ", ";
  for (size_t at = 0; at < all.size();) {
    const size_t end = all.find(", ", at);
    if (end > at) kinds.insert(all.substr(at, end - at));
    at = end + 2;
  }
  return kinds;
}

heddle::Report explored(const Program& program, const heddle::Options& options) {
  running = &program;
  heddle::Report report = heddle::explore("generated", body, options);
  running = nullptr;
  return report;
}

heddle::Options search() {
  return heddle::Options().strategy("dfs").no_minimize();
}

bool is_subset(const std::set<std::string>& few, const std::set<std::string>& many) {
  return std::includes(many.begin(), many.end(), few.begin(), few.end());
}

}  // namespace

namespace rc {

template <>
struct Arbitrary<Step> {
  static Gen<Step> arbitrary() {
    return gen::build<Step>(
        gen::set(&Step::what, gen::map(gen::inRange(0, static_cast<int>(Do::kinds)),
                                       [](int what) { return static_cast<Do>(what); })),
        gen::set(&Step::where, gen::inRange(0, 2)), gen::set(&Step::value, gen::inRange(1, 3)));
  }
};

template <>
struct Arbitrary<Program> {
  static Gen<Program> arbitrary() {
    using Placed = std::pair<int, Step>;
    const auto steps = gen::container<std::vector<Placed>>(
        gen::pair(gen::inRange(0, kTasks), gen::arbitrary<Step>()));
    return gen::map(steps, [](const std::vector<Placed>& placed) {
      Program program;
      int count = 0;
      for (const Placed& step : placed) {
        if (++count > kSteps) break;
        program.tasks[step.first].push_back(step.second);
      }
      return program;
    });
  }
};

}  // namespace rc

namespace {

void expect(const char* name, const std::function<void(const Program&)>& property) {
  EXPECT_TRUE(rc::check(name, property));
}

TEST(Generated, ReductionLosesNothing) {
  expect("the plain search sees the same", [](const Program& program) {
    const heddle::Report reduced = explored(program, search());
    const heddle::Report plain = explored(program, search().set("no-reduction"));
    RC_ASSERT(reduced["evidence"] == plain["evidence"]);
    RC_ASSERT(outcomes_of(reduced) == outcomes_of(plain));
    RC_ASSERT(kinds_of(reduced) == kinds_of(plain));
    RC_ASSERT(reduced["distinct"] == plain["distinct"]);
    RC_ASSERT(reduced["distinct"] == std::to_string(reduced.executions()));
  });
}

TEST(Generated, RandomSeesNothingElse) {
  expect("what random sees is among it", [](const Program& program) {
    const heddle::Report all = explored(program, search());
    const heddle::Report some = explored(
        program, heddle::Options().strategy("random").executions(60).keep_going().no_minimize());
    RC_ASSERT(is_subset(outcomes_of(some), outcomes_of(all)));
    RC_ASSERT(is_subset(kinds_of(some), kinds_of(all)));
  });
}

}  // namespace
