// What a task blocks of signals, and waiting for them.
#include <errno.h>
#include <signal.h>

#include "runtime/access.h"
#include "runtime/interceptors/error_number.h"
#include "runtime/real.h"
#include "runtime/signals.h"
#include "runtime/task_exit.h"
#include "runtime/virtual_time.h"

namespace heddle {
namespace {

// Null: `error` says why.
SentSignal* wait_for(Runtime& runtime, SignalSet set, uint64_t deadline_ns, int& error, Site site) {
  test_cancel(runtime, site);
  SentSignal* taken = nullptr;
  {
    HarnessScope scope(runtime);
    taken = signals_of(runtime, site).wait(scope->engine, set, deadline_ns, site, error);
  }
  if (taken == nullptr && error == ECANCELED) test_cancel(runtime, site);
  return taken;
}

template <typename T>
void write_to(Runtime& runtime, T* where, const T& value, Site site) {
  if (where == nullptr) return;
  HarnessScope scope(runtime);
  access_range(runtime, reinterpret_cast<uintptr_t>(where), sizeof(value), /*write=*/true, site);
  *where = value;
}

// As the kernel's: the number of the signal, or -1.
int wait_with_info(Runtime& runtime, const sigset_t* signals, siginfo_t* info, uint64_t deadline_ns,
                   Site site) {
  int error = 0;
  const SentSignal* taken = wait_for(runtime, set_of(*signals), deadline_ns, error, site);
  if (taken == nullptr) {
    errno = error;
    return -1;
  }
  write_to(runtime, info, info_of(*taken), site);
  return taken->number;
}

// An error number.
int change_mask(Runtime& runtime, const char* call, int how, const sigset_t* signals,
                sigset_t* before, Site site) {
  SignalSet blocked = runtime.engine.current().signals_blocked;
  if (signals != nullptr) {
    const SignalSet named = set_of(*signals);
    if (how == SIG_BLOCK) {
      blocked |= named;
    } else if (how == SIG_UNBLOCK) {
      blocked &= ~named;
    } else if (how == SIG_SETMASK) {
      blocked = named;
    } else {
      return EINVAL;
    }
  }
  SignalSet earlier = blocked;
  if (signals != nullptr) {
    HarnessScope scope(runtime);
    earlier = signals_of(runtime, site).set_blocked(scope->engine, blocked, site);
  }
  write_to(runtime, before, set_of(earlier), site);
  if ((earlier & ~blocked) != 0) take_unblocked_signals(runtime, call, site);
  return 0;
}

// Waits with another mask until something has been done about a signal; returns as sigsuspend.
int suspend(Runtime& runtime, const char* call, SignalSet blocked, Site site) {
  int error = 0;
  const SignalSet awaited = signals_with_effect() & ~blocked;
  const SentSignal* taken = wait_for(runtime, awaited, kNoDeadline, error, site);
  Task& self = runtime.engine.current();
  const SignalSet before = self.signals_blocked;
  self.signals_blocked = blocked;
  if (taken != nullptr) take_signal(runtime, call, *taken, site);
  self.signals_blocked = before;
  take_unblocked_signals(runtime, call, site);
  errno = EINTR;
  return -1;
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int pthread_sigmask(int how, const sigset_t* signals, sigset_t* before) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_sigmask)(how, signals, before);
  return heddle::change_mask(*runtime, "pthread_sigmask", how, signals, before, HEDDLE_CALLER);
}

HEDDLE_EXPORT int sigprocmask(int how, const sigset_t* signals, sigset_t* before) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sigprocmask)(how, signals, before);
  const int error =
      heddle::change_mask(*runtime, "sigprocmask", how, signals, before, HEDDLE_CALLER);
  return heddle::result_with_errno(error);
}

HEDDLE_EXPORT int sigpending(sigset_t* signals) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sigpending)(signals);
  heddle::SignalSet found = 0;
  {
    heddle::HarnessScope scope(*runtime);
    found = heddle::signals_of(*runtime, HEDDLE_CALLER).pending(scope->engine, HEDDLE_CALLER);
  }
  heddle::write_to(*runtime, signals, heddle::set_of(found), HEDDLE_CALLER);
  return 0;
}

HEDDLE_EXPORT int sigwait(const sigset_t* signals, int* signal) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sigwait)(signals, signal);
  int error = 0;
  const heddle::SentSignal* taken = heddle::wait_for(*runtime, heddle::set_of(*signals),
                                                     heddle::kNoDeadline, error, HEDDLE_CALLER);
  if (taken == nullptr) return error;
  heddle::write_to(*runtime, signal, taken->number, HEDDLE_CALLER);
  return 0;
}

HEDDLE_EXPORT int sigwaitinfo(const sigset_t* signals, siginfo_t* info) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sigwaitinfo)(signals, info);
  return heddle::wait_with_info(*runtime, signals, info, heddle::kNoDeadline, HEDDLE_CALLER);
}

HEDDLE_EXPORT int sigtimedwait(const sigset_t* signals, siginfo_t* info, const timespec* length) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sigtimedwait)(signals, info, length);
  if (!heddle::valid_time(*length)) {
    errno = EINVAL;
    return -1;
  }
  const uint64_t deadline = heddle::deadline_after_ns(runtime->engine.now_ns(), *length);
  return heddle::wait_with_info(*runtime, signals, info, deadline, HEDDLE_CALLER);
}

HEDDLE_EXPORT int sigsuspend(const sigset_t* blocked) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sigsuspend)(blocked);
  return heddle::suspend(*runtime, "sigsuspend", heddle::set_of(*blocked), HEDDLE_CALLER);
}

HEDDLE_EXPORT int pause() {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pause)();
  return heddle::suspend(*runtime, "pause", runtime->engine.current().signals_blocked,
                         HEDDLE_CALLER);
}

}  // extern "C"
