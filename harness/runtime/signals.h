// What the runtime adds to the model of signals: whom a call names, what becomes of a signal that a
// task takes, and handlers.
#pragma once

#include <signal.h>

#include "runtime/runtime.h"
#include "sync/signals.h"

namespace heddle {

// All signals of the process.
Signals& signals_of(Runtime& runtime, Site site);

SignalSet set_of(const sigset_t& signals);  // without those that nobody can block
sigset_t set_of(SignalSet signals);

// `call` sends a signal to a task, or to the process (null), as that call returns: 0 or an error
// number. What the sender takes itself has been done when it returns; a signal that ends or stops
// the process does not return. To be called outside any HarnessScope.
struct Sending {
  const char* call = nullptr;
  int number = 0;
  int code = SI_TKILL;
  sigval value = {};
};
int send_signal(Runtime& runtime, const Sending& sending, const Task* target, Site site);

// What a signal does to the task that takes it: runs the program's handler, ends the process, or
// nothing. To be called outside any HarnessScope.
void take_signal(Runtime& runtime, const char* call, const SentSignal& signal, Site site);
// The same for all that the running task has come to unblock.
void take_unblocked_signals(Runtime& runtime, const char* call, Site site);
// Those that do something when they are not blocked: handlers, and what ends the process.
SignalSet signals_with_effect();

siginfo_t info_of(const SentSignal& signal);

// A task goes on that has been sent a signal meanwhile. Inside a HarnessScope.
void interrupt_task(Runtime& runtime);

// Before siglongjmp leaves a handler: what is blocked is what was before it.
void leave_handlers(Runtime& runtime);

}  // namespace heddle
