#include "runtime/supervised_world.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/raw_syscall.h"
#include "base/rng.h"
#include "runtime/real.h"

namespace heddle {
namespace {

// How often a worker that gives no answer is looked after.
constexpr uint64_t kLookEveryNs = 2'000'000;

pid_t wait_for(pid_t process, int* status, int how) {
  return static_cast<pid_t>(
      raw_syscall(SYS_wait4, process, reinterpret_cast<long>(status), how, 0));
}

// Why the worker was ended. Empty: it was not.
std::string describe_excess(Watch::Seen seen) {
  const auto number = [](uint64_t value, uint64_t unit) { return std::to_string(value / unit); };
  constexpr uint64_t kSecond = 1'000'000'000;
  constexpr uint64_t kMegabyte = 1 << 20;
  switch (seen) {
    case Watch::Seen::computes:
      return "it has run for " + number(Watch::kLongestStepNs, kSecond) +
             " s without coming to a scheduling point";
    case Watch::Seen::waits:
      return "it has waited in the kernel for " + number(Watch::kLongestWaitNs, kSecond) +
             " s without coming to a scheduling point";
    case Watch::Seen::memory:
      return "the execution takes more than " + number(Watch::kMostMemory, kMegabyte) +
             " MiB of memory";
    case Watch::Seen::files:
      return "files and output of the execution take more than " +
             number(Watch::kMostFiles, kMegabyte) + " MiB";
    case Watch::Seen::worn:
      return "the process has grown too large";
    case Watch::Seen::nothing:
      break;
  }
  return "";
}

FindingKind kind_of_end(Watch::Seen seen, const std::string& failure) {
  switch (seen) {
    case Watch::Seen::computes:
    case Watch::Seen::waits:
      return FindingKind::time_limit;
    case Watch::Seen::memory:
    case Watch::Seen::files:
    case Watch::Seen::worn:
      return FindingKind::memory_limit;
    case Watch::Seen::nothing:
      break;
  }
  return failure.empty() ? FindingKind::crash : FindingKind::not_modelled;
}

// `failure`: of a check of Heddle's own.
void describe_end(int status, Watch::Seen seen, const std::string& failure, Detection& detection) {
  detection.kind = kind_of_end(seen, failure);
  char* const text = detection.detail;
  const size_t size = sizeof(detection.detail);
  const std::string excess = describe_excess(seen);
  if (!excess.empty()) {
    snprintf(text, size, "%s", excess.c_str());
  } else if (!failure.empty()) {
    snprintf(
        text, size,
        "an internal error (%s): the program has got at memory or descriptors of Heddle's own, "
        "or else please report this",
        failure.c_str());
  } else if (WIFSIGNALED(status)) {
    const char* name = sigabbrev_np(WTERMSIG(status));
    snprintf(text, size, "the process was killed by SIG%s", name == nullptr ? "?" : name);
  } else {
    snprintf(text, size, "the process was ended by a system call, with status %d",
             WEXITSTATUS(status));
  }
}

}  // namespace

// ---- The worker ---------------------------------------------------------------------------------

namespace {

// In a fork: it does not outlive the process that has made it.
void end_with(pid_t maker) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != maker) raw_syscall(SYS_exit_group, 0);
}

}  // namespace

bool SupervisedWorld::start_worker() {
  exchange_->expect_worker();
  const pid_t self = getpid();
  fflush(nullptr);
  const pid_t fork_result = HEDDLE_REAL(fork)();
  if (fork_result < 0) return false;
  if (fork_result == 0) work(self);
  worker_ = Worker();
  worker_.process = fork_result;
  worker_.watch.begin(fork_result);
  return true;
}

void SupervisedWorld::work(pid_t supervisor) {
  end_with(supervisor);
  exchange_->become_worker();
  world_.become_worker();
  exchange_->serve(&world_);
}

void SupervisedWorld::retire_worker() {
  came_to_end_ = false;
  if (worker_.process == 0) return;
  raw_syscall(SYS_kill, worker_.process, SIGKILL);
  wait_for(worker_.process, &worker_.status, 0);
  worker_.process = 0;
}

// ---- Mates --------------------------------------------------------------------------------------

