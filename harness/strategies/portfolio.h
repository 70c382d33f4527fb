// Several strategies in turn: execution n belongs to member n modulo their number.
//
// Each member sees its own executions only, under their global numbers, so that what it does in
// execution n is a function of (seed, n) here as well. A further member is one more element of the
// list. The portfolio is exhausted as soon as one member is: that member has seen everything.
#pragma once

#include <memory>
#include <vector>

#include "core/strategy.h"

namespace heddle {

class Portfolio : public Strategy {
 public:
  // Precondition: at least one member.
  explicit Portfolio(std::vector<std::unique_ptr<Strategy>> members);

  const char* name() const override { return "portfolio"; }
  bool begin(ExecutionNumber number) override;
  TaskId choose(const ChoicePoint& point) override { return current_->choose(point); }
  uint32_t choose_value(const Position& position, uint32_t bound) override {
    return current_->choose_value(position, bound);
  }
  bool choose_rare(const Position& position) override { return current_->choose_rare(position); }
  void task_created(TaskId task, TaskId creator, uint32_t child) override {
    current_->task_created(task, creator, child);
  }
  bool wants_stops() const override { return wants_stops_; }
  bool every_point() const override { return current_->every_point(); }
  uint32_t next_stop(TaskId task, uint32_t operation, uint32_t accesses) override {
    return current_->next_stop(task, operation, accesses);
  }
  void end(const TraceSummary& trace) override;

 private:
  Strategy& member_for(uint64_t number) { return *members_[number % members_.size()]; }

  const std::vector<std::unique_ptr<Strategy>> members_;
  Strategy* current_;  // of the running execution
  bool wants_stops_ = false;
};

}  // namespace heddle
