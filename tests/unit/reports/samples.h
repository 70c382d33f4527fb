// Results made by hand, as an explorer would hand them to the reports: before they are explained.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/result.h"

namespace heddle {
namespace samples {

inline TaskInfo task(uint32_t id, const std::string& name, SourcePlace created = {}) {
  TaskInfo info;
  info.id = TaskId(id);
  info.name = name;
  info.created_at = std::move(created);
  info.ended = true;
  return info;
}

// Steps of one file and function, numbered as they come.
class Steps {
 public:
  Steps(std::string file, std::string function)
      : file_(std::move(file)), function_(std::move(function)) {}

  Step& add(uint32_t task, Op op, const std::string& object, int line) {
    Step step;
    step.step = ++number_;
    step.task = TaskId(task);
    step.op = op;
    step.object = object;
    step.place = {file_, line, function_};
    step.stack = {step.place, {"bank/bank.cc", 31, "main"}};
    steps_.push_back(step);
    return steps_.back();
  }
  void read(uint32_t task, const std::string& object, int64_t value, int line) {
    Step& step = add(task, Op::read, object, line);
    step.has_value = true;
    step.value = value;
  }
  void write(uint32_t task, const std::string& object, int64_t before, int64_t value, int line) {
    Step& step = add(task, Op::write, object, line);
    step.has_value = step.changes = true;
    step.before = before;
    step.value = value;
  }
  void sleep(uint32_t task, uint64_t ms, int line) {
    add(task, Op::sleep, "", line).duration_ns = ms * 1'000'000;
  }
  void blocked(uint32_t task, Op op, const std::string& object, uint32_t owner, int line) {
    Step& step = add(task, op, object, line);
    step.effect = Effect::blocked;
    step.other = TaskId(owner);
  }
  void about(uint32_t task, Op op, uint32_t other, int line) {
    add(task, op, "", line).other = TaskId(other);
  }
  void skip(uint64_t steps) { number_ += steps; }
  void function(std::string name) { function_ = std::move(name); }
  Step& last() { return steps_.back(); }
  std::vector<Step> take() { return std::move(steps_); }

