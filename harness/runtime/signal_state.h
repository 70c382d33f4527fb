// What a process keeps about signals: how each is dealt with, which are blocked, the alternate
// stack. Host side.
#pragma once

#include <signal.h>

namespace heddle {

class SignalState {
 public:
  void save();
  // As it was saved. Signals that have come while they were blocked are forgotten.
  void restore() const;

 private:
  static constexpr int kSignals = 65;

  struct sigaction actions_[kSignals] = {};
  bool known_[kSignals] = {};  // some are libc's own
  sigset_t blocked_ = {};
  stack_t stack_ = {};
};

}  // namespace heddle
