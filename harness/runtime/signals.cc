#include "runtime/signals.h"

#include <errno.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/raw_output.h"
#include "base/raw_syscall.h"
#include "runtime/crash.h"
#include "runtime/real.h"
#include "runtime/task_data.h"

namespace heddle {
namespace {

constexpr char kAdvice[] =
    "a handler that interrupts what another task waits for is not modelled: let that task block "
    "the signal and take it by sigwait, or notify it by a condition variable or an atomic";

enum class Fate : uint8_t { ignored, handled, faults, ends, stops };

bool is_fault(int number) {
  switch (number) {
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
      return true;
    default:
      return false;
  }
}

Fate default_fate(int number) {
  switch (number) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
      return Fate::ignored;
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return Fate::stops;
    default:
      return Fate::ends;
  }
}

// What an unblocked signal does to the process as it is set now.
Fate fate_of(int number) {
  struct sigaction now = {};
  if (HEDDLE_REAL(sigaction)(number, nullptr, &now) != 0) return Fate::ignored;
  if (now.sa_handler == SIG_IGN) return Fate::ignored;
  if (now.sa_handler == SIG_DFL) return default_fate(number);
  return is_fault(number) ? Fate::faults : Fate::handled;
}

// Neither the kernel's mask nor its frame on the stack is involved: other tasks run meanwhile.
void run_handler(Runtime& runtime, const SentSignal& signal) {
  struct sigaction action = {};
  HEDDLE_REAL(sigaction)(signal.number, nullptr, &action);
  if ((action.sa_flags & SA_RESETHAND) != 0) {
    struct sigaction fresh = {};
    HEDDLE_REAL(sigaction)(signal.number, &fresh, nullptr);
    runtime.changed_process = true;
  }
  Task& self = runtime.engine.current();
  TaskData& data = runtime.threads->data(self);
  const SignalSet before = self.signals_blocked;
  if (data.handlers++ == 0) data.blocked_outside = before;
  self.signals_blocked |= set_of(action.sa_mask);
  if ((action.sa_flags & SA_NODEFER) == 0) self.signals_blocked |= signal_bit(signal.number);
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    siginfo_t info = info_of(signal);
    ucontext_t context = {};
    getcontext(&context);
    action.sa_sigaction(signal.number, &info, &context);
  } else {
    action.sa_handler(signal.number);
  }
  --data.handlers;
  self.signals_blocked = before;
}

// An object of the execution that is called after the signal.
SentSignal& make_signal(Runtime& runtime, const Sending& sending, const Task* target,
                        uintptr_t address, Site site) {
  SentSignal& signal = runtime.objects.make<SentSignal>(address, site);
  signal.number = sending.number;
  signal.code = sending.code;
  signal.value = reinterpret_cast<uintptr_t>(sending.value.sival_ptr);
  if (target != nullptr) signal.target = target->id;
  const char* known = sigabbrev_np(sending.number);
  RawText text;
  text.text(known == nullptr ? "signal " : "SIG");
  if (known == nullptr) {
    text.number(static_cast<uint64_t>(sending.number));
  } else {
    text.text(known);
  }
  const size_t size = strlen(text.c_str()) + 1;
  char* name = runtime.engine.arena().make<char>(size);
  memcpy(name, text.c_str(), size);
  signal.name = name;
  return signal;
}

// The handler runs when the task goes on.
void interrupt(Runtime& runtime, const char* call, Signals& all, SentSignal& signal, Site site) {
  Task& target = runtime.engine.task(signal.target);
  if (target.state == TaskState::blocked) not_modelled(runtime, call, kAdvice, site);
  runtime.engine.leave_search();
  all.keep(signal);
  target.interrupted = true;
}

}  // namespace

Signals& signals_of(Runtime& runtime, Site site) {
  const uintptr_t body = runtime.fibers.fiber(runtime.engine.task(TaskId(0)).slot).fs_base;
  auto& all = runtime.object<Signals>(reinterpret_cast<const void*>(body), site);
  all.name = "signals";
  return all;
}

SignalSet set_of(const sigset_t& signals) {
  SignalSet set = 0;
  memcpy(&set, &signals, sizeof(set));
  return set & ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
}

sigset_t set_of(SignalSet signals) {
  sigset_t set;
  sigemptyset(&set);
  memcpy(&set, &signals, sizeof(signals));
  return set;
}

siginfo_t info_of(const SentSignal& signal) {
  siginfo_t info = {};
  info.si_signo = signal.number;
  info.si_code = signal.code;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_ptr = reinterpret_cast<void*>(signal.value);
  return info;
}

SignalSet signals_with_effect() {
  SignalSet found = 0;
  for (int number = 1; number < kSignalEnd; ++number) {
    if (fate_of(number) != Fate::ignored) found |= signal_bit(number);
  }
  return found;
}

int send_signal(Runtime& runtime, const Sending& sending, const Task* target, Site site) {
  if (sending.number < 0 || sending.number >= kSignalEnd) return EINVAL;
  if (sending.number == 0) return 0;
  SentSignal* signal = nullptr;
  {
    HarnessScope scope(runtime);
    Signals& all = signals_of(runtime, site);
    signal = &make_signal(runtime, sending, target, all.address, site);
    switch (all.send(scope->engine, *signal, site)) {
      case Signals::Sent::kept:
        return 0;
      case Signals::Sent::here:
        break;
      case Signals::Sent::elsewhere:
        const Fate fate = fate_of(sending.number);
        if (fate != Fate::handled && fate != Fate::faults) break;
        interrupt(runtime, sending.call, all, *signal, site);
        return 0;
    }
  }
  take_signal(runtime, sending.call, *signal, site);
  return 0;
}

void take_signal(Runtime& runtime, const char* call, const SentSignal& signal, Site site) {
  RawText text;
  switch (fate_of(signal.number)) {
    case Fate::ignored:
      return;
    case Fate::handled:
      run_handler(runtime, signal);
      return take_unblocked_signals(runtime, call, site);  // blocked meanwhile
    case Fate::faults:  // by the kernel, to whoever handles faults
      HEDDLE_REAL(raise)(signal.number);
      return;
    case Fate::stops:
      process.controlled = nullptr;
      not_modelled(runtime, call, "nobody would let a stopped process go on", site);
    case Fate::ends:
      process.controlled = nullptr;
      text.text(call).text("(").text(signal.name).text(") ends the process");
      end_execution(runtime, FindingKind::crash, site, text.c_str());
  }
}

void take_unblocked_signals(Runtime& runtime, const char* call, Site site) {
  for (;;) {
    const SentSignal* taken = nullptr;
    {
      HarnessScope scope(runtime);
      taken = signals_of(runtime, site).take_unblocked(scope->engine, site);
    }
    if (taken == nullptr) return;
    take_signal(runtime, call, *taken, site);
  }
}

void interrupt_task(Runtime& runtime) {
  runtime.engine.current().interrupted = false;
  const Site site = program_site(runtime);
  const ProgramScope scope(runtime);
  take_unblocked_signals(runtime, "a signal", site);
}

void leave_handlers(Runtime& runtime) {
  Task& self = runtime.engine.current();
  TaskData& data = runtime.threads->data(self);
  if (data.handlers == 0) return;
  data.handlers = 0;
  self.signals_blocked = data.blocked_outside;
}

}  // namespace heddle
