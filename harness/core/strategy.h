// A strategy makes every choice of every execution.
#pragma once

#include <cstddef>
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

  // ---- Strategies that search (dfs) are told what happens --------------------------------------
  // Whether the calls below are to be made at all; constant. Then `choose` may answer "none": the
  // execution is of no use and is left. Plain accesses to all memory that several tasks touch are
  // scheduling points.
  virtual bool follows() const { return false; }
  // Whether the next choice is to be told ChoicePoint::own_state, which takes its time.
  virtual bool wants_own_state() const { return true; }
  // Whether to ask also where others go straight on (Position::kSplitTurn); constant.
  virtual bool splits() const { return follows(); }
  // An operation of the running task has taken effect, or it has begun to wait.
  virtual void happened(const Event& event) { static_cast<void>(event); }
  // A plain access of the running task to memory that several tasks touch is about to take effect.
  virtual void touched(uintptr_t address, size_t size, bool write) {
    static_cast<void>(address), static_cast<void>(size), static_cast<void>(write);
  }
  // The running task has ended the wait of another.
  virtual void woken(TaskId task) { static_cast<void>(task); }
  // Something happens that no operation shows: a search of it is not exhaustive.
  virtual void leave_search() {}
  // Host side, after `end`: memory turned out to be shared of which earlier accesses went untold.
  // The execution does not count; the next one is to be the same.
  virtual void repeat() {}
  // Host side: the process that ran the execution was killed from outside. Unless it had come to
  // its end already (false), the next one is to be the same.
  virtual bool lost() { return true; }
  // Whether the last execution is of no account: it was left to be run again in another way.
  virtual bool redoes() const { return false; }
  // Whether the last execution was left because others are equivalent to it.
  virtual bool pruned() const { return false; }
  // What names the last execution up to equivalence, as far as the strategy knows more than the
  // digest of its trace.
  virtual uint64_t trace_class(uint64_t digest) const { return digest; }

  // The only way a strategy learns. Called after every execution, on the host.
  virtual void end(const TraceSummary& trace) { static_cast<void>(trace); }
};

}  // namespace heddle
