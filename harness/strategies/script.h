// Follows an interleaving written by a human: the accesses of tasks to one watched variable, in
// order.
//
// The task of the next step runs until it is about to access the variable; who is about to do so
// out of turn waits. Every access of every task is made a scheduling point until the last step is
// done, since only a task that stands before its access can be held there. The body is never held:
// it may set the variable up and read the result. After the last step, and once something goes
// otherwise than told, the default choices follow.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/strategy.h"
#include "strategies/host_array.h"

namespace heddle {

// "t2 writes -8": the body's second child leaves -8 behind. An atomic read-modify-write writes.
struct ScriptStep {
  uint32_t child = 0;
  bool writes = false;
  int64_t value = 0;
  friend bool operator==(const ScriptStep&, const ScriptStep&) = default;
};

// Steps separated by ';'. Errors name the step and say what one looks like.
absl::StatusOr<std::vector<ScriptStep>> parse_script(std::string_view text);

class Script : public Strategy {
 public:
  // The variable `watched` (its name, for messages) has `size` bytes at `address`. An error when
  // the size is not that of a number or a value does not fit into it.
  static absl::StatusOr<std::unique_ptr<Script>> create(const std::vector<ScriptStep>& steps,
                                                        std::string_view watched, uintptr_t address,
                                                        size_t size);

  const char* name() const override { return "script"; }
  bool begin(ExecutionNumber number) override;
  TaskId choose(const ChoicePoint& point) override;
  uint32_t choose_value(const Position& position, uint32_t bound) override;
  void task_created(TaskId task, TaskId creator, uint32_t child) override;
  bool wants_stops() const override { return true; }
  bool every_point() const override { return following() || awaits_write_; }
  uint32_t next_stop(TaskId task, uint32_t operation, uint32_t accesses) override;
  void end(const TraceSummary& trace) override;

  // Host side, after `end`: why the script could not be performed, in one sentence; empty when it
  // was, with all its values.
  std::string error() const;

 private:
  enum class Trouble : uint8_t {
    none,
    other_access,  // it was about to read where it should write, or the other way round
    other_read,    // the variable had another value
    other_write,   // … was given another value
    out_of_turn,   // nobody could go on but by an access out of turn
    not_reached,   // the execution ended before
    not_seen,      // … before the value written could be looked at
  };

  Script(const std::vector<ScriptStep>& steps, std::string_view watched, uintptr_t address,
         size_t size);

  bool following() const { return trouble_ == Trouble::none && next_ < step_count_; }
  bool touches(const Operation& operation) const;
  bool must_wait(const ChoicePoint& point, TaskId task) const;
  TaskId perform(const ChoicePoint& point, TaskId actor);
  TaskId somebody_else(const ChoicePoint& point, TaskId actor) const;
  void check_write();
  void fail(Trouble trouble, uint32_t step, int64_t found = 0);
  int64_t current_value() const;
  bool has_value(int64_t told) const;

  const std::string watched_;
  const uintptr_t address_;
  const size_t size_;
  const uint32_t step_count_;
  uint32_t child_count_ = 0;  // greatest child in question, plus 1
  HostArray<ScriptStep> steps_;
  HostArray<TaskId> task_of_child_;  // none: not created yet

  uint32_t next_ = 0;          // the first step that is not performed
  bool awaits_write_ = false;  // the step before is a write whose value is not looked at yet
  Trouble trouble_ = Trouble::none;
  uint32_t trouble_step_ = 0;
  int64_t found_ = 0;  // the value that was there instead
};

}  // namespace heddle
