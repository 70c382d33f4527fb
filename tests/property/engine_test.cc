// Random programs of every model of waiting, on real fibers, under every strategy: locks exclude,
// what is found is found again, and dfs with reduction sees what it sees without.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "explorer/explore.h"
#include "frontends/strategies.h"
#include "property/bare_world.h"
#include "property/properties.h"
#include "strategies/replay.h"
#include "sync/barrier.h"
#include "sync/condition.h"
#include "sync/mutex.h"
#include "sync/rwlock.h"
#include "sync/semaphore.h"
#include "sync/thread.h"
#include "unit/explorer/fake_world.h"

namespace heddle {
namespace {

using properties::expect;
using properties::is_subset;
using properties::some_strategy;

constexpr int kTasks = 3;
constexpr int kLocks = 2;

enum class Do : uint8_t {
  lock,
  try_lock,
  lock_until,
  unlock,
  wait,
  wait_until,
  notify_one,
  notify_all,
  take,
  try_take,
  post,
  read_lock,
  write_lock,
  leave,
  meet,
  yield,
  sleep,
  kinds
};

struct Step {
  Do what = Do::lock;
  int where = 0;
};
using Program = std::vector<std::pair<int, Step>>;  // whose, in order

std::ostream& operator<<(std::ostream& out, const Step& step) {
  static const char* const kWords[] = {
      "lock",       "try_lock",   "lock_until", "unlock",   "wait", "wait_until",
      "notify_one", "notify_all", "take",       "try_take", "post", "read_lock",
      "write_lock", "leave",      "meet",       "yield",    "sleep"};
  return out << kWords[static_cast<int>(step.what)] << "(" << step.where << ")";
}

// One execution's objects, and who is where. Bodies run on fibers: they allocate nothing.
struct Running {
  BareWorld* world = nullptr;
  const Program* program = nullptr;
  Mutex* mutexes[kLocks] = {};
  Condition* condition = nullptr;
  RwLock* rwlock = nullptr;
  Semaphore* semaphore = nullptr;
  Barrier* barrier = nullptr;
  uint32_t count = 0;  // the semaphore's
  int inside[kLocks] = {};
  int readers = 0;
  int writers = 0;
  bool broken = false;  // two were where one may be
  uint64_t seen[kTasks] = {};
};

class Performer {
 public:
  Performer(Running& running, int task)
      : running_(running), engine_(running.world->engine()), task_(task) {}

  void perform() {
    uintptr_t site = static_cast<uintptr_t>(task_) * 100 + 1;
    for (const auto& [task, step] : *running_.program) {
      if (task != task_) continue;
      site_ = Site{++site};
      const int result = perform_one(step);
      running_.seen[task_] = running_.seen[task_] * 7 + static_cast<uint64_t>(result);
    }
    for (int i = 0; i < kLocks; ++i) unlock(i);
    leave();
  }

 private:
  // What it has shown the task: 0 unless it may go either way.
  int perform_one(const Step& step) {
    Mutex& mutex = *running_.mutexes[step.where];
    switch (step.what) {
      case Do::lock:
        return holds_[step.where] ? 0 : entered(step.where, mutex.lock(engine_, kType, site_));
      case Do::try_lock:
        return holds_[step.where] ? 0 : entered(step.where, mutex.try_lock(engine_, kType, site_));
      case Do::lock_until:
        if (holds_[step.where]) return 0;
        return entered(step.where, mutex.lock_until(engine_, kType, soon(), site_));
      case Do::unlock:
        return unlock(step.where), 0;
      case Do::wait:
        return wait(kNoDeadline);
      case Do::wait_until:
        return wait(soon());
      case Do::notify_one:
        return running_.condition->notify_one(engine_, site_), 0;
      case Do::notify_all:
        return running_.condition->notify_all(engine_, site_), 0;
      case Do::yield:
        return engine_.yield_point(Operation{Op::yield, 0, false, ObjectId(), 0, site_}), 0;
      case Do::sleep:
        return engine_.sleep_until(soon(), Operation{Op::sleep, 0, false, ObjectId(), 0, site_}), 0;
      default:
        return perform_shared(step);
    }
  }