 private:
  std::string file_;
  std::string function_;
  uint64_t number_ = 0;
  std::vector<Step> steps_;
};

inline ExplorationResult result(const std::string& scenario, Verdict verdict, uint64_t executions) {
  ExplorationResult result;
  result.scenario = scenario;
  result.verdict = verdict;
  result.strategy = "portfolio";
  result.ended_by = "executions";
  result.seconds = 0.25;
  Evidence& evidence = result.evidence;
  evidence.executions = executions;
  evidence.distinct_traces = executions - executions / 500;
  evidence.steps = executions * 14;
  evidence.choice_points = executions * 5;
  evidence.tasks = 3;
  evidence.most_at_once = 3;
  evidence.virtual_ns = 20'000'000;
  return result;
}

inline Finding finding(FindingKind kind, const std::string& message, uint64_t count) {
  Finding finding;
  finding.kind = kind;
  finding.message = message;
  finding.count = count;
  finding.execution = 2;
  return finding;
}

inline void replayable(ExplorationResult& result) {
  for (size_t i = 0; i < result.findings.size(); ++i) {
    Finding& finding = result.findings[i];
    finding.minimal = finding.gave_up_after == 0;
    finding.schedule = absl::StrCat("h1.", result.scenario, ".AQIDBAUG", i);
    finding.replay =
        absl::StrCat("heddle replay ", result.scenario, " --schedule=", finding.schedule);
  }
}

inline Wait wait(uint32_t task, const std::string& for_what, uint32_t owner, SourcePlace since,
                 const std::string& holds) {
  Wait wait;
  wait.task = TaskId(task);
  wait.for_what = for_what;
  if (owner != kMaxTasks) wait.owner = TaskId(owner);
  wait.since = std::move(since);
  wait.holds = holds;
  return wait;
}

inline constexpr uint32_t kNobody = kMaxTasks;

// With the race behind it; 100 tellers, two matter.
inline ExplorationResult lost_update_sample() {
  ExplorationResult out = result("bank.unlocked", Verdict::fail, 101);
  out.parameters = {{"threads", 100}};
  Finding check = finding(FindingKind::check_failed, "balance == 100, but it was 98", 96);
  for (uint32_t i = 1; i <= 100; ++i) {
    check.tasks.push_back(task(i, absl::StrCat("teller-", i), {"bank/bank.cc", 31, "main"}));
  }
  Steps steps("bank/account.h", "Account::deposit");
  steps.skip(200);
  steps.read(7, "balance", 0, 12);
  steps.sleep(7, 10, 13);
  steps.read(42, "balance", 0, 12);
  steps.sleep(42, 10, 13);
  steps.write(7, "balance", 0, 1, 14);
  steps.skip(4);
  steps.write(42, "balance", 1, 1, 14);
  int64_t balance = 1;
  for (uint32_t i = 50; i < 60; ++i) {
    steps.read(i, "balance", balance, 12);
    steps.sleep(i, 10, 13);
    steps.write(i, "balance", balance, balance + 1, 14);
    ++balance;
  }
  steps.read(3, "balance", balance, 12);
  steps.read(4, "balance", balance, 12);
  steps.write(3, "balance", balance, balance + 1, 14);
  steps.write(4, "balance", balance + 1, balance + 1, 14);
  check.steps = steps.take();
  check.steps_left_out = 512;
  check.output = {"opening the bank", "balance 98"};
  Finding race = finding(FindingKind::data_race, "balance (global, 4 bytes)", 101);
  race.object = race.message;
  race.tasks = {check.tasks[6], check.tasks[41]};
  race.accesses = {check.steps[4], check.steps[2]};
  out.findings = {check, race};
  replayable(out);
  return out;
}

// Two transfers, opposite order.
inline ExplorationResult deadlock_sample() {
  ExplorationResult out = result("deadlock.lock_order", Verdict::fail, 102);
  Finding found = finding(FindingKind::deadlock, "2 tasks wait for each other", 41);
  found.tasks = {task(0, "main"), task(1, "transfer-1"), task(2, "transfer-2")};
  Steps steps("deadlock/transfer.cc", "transfer");
  steps.about(0, Op::task_create, 1, 29);
  steps.about(0, Op::task_create, 2, 30);
  steps.blocked(0, Op::task_join, "", 1, 31);
  steps.add(1, Op::mutex_lock, "a.mutex", 21);
  steps.add(2, Op::mutex_lock, "b.mutex", 21);
  steps.blocked(1, Op::mutex_lock, "b.mutex", 2, 22);
  steps.blocked(2, Op::mutex_lock, "a.mutex", 1, 22);
  found.steps = steps.take();
  const SourcePlace second = {"deadlock/transfer.cc", 22, "transfer"};
  found.waits = {wait(0, "join transfer-1", 1, {"deadlock/transfer.cc", 31, "main"}, ""),
                 wait(1, "lock b.mutex", 2, second, "a.mutex (since transfer.cc:21)"),
                 wait(2, "lock a.mutex", 1, second, "b.mutex (since transfer.cc:21)")};
  out.findings = {found};
  replayable(out);
  return out;
}

inline ExplorationResult self_deadlock_sample() {
  ExplorationResult out = result("deadlock.self_lock", Verdict::fail, 101);
  out.evidence.vacuous = true;
  Finding found = finding(FindingKind::self_deadlock, "main waits for itself", 101);
  found.tasks = {task(0, "main")};
  Steps steps("deadlock/self_lock.cc", "Account::balance");
  steps.add(0, Op::mutex_lock, "account.mutex", 12);
  steps.blocked(0, Op::mutex_lock, "account.mutex", 0, 18);
  found.steps = steps.take();
  found.waits = {wait(0, "lock account.mutex", 0, {"deadlock/self_lock.cc", 18, "Account::balance"},
                      "account.mutex (since self_lock.cc:12)")};
  out.findings = {found};
  replayable(out);
  return out;
}

inline ExplorationResult orphaned_lock_sample() {
  ExplorationResult out = result("deadlock.missing_release", Verdict::fail, 101);
  Finding found =
      finding(FindingKind::orphaned_lock, "account.mutex stays locked: its owner has ended", 52);
  found.tasks = {task(0, "main"), task(1, "payer"), task(2, "auditor")};
  Steps steps("deadlock/missing_release.cc", "pay");
  steps.add(1, Op::mutex_lock, "account.mutex", 14);
  steps.add(1, Op::task_end, "", 27);
  steps.function("audit");
  steps.blocked(2, Op::mutex_lock, "account.mutex", 1, 33);
  found.steps = steps.take();
  found.waits = {
      wait(0, "join auditor", 2, {"deadlock/missing_release.cc", 44, "main"}, ""),
      wait(2, "lock account.mutex", 1, {"deadlock/missing_release.cc", 33, "audit"}, "")};
  found.waits[1].owner_ended = true;
  out.findings = {found};
  replayable(out);
  return out;
}

inline ExplorationResult lost_wakeup_sample() {
  ExplorationResult out = result("queue.deaf", Verdict::fail, 101);
  Finding found = finding(FindingKind::lost_wakeup, "consumer sleeps and nobody will wake it", 31);
  found.tasks = {task(0, "main"), task(1, "producer"), task(2, "consumer")};
  Steps steps("queue/deaf.cc", "produce");
  steps.add(1, Op::mutex_lock, "mutex", 19);
  steps.add(1, Op::condition_signal, "ready", 20);
  steps.add(1, Op::mutex_unlock, "mutex", 21);
  steps.function("consume");
  steps.add(2, Op::mutex_lock, "mutex", 30);
  steps.blocked(2, Op::condition_wait, "ready", kNobody, 31);
  steps.last().other = TaskId::none();
  found.steps = steps.take();
  found.waits = {wait(0, "join consumer", 2, {"queue/deaf.cc", 41, "main"}, ""),
                 wait(2, "wait on ready", kNobody, {"queue/deaf.cc", 31, "consume"}, "")};
  out.findings = {found};
  replayable(out);
  return out;
}

// `if` for `while` around a wait.
inline ExplorationResult hasty_consumer_sample() {
  ExplorationResult out = result("queue.hasty", Verdict::fail, 101);
  Finding found = finding(FindingKind::check_failed, "the queue is not empty, but it was", 12);
  found.tasks = {task(0, "main"), task(1, "producer"), task(2, "consumer-1"),
                 task(3, "consumer-2")};
  Steps steps("queue/hasty.cc", "Queue::take");
  steps.add(2, Op::mutex_lock, "mutex", 20);
  steps.blocked(2, Op::condition_wait, "not_empty", kNobody, 21);
  steps.last().other = TaskId::none();
  steps.function("Queue::put");
  steps.add(1, Op::mutex_lock, "mutex", 11);
  steps.write(1, "count", 0, 1, 12);
  steps.add(1, Op::condition_signal, "not_empty", 13).other = TaskId(2);
  steps.add(1, Op::mutex_unlock, "mutex", 14);
  steps.function("Queue::take");
  steps.add(3, Op::mutex_lock, "mutex", 20);
  steps.write(3, "count", 1, 0, 23);
  steps.add(3, Op::mutex_unlock, "mutex", 24);
  steps.add(2, Op::condition_wait, "not_empty", 21);
  steps.last().locks = {"mutex"};
  steps.read(2, "count", 0, 22);
  steps.last().locks = {"mutex"};
  found.steps = steps.take();
  out.findings = {found};
  replayable(out);
  return out;
}

inline ExplorationResult torn_file_sample() {
  ExplorationResult out = result("ticket_file.unlocked", Verdict::fail, 101);
  Finding found = finding(FindingKind::check_failed, "3 purchases succeed, but 2 did", 17);
  found.tasks = {task(0, "main"), task(1, "buyer-1"), task(2, "buyer-2")};
  const std::string file = "$DIR/tickets.json";
  Steps steps("ticket_file/store.cc", "save");
  steps.add(1, Op::file_open, file, 30);
  steps.function("load");
  steps.add(2, Op::file_open, file, 18);
  Step& read = steps.add(2, Op::file_read, file, 19);
  read.has_value = true;
  read.value = 0;
  steps.function("save");
  Step& write = steps.add(1, Op::file_write, file, 31);
  write.has_value = true;
  write.value = 12;
  steps.add(1, Op::file_close, file, 32);
  found.steps = steps.take();
  out.findings = {found};
  replayable(out);
  return out;
}

inline ExplorationResult leaked_task_sample() {
  ExplorationResult out = result("downloads.join_last", Verdict::fail, 101);
  Finding found = finding(FindingKind::leaked_task, "1 task still runs at the end of the body", 70);
  found.tasks = {task(0, "main"), task(1, "download-1", {"downloads/join_last.cc", 22, "main"}),
                 task(2, "download-2", {"downloads/join_last.cc", 22, "main"})};
  found.tasks[1].ended = false;
  Steps steps("downloads/join_last.cc", "main");
  steps.about(0, Op::task_create, 1, 22);
  steps.about(0, Op::task_create, 2, 22);
  steps.add(2, Op::task_end, "", 12);
  steps.about(0, Op::task_join, 2, 24);
  found.steps = steps.take();
  out.findings = {found};
  replayable(out);
  return out;
}

inline ExplorationResult exception_sample() {
  ExplorationResult out = result("shop.order", Verdict::fail, 101);
  Finding found =
      finding(FindingKind::uncaught_exception, "std::out_of_range: vector::_M_range_check", 3);
  found.tasks = {task(0, "main"), task(1, "worker")};
  Steps steps("shop/order.cc", "Order::ship");
  steps.read(1, "shelf.count", 4, 51);
  steps.add(1, Op::clock_read, "", 52);
  found.steps = steps.take();
  found.severity = Severity::error;
  found.stack = {{"", 0, "std::__throw_out_of_range_fmt"},
                 {"shop/shelf.h", 14, "Shelf::take"},
                 {"shop/order.cc", 53, "Order::ship"}};
  for (int line = 60; line < 65; ++line) found.stack.push_back({"shop/order.cc", line, "retry"});
  Finding warning = finding(FindingKind::lock_misuse, "shelf.mutex is destroyed while locked", 1);
  warning.severity = Severity::warning;
  out.findings = {found, warning};
  replayable(out);
  return out;
}

// A circle of six.
inline ExplorationResult many_tasks_sample() {
  ExplorationResult out = result("philosophers.hungry", Verdict::fail, 160);
  Finding found = finding(FindingKind::deadlock, "6 tasks wait for each other", 9);
  found.gave_up_after = 2'000;
  Steps steps("philosophers/table.cc", "dine");
  for (uint32_t i = 1; i <= 6; ++i) {
    found.tasks.push_back(task(i, absl::StrCat("philosopher-", i)));
    steps.add(i, Op::mutex_lock, absl::StrCat("forks[", i - 1, "]"), 16);
  }
  for (uint32_t i = 1; i <= 6; ++i) {
    const uint32_t neighbour = i % 6 + 1;
    const std::string fork = absl::StrCat("forks[", neighbour - 1, "]");
    steps.blocked(i, Op::mutex_lock, fork, neighbour, 17);
    found.waits.push_back(wait(i, "lock " + fork, neighbour, {"philosophers/table.cc", 17, "dine"},
                               absl::StrCat("forks[", i - 1, "] (since table.cc:16)")));
  }
  found.steps = steps.take();
  out.findings = {found};
  replayable(out);
  return out;
}

// Names and output that attack the terminal.
inline ExplorationResult hostile_sample() {
  ExplorationResult out = result("hostile.names", Verdict::fail, 1);
  Finding found = finding(FindingKind::check_failed, "\x1b[2Jall good\r\nsecond \xff line", 1);
  found.tasks = {task(1, "red \x1b[31m\u202e"), task(2, "red \x1b[31m\u202e")};
  Steps steps("hostile/\x07 bell.cc", "f\n(int)");
  steps.write(1, "x\ty\x9b", 0, 1, 1);
  steps.read(2, "x\ty\x9b", 1, 2);
  found.steps = steps.take();
  found.output = {"\x1b]0;title\x07", "caf\xc3\xa9 \xc3"};
  out.findings = {found};
  replayable(out);
  return out;
}

// With pct's bound.
inline ExplorationResult pass_sample() {
  ExplorationResult out = result("bank.locked", Verdict::pass, 1000);
  out.parameters = {{"threads", 100}};
  out.evidence.most_at_once = 100;
  out.evidence.tasks = 101;
  out.evidence.shared_objects = 2;
  out.evidence.uninstrumented = {"src/codec.c", "libz.so.1"};
  out.evidence.weak_atomics = 12;
  out.evidence.pct_depth = 1;
  out.evidence.pct_probability = 0.9687;
  out.evidence.pct_executions = 250;
  return out;
}

inline ExplorationResult vacuous_sample() {
  ExplorationResult out = result("downloads.sequential", Verdict::pass, 1);
  out.evidence.vacuous = true;
  out.evidence.tasks = out.evidence.most_at_once = 1;
  return out;
}

inline ExplorationResult exhaustive_sample() {
  ExplorationResult out = result("change_it.locked", Verdict::pass, 2);
  out.strategy = "dfs";
  out.ended_by = "exhausted";
  out.evidence.kind = EvidenceKind::exhaustive;
  return out;
}

inline ExplorationResult not_modelled_sample() {
  ExplorationResult out = result("shop.express", Verdict::error, 1);
  Finding found = finding(FindingKind::not_modelled,
                          "epoll_wait is not modelled: give the code under test a queue of its own "
                          "instead of a socket",
                          1);
  found.tasks = {task(1, "listener")};
  Steps steps("shop/express.cc", "listen");
  steps.add(1, Op::file_other, "epoll_wait", 77);
  found.steps = steps.take();
  out.findings = {found};
  replayable(out);
  return out;
}

// Change_it's tutorial interleaving.
inline ReplayResult replay_sample() {
  ReplayResult out;
  out.result = result("change_it.unlocked", Verdict::fail, 1);
  out.result.parameters = {{"rounds", 1}};
  out.result.strategy = "replay";
  out.tasks = {task(0, "main"), task(1, "t1"), task(2, "t2")};
  Steps steps("change_it/change_it.h", "change_it");
  steps.about(0, Op::task_create, 1, 20);
  steps.about(0, Op::task_create, 2, 21);
  steps.read(1, "balance", 0, 8);
  steps.read(2, "balance", 0, 8);
  steps.write(2, "balance", 0, 8, 8);
  steps.write(1, "balance", 8, 5, 8);
  steps.read(1, "balance", 5, 9);
  steps.write(1, "balance", 5, 0, 9);
  steps.read(2, "balance", 0, 9);
  steps.write(2, "balance", 0, -8, 9);
  steps.about(0, Op::task_join, 1, 22);
  steps.about(0, Op::task_join, 2, 23);
  steps.read(0, "balance", -8, 24);
  out.steps = steps.take();
  out.outcome = {"balance = -8"};
  out.output = "two changes\nbalance -8\n";
  Finding check = finding(FindingKind::check_failed, "balance == 0, but it was -8", 1);
  check.tasks = out.tasks;
  check.steps = out.steps;
  Finding race = finding(FindingKind::data_race, "balance (global, 4 bytes)", 1);
  race.object = race.message;
  race.tasks = {out.tasks[1], out.tasks[2]};
  race.steps = out.steps;
  race.accesses = {out.steps[4], out.steps[2]};
  out.result.findings = {check, race};
  replayable(out.result);
  return out;
}

inline ReplayResult diverged_sample() {
  ReplayResult out;
  out.result = result("bank.locked", Verdict::error, 1);
  out.result.strategy = "replay";
  out.tasks = {task(0, "main"), task(1, "teller")};
  Steps steps("bank/account.h", "Account::deposit");
  steps.add(1, Op::mutex_lock, "mutex", 11);
  steps.read(1, "balance", 0, 12);
  out.steps = steps.take();
  out.diverged = true;
  out.divergence = "choice 3 of 7 names task 5 of the build it was made with, which does not exist";
  return out;
}

}  // namespace samples
}  // namespace heddle
