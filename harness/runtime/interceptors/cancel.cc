// pthread_cancel and what a thread says about being cancelled.
#include <errno.h>
#include <pthread.h>

#include "runtime/real.h"
#include "runtime/runtime.h"
#include "runtime/task_exit.h"
#include "sync/thread.h"

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
  heddle::thread_cancel(scope->engine, *target, HEDDLE_CALLER);
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
    heddle::Operation operation;
    operation.op = heddle::Op::cancel_test;
    operation.only_reads = true;
    operation.site = HEDDLE_CALLER;
    scope->engine.scheduling_point(operation);
    heddle::Event event;
    event.op = operation.op;
    event.task = scope->engine.current().id;
    event.site = operation.site;
    scope->engine.record(event);
  }
  heddle::test_cancel(*runtime);
}

}  // extern "C"
