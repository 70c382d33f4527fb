#include "runtime/signal_state.h"

#include "runtime/real.h"

namespace heddle {

void SignalState::save() {
  for (int signal = 1; signal < kSignals; ++signal) {
    known_[signal] = HEDDLE_REAL(sigaction)(signal, nullptr, &actions_[signal]) == 0;
  }
  HEDDLE_REAL(sigprocmask)(SIG_BLOCK, nullptr, &blocked_);
  HEDDLE_REAL(sigaltstack)(nullptr, &stack_);
}

void SignalState::restore() const {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  for (int signal = 1; signal < kSignals; ++signal) {
    if (!known_[signal]) continue;
    // POSIX: one that is ignored does not stay pending.
    if (sigismember(&pending, signal) == 1) HEDDLE_REAL(sigaction)(signal, &ignore, nullptr);
    HEDDLE_REAL(sigaction)(signal, &actions_[signal], nullptr);
  }
  HEDDLE_REAL(sigaltstack)(&stack_, nullptr);
  HEDDLE_REAL(sigprocmask)(SIG_SETMASK, &blocked_, nullptr);
}

}  // namespace heddle
