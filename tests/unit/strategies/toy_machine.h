// A hand-made choice point, and a machine of a few lines that runs tasks under a strategy as the
// engine does: positions, default choices, log.
#pragma once

#include <functional>
#include <initializer_list>
#include <vector>

#include "core/schedule.h"
#include "core/strategy.h"

namespace heddle {

// A choice point in which the given tasks can run; `point()` may be changed before it is used.
class HandMadePoint {
 public:
  explicit HandMadePoint(std::initializer_list<uint32_t> enabled, uint32_t current = 0)
      : pending_(16) {
    for (const uint32_t task : enabled) enabled_.add(TaskId(task));
    runnable_.assign(enabled_);
    point_.enabled = &enabled_;
    point_.runnable = &runnable_;
    point_.spurious = &spurious_;
    point_.enabled_count = enabled_.count();
    point_.current = TaskId(current);
    point_.current_enabled = enabled_.contains(TaskId(current));
    point_.fallback =
        point_.current_enabled ? TaskId(current) : enabled_.next_after(TaskId(current));
    point_.position.task = TaskId(current);
    point_.pending = pending_.data();
    point_.number = 1;
    point_.tasks = static_cast<uint32_t>(pending_.size());
  }
  HandMadePoint(const HandMadePoint&) = delete;
  HandMadePoint& operator=(const HandMadePoint&) = delete;

  HandMadePoint& spurious(uint32_t task) {
    spurious_.add(TaskId(task));
    return *this;
  }
  // Its time may come, but nobody has woken it.
  HandMadePoint& timed(uint32_t task) {
    runnable_.remove(TaskId(task));
    return *this;
  }
  HandMadePoint& at(uint32_t operation, uint32_t accesses = 0, uint32_t turn = 0) {
    point_.position = {point_.current, operation, accesses, turn};
    return *this;
  }
  HandMadePoint& reason(PointReason reason) {
    point_.reason = reason;
    return *this;
  }
  Operation& pending(uint32_t task) { return pending_[task]; }
  ChoicePoint& point() { return point_; }
  operator const ChoicePoint&() const { return point_; }

 private:
  TaskSet enabled_;
  TaskSet runnable_;
  TaskSet spurious_;
  std::vector<Operation> pending_;
  ChoicePoint point_;
};

// Task 0 is the body; the others are its children from the start. Every action is an operation.
class ToyMachine {
 public:
  struct Action {
    Operation operation;
    std::function<void()> effect = [] {};
    std::function<bool()> ready = [] { return true; };
    bool yields = false;  // is a yield: reaching it is a point of reason `yielded`
  };

  explicit ToyMachine(std::vector<std::vector<Action>> programs)
      : programs_(std::move(programs)), next_(programs_.size()), turn_(programs_.size()) {}

  // The tasks in the order in which they acted.
  std::vector<uint32_t> run(Strategy& strategy, ExecutionNumber number) {
    start(strategy, number);
    std::vector<uint32_t> order;
    uint32_t current = 0;
    for (;;) {
      const TaskSet enabled = enabled_now();
      if (enabled.empty()) break;
      current = next_task(strategy, enabled, current);
      programs_[current][next_[current]].effect();
      ++next_[current];
      turn_[current] = 0;
      order.push_back(current);
    }
    TraceSummary summary;
    summary.number = number.number;
    summary.choice_points = choice_points_;
    summary.tasks = static_cast<uint32_t>(programs_.size());
    strategy.end(summary);
    return order;
  }

  bool finished() const {
    for (size_t i = 0; i < programs_.size(); ++i) {
      if (next_[i] < programs_[i].size()) return false;
    }
    return true;
  }

  // Of the last run.
  Schedule schedule() const {
    Schedule schedule;
    for (uint32_t i = 1; i < programs_.size(); ++i) schedule.tasks.push_back({0, i});
    for (const Choice& choice : log_) {
      const Position& at = choice.position;
      schedule.entries.push_back({choice.kind, at.task.index(), at.operation, at.accesses, at.turn,
                                  choice.chosen.index()});
    }
    return schedule;
  }

 private:
  void start(Strategy& strategy, ExecutionNumber number) {
    strategy.begin(number);
    strategy.task_created(TaskId(0), TaskId::none(), 0);
    for (uint32_t i = 1; i < programs_.size(); ++i) {
      strategy.task_created(TaskId(i), TaskId(0), i);
    }
    next_.assign(programs_.size(), 0);
    turn_.assign(programs_.size(), 0);
    log_.clear();
    choice_points_ = 0;
  }

  TaskSet enabled_now() {
    TaskSet enabled;
    pending_.assign(programs_.size(), Operation());
    for (uint32_t i = 0; i < programs_.size(); ++i) {
      if (next_[i] == programs_[i].size()) continue;
      const Action& action = programs_[i][next_[i]];
      pending_[i] = action.operation;
      if (action.ready()) enabled.add(TaskId(i));
    }
    return enabled;
  }

  uint32_t next_task(Strategy& strategy, const TaskSet& enabled, uint32_t current) {
    const TaskId self(current);
    const bool ended = next_[current] == programs_[current].size();
    const bool yields = !ended && programs_[current][next_[current]].yields;
    TaskSet spurious;
    ChoicePoint point;
    point.current = self;
    point.current_enabled = enabled.contains(self);
    point.reason = ended                    ? PointReason::ended
                   : !point.current_enabled ? PointReason::blocked
                   : yields                 ? PointReason::yielded
                                            : PointReason::operation;
    const bool goes_on = point.reason == PointReason::operation;
    point.fallback = goes_on ? self : enabled.next_after(self);
    point.position = {self, next_[current] + 1, 0, turn_[current]++};
    point.enabled = &enabled;
    point.runnable = &enabled;
    point.spurious = &spurious;
    point.enabled_count = enabled.count();
    point.pending = pending_.data();
    point.tasks = static_cast<uint32_t>(programs_.size());
    if (point.enabled_count == 1 && !strategy.every_point()) return point.fallback.index();
    if (point.enabled_count > 1) point.number = ++choice_points_;
    const TaskId chosen = strategy.choose(point);
    if (!(chosen == point.fallback)) log_.push_back({point.position, point.kind, chosen, 0});
    return chosen.index();
  }

  const std::vector<std::vector<Action>> programs_;
  std::vector<uint32_t> next_;
  std::vector<uint32_t> turn_;
  std::vector<Operation> pending_;
  std::vector<Choice> log_;
  uint64_t choice_points_ = 0;
};

}  // namespace heddle
