// What the kernel keeps for a process and a program may change: how signals are dealt with, which
// are blocked, the alternate stack; limits, and the mask of new files' rights. Host side.
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>

namespace heddle {

class KernelState {
 public:
  void save();
  // As it was saved. Signals that have come while they were blocked are forgotten.
  void restore() const;
  uint64_t signals_blocked() const;  // when it was saved: sync/signals.h

 private:
  static constexpr int kSignals = 65;

  struct sigaction actions_[kSignals] = {};
  bool known_[kSignals] = {};  // some are libc's own
  sigset_t blocked_ = {};
  stack_t stack_ = {};
  rlimit limits_[RLIM_NLIMITS] = {};
  mode_t file_mask_ = 0;
};

}  // namespace heddle
