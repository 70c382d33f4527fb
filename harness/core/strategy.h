// A strategy makes every choice of every execution.
#pragma once

#include <cstdint>

#include "core/choice.h"
#include "core/trace.h"

namespace heddle {

// Which execution of an exploration this is: `number` counts from 0; `child` is 0, or 1…16 for the
// extra executions that follow one which found a new scheduling point (ARCHITECTURE.md, points).
struct ExecutionNumber {
  uint64_t number = 0;
  uint32_t child = 0;
  // A value of its own for each execution; for Rng::for_execution.
  uint64_t stream() const { return number * 32 + child; }
};

// Executions from which points and strategies learn; later ones see what these have left.
inline constexpr uint64_t kLearningExecutions = 64;

// All calls but `begin` and `end` run on fibers: no allocation, no library call, nothing that is
// interposed; prepare memory in the constructor. `begin` and `end` run on the host.
class Strategy {
 public:
  virtual ~Strategy() = default;
  virtual const char* name() const = 0;

  // Prepares execution `number`; false when the strategy has nothing left to explore.
  virtual bool begin(ExecutionNumber number) = 0;

  // Kinds task and waiter: a member of *point.enabled or *point.spurious.
  virtual TaskId choose(const ChoicePoint& point) = 0;

  // Kind value: a number below `bound` (bound > 1); 0 is the default choice.
  virtual uint32_t choose_value(const Position& position, uint32_t bound) = 0;

  // Kind value, of two, where the second one is to be taken rarely.
  virtual bool choose_rare(const Position& position) { return choose_value(position, 2) != 0; }

  // Called in order of TaskId, before the task can appear in a choice point; `child` counts from 1.
  // The body is (TaskId(0), none, 0).
  virtual void task_created(TaskId task, TaskId creator, uint32_t child) {
    static_cast<void>(task), static_cast<void>(creator), static_cast<void>(child);
  }

  // Whether next_stop is to be asked at all; constant.
  virtual bool wants_stops() const { return false; }

  // While true, `choose` is asked at every scheduling point, also where only one task can go on.
  virtual bool every_point() const { return false; }

  // The next count of accesses, after operation `operation` of `task` and above `accesses`, at
  // which the strategy wants a scheduling point although the access is none; 0: none.
  virtual uint32_t next_stop(TaskId task, uint32_t operation, uint32_t accesses) {
    static_cast<void>(task), static_cast<void>(operation), static_cast<void>(accesses);
    return 0;
  }

  // The only way a strategy learns. Called after every execution, on the host.
  virtual void end(const TraceSummary& trace) { static_cast<void>(trace); }
};

}  // namespace heddle
