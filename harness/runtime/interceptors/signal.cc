// Signals that are sent, and handlers. What a task changes about them lasts for the execution;
// other processes are out of reach.
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/raw_syscall.h"
#include "runtime/interceptors/error_number.h"
#include "runtime/real.h"
#include "runtime/signals.h"

namespace heddle {
namespace {

constexpr char kOthers[] =
    "other processes are not explored, nor may they come to harm: signal a task of this process by "
    "a condition variable or an atomic";

// Returns only when the process is our own.
void check_process(Runtime& runtime, const char* call, pid_t process_id, Site site) {
  if (process_id == static_cast<pid_t>(raw_syscall(SYS_getpid))) return;
  process.controlled = nullptr;
  not_modelled(runtime, call, kOthers, site);
}

// A thread that has ended, and nobody has joined, takes no signals; pthread_kill says nothing.
int send_to(Runtime& runtime, const Sending& sending, const Task* target, Site site) {
  if (target == nullptr) return ESRCH;
  if (target->state == TaskState::ended) return 0;
  return send_signal(runtime, sending, target, site);
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
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(raise)(signal);
  return heddle::result_with_errno(heddle::send_signal(*runtime, {"raise", signal, SI_TKILL, {}},
                                                       &runtime->engine.current(), HEDDLE_CALLER));
}

HEDDLE_EXPORT int pthread_kill(pthread_t thread, int signal) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_kill)(thread, signal);
  return heddle::send_to(*runtime, {"pthread_kill", signal, SI_TKILL, {}},
                         runtime->engine.task_of(thread), HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_sigqueue(pthread_t thread, int signal,
                                   const union sigval value) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_sigqueue)(thread, signal, value);
  return heddle::send_to(*runtime, {"pthread_sigqueue", signal, SI_QUEUE, value},
                         runtime->engine.task_of(thread), HEDDLE_CALLER);
}

HEDDLE_EXPORT int kill(pid_t target, int signal) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(kill)(target, signal);
  heddle::check_process(*runtime, "kill", target, HEDDLE_CALLER);
  return heddle::result_with_errno(
      heddle::send_signal(*runtime, {"kill", signal, SI_USER, {}}, nullptr, HEDDLE_CALLER));
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
  heddle::check_process(*runtime, "sigqueue", target, HEDDLE_CALLER);
  return heddle::result_with_errno(
      heddle::send_signal(*runtime, {"sigqueue", signal, SI_QUEUE, value}, nullptr, HEDDLE_CALLER));
}

HEDDLE_EXPORT int tgkill(pid_t target, pid_t thread, int signal) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(tgkill)(target, thread, signal);
  heddle::check_process(*runtime, "tgkill", target, HEDDLE_CALLER);
  const auto slot = static_cast<uint32_t>(thread - heddle::FiberPool::kFirstTid);
  heddle::Task* task = slot < heddle::kMaxTasks ? runtime->engine.task_in(slot) : nullptr;
  return heddle::result_with_errno(
      heddle::send_to(*runtime, {"tgkill", signal, SI_TKILL, {}}, task, HEDDLE_CALLER));
}

HEDDLE_SIGNAL_CALL(int, sigaction, noexcept,
                   (int signal, const struct sigaction* action, struct sigaction* before), signal,
                   action, before)
HEDDLE_SIGNAL_CALL(sighandler_t, signal, noexcept, (int signal, sighandler_t handler), signal,
                   handler)
HEDDLE_SIGNAL_CALL(int, sigaltstack, noexcept, (const stack_t* stack, stack_t* before), stack,
                   before)

}  // extern "C"
