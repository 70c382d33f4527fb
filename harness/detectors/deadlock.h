// Names the mistake behind tasks that wait for ever: from who waits for what, and who owns it.
//
//   self-deadlock   a task waits for what it holds
//   deadlock        a cycle of waits; or waits that nobody ever served
//   orphaned-lock   the owner has ended, or left by an exception, while holding
//   lost-wakeup     a waiter sleeps; its notify came before, or went to another
#pragma once

#include "core/wait.h"

namespace heddle {

class DeadlockJudge : public WaitJudge {
 public:
  Detection judge_stuck(const WaitInfo* waits, uint32_t count) override;
  bool judge_hopeless(const WaitInfo* waits, uint32_t count, uint32_t last,
                      Detection* found) override;
};

}  // namespace heddle
