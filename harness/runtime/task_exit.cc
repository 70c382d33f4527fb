#include "runtime/task_exit.h"

#include <pthread.h>
#include <unwind.h>

#include "runtime/task_data.h"

namespace heddle {
namespace {

_Unwind_Reason_Code stop_at_end(int, _Unwind_Action actions, _Unwind_Exception_Class,
                                _Unwind_Exception*, _Unwind_Context*, void* argument) {
  if ((actions & _UA_END_OF_STACK) == 0) return _URC_NO_REASON;
  Runtime& runtime = *static_cast<Runtime*>(argument);
  HarnessScope scope(runtime);
  runtime.threads->finish(runtime.engine.current());
}

// A cleanup that catches and does not rethrow: C++ says that this ends the process.
void forced_unwind_caught(_Unwind_Reason_Code, _Unwind_Exception*) {}

// The task's own slot for the exception that unwinds it.
struct ExitException {
  _Unwind_Exception exception;
};

}  // namespace

void exit_task(Runtime& runtime, void* result) {
  ExitException* own = nullptr;
  {
    HarnessScope scope(runtime);
    Task& self = scope->engine.current();
    self.result = result;
    self.cancel_disabled = true;
    own = scope->engine.arena().make<ExitException>();
    own->exception.exception_cleanup = forced_unwind_caught;
  }
  _Unwind_ForcedUnwind(&own->exception, stop_at_end, &runtime);
  __builtin_trap();
}

void test_cancel(Runtime& runtime) {
  if (runtime.engine.current().cancels()) exit_task(runtime, PTHREAD_CANCELED);
}

}  // namespace heddle