namespace {

class LineOfMate : public MateLine {
 public:
  LineOfMate(Line& line, const ProcessWorld& world) : line_(line), world_(world) {}
  bool send(std::string_view message) override { return line_.send(message); }
  std::string with_dir(std::string_view text) const override { return world_.with_dir(text); }

 private:
  Line& line_;
  const ProcessWorld& world_;
};

}  // namespace

std::unique_ptr<Mate> SupervisedWorld::start_mate(const MateWork& work) {
  std::unique_ptr<Line> line = alone_ ? nullptr : Line::open();
  if (line == nullptr) return nullptr;
  Core core = Core::take();
  const pid_t self = getpid();
  fflush(nullptr);
  const pid_t fork_result = HEDDLE_REAL(fork)();
  if (fork_result < 0) return nullptr;
  if (fork_result == 0) be_mate(self, *line, core, work);
  line->keep_from_forks();
  return std::make_unique<MateProcess>(fork_result, std::move(line), std::move(core));
}

void SupervisedWorld::be_mate(pid_t maker, Line& line, const Core& core, const MateWork& work) {
  end_with(maker);
  line.keep_from_forks();
  core.pin();
  Core::leave_to_maker();
  worker_ = Worker();  // that one is the maker's
  restarts_ = 0;
  exchange_ = nullptr;
  Exchange::give_up();
  int status = 1;
  if (world_.become_copy()) {
    LineOfMate told(line, world_);
    work(told);
    retire_worker();
    world_.leave_copy();
    status = 0;
  }
  for (;;) raw_syscall(SYS_exit_group, status);
}

Watch::Seen SupervisedWorld::look() const {
  const uint64_t progress = mix64(world_.log().steps ^ mix64(world_.log().number.stream()));
  return worker_.watch.look(progress, [this] { return world_.files_in_use(); });
}

// Whether it has been done.
bool SupervisedWorld::call(Exchange::Run run, void* argument) const {
  if (worker_.process == 0) return false;
  exchange_->post(run, argument);
  worker_.watch.expect();
  while (!exchange_->wait_for_answer(kLookEveryNs)) {
    if (wait_for(worker_.process, &worker_.status, WNOHANG) == worker_.process) {
      worker_.process = 0;
      worker_.failure = world_.failure();
      return exchange_->wait_for_answer(1);
    }
    worker_.seen = look();
    if (worker_.seen == Watch::Seen::nothing) continue;
    raw_syscall(SYS_kill, worker_.process, SIGKILL);
    wait_for(worker_.process, &worker_.status, 0);
    worker_.process = 0;
    return false;
  }
  return true;
}

template <typename Function>
auto SupervisedWorld::ask(Function function) const
    -> std::optional<std::invoke_result_t<Function&, ProcessWorld&>> {
  using Result = std::invoke_result_t<Function&, ProcessWorld&>;
  struct Call {
    Function function;
    Exchange* exchange;
    const Result* result;
    static void run(void* self, void* world) {
      Call& call = *static_cast<Call*>(self);
      call.exchange->forget_lent();
      const Result made = call.function(*static_cast<ProcessWorld*>(world));
      const Exchange::Lend lend(*call.exchange);
      call.result = new Result(made);
    }
  };
  std::unique_ptr<Call> posted;
  if (worker_.process != 0) {
    const Exchange::Lend lend(*exchange_);
    posted.reset(new Call{std::move(function), exchange_, nullptr});
  }
  if (posted != nullptr && call(Call::run, posted.get())) return *posted->result;
  lost_answers_ = lost_answers_ || came_to_end_;
  return std::nullopt;
}

// ---- Executions ---------------------------------------------------------------------------------

void SupervisedWorld::lend(const std::function<void()>& make) {
  if (exchange_ == nullptr && !alone_) exchange_ = Exchange::open();
  if (exchange_ == nullptr) return make();
  const Exchange::Lend lend(*exchange_);
  make();
}

// What a request refers to, where the worker can read it.
struct LentRequest {
  BatchRequest wanted;
  bool has_points = false;
  std::vector<PointKey> points;
  std::vector<std::string> known;
  PlainExecutions plain;

  explicit LentRequest(const BatchRequest& from) : wanted(from) {
    has_points = from.request.extra_points != nullptr;
    if (has_points) points = *from.request.extra_points;
    if (from.known_outcomes != nullptr) known = *from.known_outcomes;
    plain.all.reserve(from.most);
  }
  // In the worker.
  void settle() {
    wanted.request.extra_points = has_points ? &points : nullptr;
    wanted.known_outcomes = &known;
  }
};