  // Those of which several may have something at once.
  int perform_shared(const Step& step) {
    Semaphore& semaphore = *running_.semaphore;
    switch (step.what) {
      case Do::take:
        return semaphore.wait(engine_, &running_.count, kNoDeadline, site_) != 0;
      case Do::try_take:
        return semaphore.try_wait(engine_, &running_.count, site_) != 0;
      case Do::post:
        return semaphore.post(engine_, &running_.count, site_);
      case Do::read_lock:
      case Do::write_lock:
        return enter(step.what == Do::write_lock);
      case Do::leave:
        return leave(), 0;
      default:
        return running_.barrier->wait(engine_, 2, site_);
    }
  }

  uint64_t soon() const { return engine_.now_ns() + 1'000'000; }

  int entered(int lock, int result) {
    holds_[lock] = result == 0;
    if (result == 0 && ++running_.inside[lock] != 1) running_.broken = true;
    return result != 0;
  }

  void unlock(int lock) {
    if (!holds_[lock]) return;
    holds_[lock] = false;
    --running_.inside[lock];
    running_.mutexes[lock]->unlock(engine_, kType, site_);
  }

  // With the first mutex always: a condition has one.
  int wait(uint64_t deadline) {
    if (!holds_[0]) return 0;
    --running_.inside[0];
    const int result =
        running_.condition->wait_until(engine_, *running_.mutexes[0], deadline, site_);
    if (++running_.inside[0] != 1) running_.broken = true;
    return result != 0;
  }

  int enter(bool write) {
    if (reads_ || writes_) return 0;
    RwLock::Request request;
    request.mode = write ? RwLock::Mode::write : RwLock::Mode::read;
    running_.rwlock->lock(engine_, request, site_);
    (write ? writes_ : reads_) = true;
    ++(write ? running_.writers : running_.readers);
    if (running_.writers > 1 || (running_.writers == 1 && running_.readers > 0)) {
      running_.broken = true;
    }
    return 0;
  }

  void leave() {
    if (!reads_ && !writes_) return;
    --(writes_ ? running_.writers : running_.readers);
    reads_ = writes_ = false;
    running_.rwlock->unlock(engine_, site_);
  }

  static constexpr MutexType kType = MutexType::normal;

  Running& running_;
  Engine& engine_;
  const int task_;
  Site site_;
  bool holds_[kLocks] = {};
  bool reads_ = false;
  bool writes_ = false;
};

struct Job {
  Running* running;
  int task;
};

void* run_task(void* argument) {
  const Job& job = *static_cast<Job*>(argument);
  Performer(*job.running, job.task).perform();
  return nullptr;
}

void* run_body(void* argument) {
  Running& running = *static_cast<Running*>(argument);
  const Running fresh = {running.world, running.program};
  running = fresh;
  Objects& models = running.world->models();
  for (Mutex*& mutex : running.mutexes) {
    mutex =
        &models.make<Mutex>(0x1000 + 8 * static_cast<uintptr_t>(&mutex - running.mutexes), Site());
  }
  running.condition = &models.make<Condition>(0x2000, Site());
  running.rwlock = &models.make<RwLock>(0x3000, Site());
  running.semaphore = &models.make<Semaphore>(0x4000, Site());
  running.barrier = &models.make<Barrier>(0x5000, Site());
  Engine& engine = running.world->engine();
  Job jobs[kTasks];
  Task* tasks[kTasks];
  for (int i = 0; i < kTasks; ++i) {
    jobs[i] = {&running, i};
    tasks[i] = thread_create(engine, run_task, &jobs[i], false, Site{1});
  }
  for (Task* const task : tasks) thread_join(engine, *task, nullptr, Site{2});
  return nullptr;
}

// ---- Exploring ----------------------------------------------------------------------------------

rc::Gen<Program> programs(int most_steps) {
  const auto what = rc::gen::map(rc::gen::inRange(0, static_cast<int>(Do::kinds)),
                                 [](int kind) { return static_cast<Do>(kind); });
  const auto step = rc::gen::build<Step>(rc::gen::set(&Step::what, what),
                                         rc::gen::set(&Step::where, rc::gen::inRange(0, kLocks)));
  return rc::gen::resize(most_steps,
                         rc::gen::container<Program>(rc::gen::resize(
                             rc::kNominalSize, rc::gen::pair(rc::gen::inRange(0, kTasks), step))));
}

class EngineProperty : public testing::Test {
 protected:
  EngineProperty() {
    world_.outcome = [this] {
      std::string all = running_.broken ? "broken" : "";
      for (const uint64_t seen : running_.seen) all += " " + std::to_string(seen);
      return all;
    };
    running_.world = &world_;
    callbacks_ = fake_callbacks(symbols_);
    callbacks_.replay.make = [](const Schedule& schedule) {
      return std::make_unique<Replay>(schedule);
    };
    callbacks_.replay.divergence = [](const Strategy& strategy) {
      return static_cast<const Replay&>(strategy).divergence_text();
    };
  }

