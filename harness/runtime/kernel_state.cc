#include "runtime/kernel_state.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/raw_syscall.h"
#include "runtime/real.h"
#include "runtime/signals.h"

namespace heddle {
namespace {

void prlimit_of(int kind, const rlimit* limit, rlimit* before) {
  raw_syscall(SYS_prlimit64, 0, kind, reinterpret_cast<long>(limit),
              reinterpret_cast<long>(before));
}

}  // namespace

void KernelState::save() {
  for (int signal = 1; signal < kSignals; ++signal) {
    known_[signal] = HEDDLE_REAL(sigaction)(signal, nullptr, &actions_[signal]) == 0;
  }
  HEDDLE_REAL(sigprocmask)(SIG_BLOCK, nullptr, &blocked_);
  HEDDLE_REAL(sigaltstack)(nullptr, &stack_);
  for (int kind = 0; kind < RLIM_NLIMITS; ++kind) prlimit_of(kind, nullptr, &limits_[kind]);
  file_mask_ = HEDDLE_REAL(umask)(0);
  HEDDLE_REAL(umask)(file_mask_);
}

void KernelState::restore() const {
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
  for (int kind = 0; kind < RLIM_NLIMITS; ++kind) prlimit_of(kind, &limits_[kind], nullptr);
  HEDDLE_REAL(umask)(file_mask_);
}

uint64_t KernelState::signals_blocked() const {
  return set_of(blocked_);
}

}  // namespace heddle