bool SupervisedWorld::has_worker() {
  if (alone_ || worker_.process != 0) return !alone_;
  if (exchange_ == nullptr) exchange_ = Exchange::open();
  alone_ = exchange_ == nullptr || !start_worker();
  return !alone_;
}

// The ends that one execution has come to. One that it comes to whenever it is run is the program's
// doing; others come from outside.
struct SupervisedWorld::Ends {
  static constexpr int kEnough = 6;
  static constexpr int kMost = 100;
  int count = 0;
  int same = 0;
  uint64_t last = 0;

  // `known`: places at which it was the program's doing before.
  bool is_always(const ExecutionOutcome& dead, const ExecutionLog& log, std::vector<Site>& known) {
    ++count;
    const uint64_t end = mix64(dead.summary.digest ^ mix64(dead.summary.steps));
    same = end == last ? same + 1 : 1;
    last = end;
    if (count >= kMost) return true;
    if (log.task_count == 0) return false;  // it had not begun
    if (std::find(known.begin(), known.end(), log.site) != known.end()) return true;
    if (same < kEnough) return false;
    known.push_back(log.site);
    return true;
  }
};

// Anybody can send a signal; nobody else ends a process otherwise, or lets it run for ever. What is
// in memory may come from earlier executions.
bool SupervisedWorld::may_be_chance() const {
  if (worker_.seen == Watch::Seen::worn) return true;
  if (worker_.seen != Watch::Seen::nothing) return false;
  return WIFSIGNALED(worker_.status) || !worker_.failure.empty();
}

bool SupervisedWorld::isolate(bool on) {
  isolated_ = on && !alone_;
  retire_worker();
  return isolated_ == on;
}

ExecutionOutcome SupervisedWorld::execute(const ExecutionRequest& request) {
  if (isolated_) retire_worker();
  for (Ends ends;;) {
    if (!has_worker()) return world_.execute(request);
    BatchRequest single;
    single.request = request;
    std::unique_ptr<LentRequest> lent;
    lend([&] { lent = std::make_unique<LentRequest>(single); });
    world_.clear_log();
    came_to_end_ = lost_answers_ = false;
    auto outcome = ask([lent = lent.get()](ProcessWorld& world) {
      lent->settle();
      return world.execute(lent->wanted.request);
    });
    if (outcome) {
      came_to_end_ = true;
      restarts_ += ends.count;
      return *std::move(outcome);
    }
    ExecutionOutcome dead = outcome_of_the_dead(request);
    if (!may_be_chance() || ends.is_always(dead, world_.log(), fatal_)) return dead;
    request.strategy->lost();
    HEDDLE_CHECK(request.strategy->begin(request.number));
  }
}

// Of executions whose worker may have been killed those that have come to their end. Of the last
// one the strategy knows whether it has.
size_t take_complete(Strategy& strategy, std::vector<PlainExecution>& from,
                     std::vector<PlainExecution>& to) {
  const bool again = strategy.lost();
  if (!from.empty() && !from.back().complete) {
    PlainExecution& last = from.back();
    if (again || strategy.redoes()) {
      from.pop_back();
    } else {
      last.pruned = strategy.pruned();
      last.trace_class = strategy.trace_class(last.summary.digest);
    }
  }
  to.insert(to.end(), from.begin(), from.end());
  return from.size();
}

// What a killed worker has not done another does.
std::optional<ExecutionOutcome> SupervisedWorld::execute_some(const BatchRequest& wanted,
                                                              PlainExecutions& plain) {
  if (isolated_) return World::execute_some(wanted, plain);
  BatchRequest left = wanted;
  for (Ends ends;;) {
    if (!has_worker()) return world_.execute_some(left, plain);
    std::unique_ptr<LentRequest> lent;
    lend([&] { lent = std::make_unique<LentRequest>(left); });
    world_.clear_log();
    came_to_end_ = lost_answers_ = false;
    auto outcome = ask([lent = lent.get()](ProcessWorld& world) {
      lent->settle();
      return world.execute_some(lent->wanted, lent->plain);
    });
    plain.exhausted = lent->plain.exhausted;
    const size_t done = take_complete(*left.request.strategy, lent->plain.all, plain.all);
    if (outcome || done > 0) {
      restarts_ += ends.count;
      ends = Ends();
    }
    came_to_end_ = outcome.has_value();
    if (outcome) return *std::move(outcome);
    left.request.number.number += done * left.stride;
    left.most = 1;
    ExecutionOutcome dead = outcome_of_the_dead(left.request);
    if (may_be_chance() && !ends.is_always(dead, world_.log(), fatal_)) continue;
    left.request.strategy->end(dead.summary);
    return dead;
  }
}

