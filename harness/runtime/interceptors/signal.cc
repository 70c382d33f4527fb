// Signals: raised within the process they are the task's own doing; what a task changes about them
// lasts for the execution; other processes are out of reach.
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/raw_output.h"
#include "base/raw_syscall.h"
#include "runtime/crash.h"
#include "runtime/real.h"

namespace heddle {
namespace {

constexpr char kOthers[] =
    "other processes are not explored, nor may they come to harm: signal a task of this process by "
    "a condition variable or an atomic";

enum class Fate : uint8_t { goes_on, ends, stops, blocked };

// What becomes of a process that is sent the signal.
Fate fate_of(int signal) {
  struct sigaction now = {};
  if (HEDDLE_REAL(sigaction)(signal, nullptr, &now) != 0) return Fate::goes_on;
  sigset_t blocked;
  HEDDLE_REAL(sigprocmask)(SIG_BLOCK, nullptr, &blocked);
  if (sigismember(&blocked, signal) == 1) return Fate::blocked;
  if (now.sa_handler != SIG_DFL) return Fate::goes_on;
  switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
      return Fate::goes_on;
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return Fate::stops;
    default:
      return Fate::ends;
  }
}

// Goes on where the signal does no harm, or goes to the program's handler, or to ours for faults.
void check_fate(Runtime& runtime, const char* call, int signal, Site site) {
  const Fate fate = fate_of(signal);
  if (fate == Fate::goes_on) return;
  process.controlled = nullptr;
  if (fate == Fate::stops) {
    not_modelled(runtime, call, "nobody would let a stopped process go on", site);
  }
  if (fate == Fate::blocked) {
    not_modelled(runtime, call, "the signal is blocked, and waiting for signals is not modelled",
                 site);
  }
  RawText text;
  text.text(call).text("(").number(signal).text(") ends the process");
  end_execution(runtime, FindingKind::crash, site, text.c_str());
}

bool is_own_process(pid_t process) {
  return process == static_cast<pid_t>(raw_syscall(SYS_getpid));
}

int send(Runtime& runtime, const char* call, pid_t target, int signal, Site site) {
  if (!is_own_process(target)) {
    process.controlled = nullptr;
    not_modelled(runtime, call, kOthers, site);
  }
  if (signal == 0) return 0;
  check_fate(runtime, call, signal, site);
  return HEDDLE_REAL(raise)(signal);
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::Runtime;

// A call that changes something about signals: put back after the execution.
#define HEDDLE_SIGNAL_CALL(type, name, exception, parameters, ...)        \
  HEDDLE_EXPORT type name parameters exception {                          \
    if (Runtime* runtime = controlled()) runtime->changed_process = true; \
    return HEDDLE_REAL(name)(__VA_ARGS__);                                \
  }

extern "C" {

HEDDLE_EXPORT int raise(int signal) noexcept {
  if (Runtime* runtime = controlled()) {
    heddle::check_fate(*runtime, "raise", signal, HEDDLE_CALLER);
  }
  return HEDDLE_REAL(raise)(signal);
}

HEDDLE_EXPORT int kill(pid_t target, int signal) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(kill)(target, signal);
  return heddle::send(*runtime, "kill", target, signal, HEDDLE_CALLER);
}

HEDDLE_EXPORT int killpg(pid_t group, int signal) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(killpg)(group, signal);
  heddle::process.controlled = nullptr;
  heddle::not_modelled(*runtime, "killpg", heddle::kOthers, HEDDLE_CALLER);
}

HEDDLE_EXPORT int sigqueue(pid_t target, int signal, const union sigval value) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sigqueue)(target, signal, value);
  return heddle::send(*runtime, "sigqueue", target, signal, HEDDLE_CALLER);
}

HEDDLE_EXPORT int tgkill(pid_t target, pid_t thread, int signal) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(tgkill)(target, thread, signal);
  return heddle::send(*runtime, "tgkill", target, signal, HEDDLE_CALLER);
}

HEDDLE_SIGNAL_CALL(int, sigaction, noexcept,
                   (int signal, const struct sigaction* action, struct sigaction* before), signal,
                   action, before)
HEDDLE_SIGNAL_CALL(sighandler_t, signal, noexcept, (int signal, sighandler_t handler), signal,
                   handler)
HEDDLE_SIGNAL_CALL(int, sigprocmask, noexcept, (int how, const sigset_t* signals, sigset_t* before),
                   how, signals, before)
HEDDLE_SIGNAL_CALL(int, pthread_sigmask, noexcept,
                   (int how, const sigset_t* signals, sigset_t* before), how, signals, before)
HEDDLE_SIGNAL_CALL(int, sigaltstack, noexcept, (const stack_t* stack, stack_t* before), stack,
                   before)

}  // extern "C"