  ExplorationResult explored(const Program& program, const CommandOptions& options) {
    running_.program = &program;
    const MadeStrategy made = make_strategy(options);
    ExploreOptions explore_options;
    explore_options.origin.scenario = "generated";
    explore_options.body = {run_body, &running_};
    explore_options.executions = options.executions;
    explore_options.keep_going = true;
    explore_options.minimize = options.minimize;
    if (made.dfs != nullptr) explore_options.limits.slack_ns = kFreeTime;
    if (made.dfs != nullptr) explore_options.limits.spurious = 0;
    callbacks_.strengthen = [&](Evidence& evidence, bool exhausted) {
      made.state_bound(evidence, exhausted, options);
    };
    return explore(world_, *made.strategy, explore_options, callbacks_);
  }

  Running running_;
  BareWorld& world_ = bare_world();
  FakeSymbols symbols_;
  ExploreCallbacks callbacks_;
};

std::set<std::string> outcomes_of(const ExplorationResult& result) {
  std::set<std::string> values;
  for (const OutcomeCount& outcome : result.outcomes) values.insert(outcome.value);
  return values;
}

std::set<std::string> kinds_of(const ExplorationResult& result) {
  std::set<std::string> kinds;
  for (const Finding& finding : result.findings) kinds.insert(word(finding.kind));
  return kinds;
}

bool has_broken(const ExplorationResult& result) {
  for (const OutcomeCount& outcome : result.outcomes) {
    if (outcome.value.find("broken") != std::string::npos) return true;
  }
  return false;
}

TEST_F(EngineProperty, LocksExcludeAndFindingsAreFoundAgain) {
  expect("locks exclude and findings are found again", [this] {
    const Program program = *programs(20);
    CommandOptions options;
    options.strategy = *some_strategy();
    options.seed = *rc::gen::inRange<uint64_t>(1, 1'000);
    options.executions = 20;
    options.minimize = *rc::gen::arbitrary<bool>();
    const ExplorationResult result = explored(program, options);
    RC_ASSERT(!has_broken(result));
    for (const Finding& finding : result.findings) RC_LOG(finding.message);
    RC_ASSERT(result.verdict != Verdict::error);  // nondeterminism
    RC_CLASSIFY(result.verdict == Verdict::fail);
  });
}

TEST_F(EngineProperty, ReductionLosesNothing) {
  expect("the plain search sees the same", [this] {
    const Program program = *programs(12);
    CommandOptions options;
    options.strategy = "dfs";
    options.executions = 100'000;
    options.minimize = false;
    const ExplorationResult reduced = explored(program, options);
    RC_ASSERT(reduced.evidence.distinct_traces == reduced.evidence.executions);
    options.reduction = false;
    options.executions = 150;
    const ExplorationResult plain = explored(program, options);
    RC_ASSERT(is_subset(outcomes_of(plain), outcomes_of(reduced)));
    RC_ASSERT(is_subset(kinds_of(plain), kinds_of(reduced)));
    const bool ended = plain.evidence.kind == reduced.evidence.kind;
    RC_CLASSIFY(ended);
    if (!ended) return;
    RC_ASSERT(outcomes_of(plain) == outcomes_of(reduced));
    RC_ASSERT(kinds_of(plain) == kinds_of(reduced));
    RC_ASSERT(plain.evidence.distinct_traces == reduced.evidence.distinct_traces);
  });
}

}  // namespace
}  // namespace heddle
