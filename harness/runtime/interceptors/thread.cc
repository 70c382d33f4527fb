// pthread_create, join, detach, exit, self and what else asks about a thread.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "runtime/real.h"
#include "runtime/task_exit.h"
#include "sync/thread.h"

namespace heddle {
namespace {

Task* task_or_null(Runtime& runtime, pthread_t thread) {
  return runtime.engine.task_of(thread);
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::HarnessScope;
using heddle::Runtime;
using heddle::Task;

extern "C" {

HEDDLE_EXPORT int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                 void* (*entry)(void*), void* argument) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    return HEDDLE_REAL(pthread_create)(thread, attributes, entry, argument);
  }
  HarnessScope scope(*runtime);
  int detached = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &detached);
  Task* fresh = heddle::thread_create(scope->engine, entry, argument,
                                      detached == PTHREAD_CREATE_DETACHED, HEDDLE_CALLER);
  if (fresh == nullptr) return EAGAIN;
  *thread = scope->fibers.fiber(fresh->slot).fs_base;
  return 0;
}

HEDDLE_EXPORT int pthread_join(pthread_t thread, void** result) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_join)(thread, result);
  int error = 0;
  {
    HarnessScope scope(*runtime);
    Task* target = heddle::task_or_null(*runtime, thread);
    if (target == nullptr) return ESRCH;
    error = heddle::thread_join(scope->engine, *target, result, HEDDLE_CALLER);
  }
  if (error == ECANCELED) heddle::test_cancel(*runtime, HEDDLE_CALLER);
  return error;
}

HEDDLE_EXPORT int pthread_detach(pthread_t thread) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_detach)(thread);
  HarnessScope scope(*runtime);
  Task* target = heddle::task_or_null(*runtime, thread);
  if (target == nullptr) return ESRCH;
  return heddle::thread_detach(scope->engine, *target, HEDDLE_CALLER);
}

// Destructors of the frames below run, as in glibc: by a forced unwind to the end of the stack.
HEDDLE_EXPORT void pthread_exit(void* result) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) HEDDLE_REAL(pthread_exit)(result);
  heddle::exit_task(*runtime, result);
}

HEDDLE_EXPORT pthread_t pthread_self() noexcept {
  uintptr_t self = 0;
  asm("movq %%fs:16, %0" : "=r"(self));  // tcbhead_t::self
  return self;
}

HEDDLE_EXPORT pid_t gettid() noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(gettid)();
  return heddle::FiberPool::kFirstTid + static_cast<pid_t>(runtime->engine.current().slot);
}

HEDDLE_EXPORT int pthread_setname_np(pthread_t thread, const char* name) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_setname_np)(thread, name);
  Task* target = heddle::task_or_null(*runtime, thread);
  if (target == nullptr) return ESRCH;
  size_t length = 0;
  while (name[length] != 0) {
    if (++length >= sizeof(target->name)) return ERANGE;
  }
  for (size_t i = 0; i <= length; ++i) target->name[i] = name[i];
  return 0;
}

HEDDLE_EXPORT int pthread_getname_np(pthread_t thread, char* name, size_t size) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_getname_np)(thread, name, size);
  Task* target = heddle::task_or_null(*runtime, thread);
  if (target == nullptr) return ESRCH;
  size_t length = 0;
  while (target->name[length] != 0) ++length;
  if (length >= size) return ERANGE;
  for (size_t i = 0; i <= length; ++i) name[i] = target->name[i];
  return 0;
}

// The kernel knows no such thread, so libc's own would fail.
HEDDLE_EXPORT int pthread_getattr_np(pthread_t thread, pthread_attr_t* attributes) noexcept {
  Runtime* runtime = controlled();
  const int slot = heddle::FiberPool::slot_of(thread);
  if (slot < 0 || heddle::process.runtime == nullptr) {
    return HEDDLE_REAL(pthread_getattr_np)(thread, attributes);
  }
  const heddle::Fiber& fiber = heddle::process.runtime->fibers.fiber(static_cast<uint32_t>(slot));
  static_cast<void>(runtime);
  pthread_attr_init(attributes);
  return pthread_attr_setstack(attributes, fiber.stack_low,
                               static_cast<size_t>(fiber.stack_high - fiber.stack_low));
}

}  // extern "C"
