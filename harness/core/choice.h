// Choices: every decision that is not the program's own.
#pragma once

#include <cstdint>

#include "core/operation.h"
#include "core/task_set.h"

namespace heddle {

// A read-only view of an array that somebody else owns.
template <typename T>
struct View {
  const T* first = nullptr;
  uint64_t count = 0;
  const T* begin() const { return first; }
  const T* end() const { return first + count; }
  const T& operator[](uint64_t i) const { return first[i]; }
};

// As slack: time is free. Sleeps and time-outs may end whatever others do meanwhile, and nobody is
// held back for spinning. So the schedules of exhaustive searches are.
inline constexpr uint64_t kFreeTime = ~uint64_t{0};

enum class ChoiceKind : uint8_t {
  task,    // who runs next (also: whose sleep or time-out ends, who wakes spuriously)
  waiter,  // which waiter a notify wakes: a task
  value,   // a number: random values, time-out or spurious wake-up where both are possible
};

// The place of a choice, by the progress of the task that reached it: before its `operation`-th
// operation or, when `accesses` > 0, before the `accesses`-th instrumented access after it;
// `turn` numbers further choices at the same place (it blocked again in the same operation).
struct Position {
  TaskId task;
  uint32_t operation = 0;
  uint32_t accesses = 0;
  uint32_t turn = 0;
  // Turns from here on are of choices that only exhaustive searches make, at places where others go
  // straight on (Engine::split_point): kSplitTurn + the turn that the next choice there will have.
  static constexpr uint32_t kSplitTurn = 1u << 20;

  friend bool operator==(const Position& a, const Position& b) {
    return a.task == b.task && a.operation == b.operation && a.accesses == b.accesses &&
           a.turn == b.turn;
  }
  // Order along one task's own progress; only meaningful for the same task.
  friend bool operator<(const Position& a, const Position& b) {
    if (a.operation != b.operation) return a.operation < b.operation;
    if (a.accesses != b.accesses) return a.accesses < b.accesses;
    return a.rank() < b.rank();
  }

 private:
  uint64_t rank() const {
    return turn < kSplitTurn ? 2 * uint64_t{turn} + 1 : 2 * uint64_t{turn - kSplitTurn};
  }
};

// One logged deviation from the default choice.
struct Choice {
  Position position;
  ChoiceKind kind = ChoiceKind::task;
  TaskId chosen;       // kinds task and waiter
  uint32_t value = 0;  // kind value
};

// Why the task that reached the choice point cannot or should not simply go on.
enum class PointReason : uint8_t {
  operation,  // it is about to perform `pending`
  access,     // it is about to access memory that is a scheduling point
  yielded,    // it yielded, slept, failed a try, or spins: its claim should sink
  blocked,    // it cannot go on
  ended,      // it is over
};

// Everything a strategy may know when it chooses. Valid only during the call.
struct ChoicePoint {
  ChoiceKind kind = ChoiceKind::task;
  PointReason reason = PointReason::operation;
  Position position;
  TaskId current;  // the task that reached the point
  bool current_enabled = false;
  TaskId fallback;  // the default choice: what happens where the schedule says nothing
  const TaskSet* enabled = nullptr;   // who may be chosen; `waiter`: who may be woken; never empty
  const TaskSet* runnable = nullptr;  // those of `enabled` who need no sleep or time-out to end
  const TaskSet* spurious = nullptr;  // disjoint: who may be woken spuriously instead; may be empty
  uint32_t enabled_count = 0;
  const Operation* pending = nullptr;  // pending[task.index()]: each task's next operation
  uint64_t number = 0;  // 1-based count of choice points with more than one possibility
  uint32_t tasks = 0;   // created so far
  // For strategies that follow what happens, where the current task is about to look at something:
  // equal values mean that everything which is the task's own is as it was. 0: not known.
  uint64_t own_state = 0;
  // Of that, what must be equal wherever `own_state` is, and is the same in every execution in
  // which the task gets here the same way: what it is about to do, and how far it has got.
  uint64_t own_place = 0;
};

}  // namespace heddle
