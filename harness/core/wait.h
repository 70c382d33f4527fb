// Who waits for whom, as values: what deadlock detection works on.
#pragma once

#include <cstdint>

#include "core/detection.h"

namespace heddle {

// One blocked task at a moment when it matters.
struct WaitInfo {
  TaskId task;
  Op op = Op::check;  // what it is blocked in
  ObjectId object;
  uintptr_t address = 0;
  Site site;
  TaskId owner;  // who must end the wait; none: anybody or nobody
  bool owner_ended = false;
  uint32_t further_owners = 0;  // must let go as well: readers of a lock that somebody wants alone
  bool timed = false;           // will go on by itself
  uint32_t notifies = 0;        // how often the thing waited for was notified before
  bool missed = false;          // futex: the value that it waits to change has changed meanwhile
};

// Names the mistake behind a set of waits. Runs on a fiber.
class WaitJudge {
 public:
  virtual ~WaitJudge() = default;
  // Precondition: no task can move. `waits` holds every unfinished task.
  virtual Detection judge_stuck(const WaitInfo* waits, uint32_t count) = 0;
  // Whether `waits[last]`, which has just begun, can never end whatever the others do; `found`
  // then says why.
  virtual bool judge_hopeless(const WaitInfo* waits, uint32_t count, uint32_t last,
                              Detection* found) = 0;
};

}  // namespace heddle