ExecutionOutcome SupervisedWorld::outcome_of_the_dead(const ExecutionRequest& request) {
  ExecutionOutcome outcome;
  outcome.output = world_.clean_up(request.number, request.keep_output);
  const ExecutionLog& log = world_.log();
  outcome.summary.number = log.number.number;
  outcome.summary.steps = log.steps;
  outcome.summary.tasks = outcome.summary.most_at_once = log.task_count;
  outcome.summary.overlapped = log.task_count > 1;
  uint64_t digest = 0;
  for (const Choice& choice : choices()) {
    const uint64_t place = (uint64_t{choice.position.operation} << 32) ^ choice.position.accesses;
    const uint64_t chosen = choice.kind == ChoiceKind::value ? choice.value : choice.chosen.index();
    digest = mix64(digest ^ mix64(place ^ mix64(choice.position.task.index())) ^ chosen);
  }
  outcome.summary.digest = digest;
  Detection detection;
  describe_end(worker_.status, worker_.seen, worker_.failure, detection);
  detection.access.task = log.current;
  detection.access.site = log.site;
  detection.step = log.steps;
  outcome.detections.push_back(detection);
  if (request.record) world_.tell_story_length(outcome);
  return outcome;
}

void SupervisedWorld::learn(const std::vector<PointKey>& points) {
  world_.learn(points);
  std::vector<PointKey> lent;
  lend([&] { lent = points; });
  ask([lent = std::move(lent)](ProcessWorld& world) {
    world.learn(lent);
    return true;
  });
}

void SupervisedWorld::forget_points() {
  retire_worker();
  restarts_ = 0;
  isolated_ = false;
  fatal_.clear();
  world_.forget_points();
}

// ---- About the last execution -------------------------------------------------------------------

View<Choice> SupervisedWorld::choices() const {
  return {world_.log().choices, world_.log().choice_count};
}

std::vector<TaskRecord> SupervisedWorld::tasks() const {
  if (auto told = ask([](ProcessWorld& world) { return world.tasks(); })) return *std::move(told);
  if (alone_) return world_.tasks();
  const ExecutionLog& log = world_.log();
  std::vector<TaskRecord> records(log.task_count);
  for (uint32_t i = 0; i < log.task_count; ++i) {
    records[i].id = TaskId(i);
    records[i].creator = log.births[i].creator;
    records[i].child = log.births[i].child;
  }
  return records;
}

Story SupervisedWorld::story() const {
  if (auto told = ask([](ProcessWorld& world) { return world.story(); })) return *std::move(told);
  if (alone_) return world_.story();
  Story story;
  story.trace = world_.recorded();
  story.tasks = tasks();
  return story;
}

Described SupervisedWorld::describe(uintptr_t address) const {
  if (alone_) return world_.describe(address);
  return ask([address](ProcessWorld& world) { return world.describe(address); })
      .value_or(Described());
}

Described SupervisedWorld::describe(ObjectId object) const {
  if (alone_) return world_.describe(object);
  return ask([object](ProcessWorld& world) { return world.describe(object); })
      .value_or(Described());
}

uintptr_t SupervisedWorld::address_of(ObjectId object) const {
  if (alone_) return world_.address_of(object);
  return ask([object](ProcessWorld& world) { return world.address_of(object); }).value_or(0);
}

const char* SupervisedWorld::kind_of(ObjectId object) const {
  if (alone_) return world_.kind_of(object);
  return ask([object](ProcessWorld& world) { return world.kind_of(object); }).value_or("object");
}

PointKey SupervisedWorld::point_key(uintptr_t address) const {
  if (auto told = ask([address](ProcessWorld& world) { return world.point_key(address); })) {
    return *told;
  }
  return world_.point_key(address);
}

}  // namespace heddle
