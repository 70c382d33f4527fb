#include "runtime/task_exit.h"

#include <pthread.h>
#include <setjmp.h>
#include <unwind.h>

#include "runtime/task_data.h"

namespace heddle {
namespace {

// The stack pointer that setjmp has saved, as glibc hides it in a jump buffer.
uintptr_t stack_pointer_of(const __pthread_unwind_buf_t& buffer) {
  constexpr int kSavedStackPointer = 6;  // JB_RSP
  uintptr_t value =
      static_cast<uintptr_t>(buffer.__cancel_jmp_buf[0].__cancel_jmp_buf[kSavedStackPointer]);
  asm("ror $17, %0\n\txor %%fs:0x30, %0" : "+r"(value) : : "cc");  // tcbhead_t::pointer_guard
  return value;
}

// Called for each frame on the way out.
_Unwind_Reason_Code stop_at_end(int, _Unwind_Action actions, _Unwind_Exception_Class,
                                _Unwind_Exception*, _Unwind_Context* context, void* argument) {
  Runtime& runtime = *static_cast<Runtime*>(argument);
  const bool at_end = (actions & _UA_END_OF_STACK) != 0;
  __pthread_unwind_buf_t* handler = runtime.threads->data(runtime.engine.current()).cleanup;
  if (handler != nullptr && (at_end || _Unwind_GetCFA(context) >= stack_pointer_of(*handler))) {
    longjmp(reinterpret_cast<__jmp_buf_tag*>(handler->__cancel_jmp_buf), 1);
  }
  if (!at_end) return _URC_NO_REASON;
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

Cancellation& cancellation_of(Runtime& runtime, const Task& task, Site site) {
  const uintptr_t control_block = runtime.fibers.fiber(task.slot).fs_base;
  return runtime.object<Cancellation>(reinterpret_cast<const void*>(control_block), site);
}

void test_cancel(Runtime& runtime, Site site) {
  Task& self = runtime.engine.current();
  if (!self.cancels()) return;
  {
    HarnessScope scope(runtime);
    cancellation_of(runtime, self, site).act(scope->engine, site);
  }
  exit_task(runtime, PTHREAD_CANCELED);
}

}  // namespace heddle
