// pthread_cancel and what a thread says about being cancelled.
#include <errno.h>
#include <pthread.h>

#include "runtime/real.h"
#include "runtime/second_name.h"
#include "runtime/task_data.h"
#include "runtime/task_exit.h"
#include "sync/thread.h"

namespace heddle {
namespace {

using BufferCall = void(__pthread_unwind_buf_t*);

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::HarnessScope;
using heddle::Runtime;
using heddle::Task;

extern "C" {

HEDDLE_EXPORT int pthread_cancel(pthread_t thread) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_cancel)(thread);
  HarnessScope scope(*runtime);
  Task* target = scope->engine.task_of(thread);
  if (target == nullptr) return ESRCH;
  heddle::cancellation_of(*runtime, *target, HEDDLE_CALLER)
      .request(scope->engine, *target, HEDDLE_CALLER);
  return 0;
}

HEDDLE_EXPORT int pthread_setcancelstate(int state, int* before) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_setcancelstate)(state, before);
  if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE) return EINVAL;
  Task& self = runtime->engine.current();
  if (before != nullptr) {
    *before = self.cancel_disabled ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
  }
  self.cancel_disabled = state == PTHREAD_CANCEL_DISABLE;
  return 0;
}

HEDDLE_EXPORT int pthread_setcanceltype(int type, int* before) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_setcanceltype)(type, before);
  HarnessScope scope(*runtime);
  if (type == PTHREAD_CANCEL_ASYNCHRONOUS) {
    heddle::not_modelled(*runtime, "pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS)",
                         "use deferred cancellation and pthread_testcancel", HEDDLE_CALLER);
  }
  if (type != PTHREAD_CANCEL_DEFERRED) return EINVAL;
  if (before != nullptr) *before = PTHREAD_CANCEL_DEFERRED;
  return 0;
}

// An operation of its own: a thread may do nothing else until it is cancelled.
HEDDLE_EXPORT void pthread_testcancel() {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    HEDDLE_REAL(pthread_testcancel)();
    return;
  }
  {
    HarnessScope scope(*runtime);
    Task& self = scope->engine.current();
    heddle::cancellation_of(*runtime, self, HEDDLE_CALLER).test(scope->engine, HEDDLE_CALLER);
  }
  heddle::test_cancel(*runtime, HEDDLE_CALLER);
}

// ---- Cleanup handlers of C ----------------------------------------------------------------------
//
// In C++, and in C with -fexceptions, they are destructors. Otherwise each is a jump buffer in the
// frame that has pushed it: unwinding jumps there, the handler runs, and unwinding goes on.

HEDDLE_EXPORT void __pthread_register_cancel(__pthread_unwind_buf_t* buffer) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    HEDDLE_REAL_AS(heddle::BufferCall*, "__pthread_register_cancel")(buffer);
    return;
  }
  heddle::TaskData& data = runtime->threads->data(runtime->engine.current());
  buffer->__pad[0] = data.cleanup;
  data.cleanup = buffer;
}
HEDDLE_SECOND_NAME(__pthread_register_cancel_defer, __pthread_register_cancel);

HEDDLE_EXPORT void __pthread_unregister_cancel(__pthread_unwind_buf_t* buffer) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    HEDDLE_REAL_AS(heddle::BufferCall*, "__pthread_unregister_cancel")(buffer);
    return;
  }
  heddle::TaskData& data = runtime->threads->data(runtime->engine.current());
  data.cleanup = static_cast<__pthread_unwind_buf_t*>(buffer->__pad[0]);
}
HEDDLE_SECOND_NAME(__pthread_unregister_cancel_restore, __pthread_unregister_cancel);

HEDDLE_EXPORT void __pthread_unwind_next(__pthread_unwind_buf_t* buffer) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    HEDDLE_REAL_AS(heddle::BufferCall*, "__pthread_unwind_next")(buffer);
    __builtin_trap();
  }
  Task& self = runtime->engine.current();
  runtime->threads->data(self).cleanup = static_cast<__pthread_unwind_buf_t*>(buffer->__pad[0]);
  heddle::exit_task(*runtime, self.result);
}

}  // extern "C"
