// C11's <threads.h>: glibc's types are those of pthreads, and so are the models.
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "runtime/interceptors/deadline.h"
#include "runtime/real.h"
#include "runtime/runtime.h"
#include "runtime/task_exit.h"
#include "sync/condition.h"
#include "sync/thread.h"

namespace heddle {
namespace {

// glibc's thrd_err_map.
int result_of(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case ENOMEM:
      return thrd_nomem;
    case ETIMEDOUT:
      return thrd_timedout;
    case EBUSY:
      return thrd_busy;
    default:
      return thrd_error;
  }
}

// mtx_init makes normal and recursive ones only.
MutexType type_of(const mtx_t* mutex) {
  const int kind = reinterpret_cast<const pthread_mutex_t*>(mutex)->__data.__kind & 3;
  return kind == PTHREAD_MUTEX_RECURSIVE ? MutexType::recursive : MutexType::normal;
}

// What a thread begins with; in the execution's arena.
struct Start {
  thrd_start_t function;
  void* argument;
};

void* run_start(void* start) {
  const Start own = *static_cast<Start*>(start);
  return reinterpret_cast<void*>(static_cast<intptr_t>(own.function(own.argument)));
}

int wait_until(Runtime& runtime, cnd_t* condition, mtx_t* mutex, uint64_t deadline, Site site) {
  int error = 0;
  {
    HarnessScope scope(runtime);
    Mutex& lock = scope->object<Mutex>(mutex, site);
    error =
        scope->object<Condition>(condition, site).wait_until(scope->engine, lock, deadline, site);
  }
  if (error == ECANCELED) test_cancel(runtime, site);
  return result_of(error);
}

}  // namespace
}  // namespace heddle

using heddle::Condition;
using heddle::controlled;
using heddle::HarnessScope;
using heddle::Mutex;
using heddle::result_of;
using heddle::Runtime;
using heddle::Task;

extern "C" {

// ---- Threads ------------------------------------------------------------------------------------

HEDDLE_EXPORT int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(thrd_create)(thread, function, argument);
  HarnessScope scope(*runtime);
  auto* start = scope->engine.arena().make<heddle::Start>();
  *start = {function, argument};
  Task* fresh = heddle::thread_create(scope->engine, heddle::run_start, start, /*detached=*/false,
                                      HEDDLE_CALLER);
  if (fresh == nullptr) return thrd_nomem;
  *thread = scope->fibers.fiber(fresh->slot).fs_base;
  return thrd_success;
}

HEDDLE_EXPORT int thrd_join(thrd_t thread, int* result) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(thrd_join)(thread, result);
  int error = 0;
  void* value = nullptr;
  {
    HarnessScope scope(*runtime);
    Task* target = scope->engine.task_of(thread);
    if (target == nullptr) return thrd_error;
    error = heddle::thread_join(scope->engine, *target, &value, HEDDLE_CALLER);
  }
  if (error == ECANCELED) heddle::test_cancel(*runtime, HEDDLE_CALLER);
  if (error == 0 && result != nullptr) {
    *result = static_cast<int>(reinterpret_cast<intptr_t>(value));
  }
  return result_of(error);
}

HEDDLE_EXPORT int thrd_detach(thrd_t thread) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(thrd_detach)(thread);
  HarnessScope scope(*runtime);
  Task* target = scope->engine.task_of(thread);
  if (target == nullptr) return thrd_error;
  return result_of(heddle::thread_detach(scope->engine, *target, HEDDLE_CALLER));
}

HEDDLE_EXPORT void thrd_exit(int result) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) HEDDLE_REAL(thrd_exit)(result);
  heddle::exit_task(*runtime, reinterpret_cast<void*>(static_cast<intptr_t>(result)));
}

// ---- Mutexes ------------------------------------------------------------------------------------

// libc's own function only fills in the bytes; what we knew of them is void.
HEDDLE_EXPORT int mtx_init(mtx_t* mutex, int type) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(mtx_init)(mutex, type);
  HarnessScope scope(*runtime);
  scope->forget_objects(mutex, sizeof(*mutex));
  return HEDDLE_REAL(mtx_init)(mutex, type);
}

HEDDLE_EXPORT void mtx_destroy(mtx_t* mutex) {
  pthread_mutex_destroy(reinterpret_cast<pthread_mutex_t*>(mutex));
}

HEDDLE_EXPORT int mtx_lock(mtx_t* mutex) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(mtx_lock)(mutex);
  HarnessScope scope(*runtime);
  return result_of(scope->object<Mutex>(mutex, HEDDLE_CALLER)
                       .lock(scope->engine, heddle::type_of(mutex), HEDDLE_CALLER));
}

HEDDLE_EXPORT int mtx_trylock(mtx_t* mutex) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(mtx_trylock)(mutex);
  HarnessScope scope(*runtime);
  return result_of(scope->object<Mutex>(mutex, HEDDLE_CALLER)
                       .try_lock(scope->engine, heddle::type_of(mutex), HEDDLE_CALLER));
}

HEDDLE_EXPORT int mtx_timedlock(mtx_t* mutex, const timespec* time) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(mtx_timedlock)(mutex, time);
  HarnessScope scope(*runtime);
  uint64_t deadline = 0;
  const int error = heddle::read_deadline(CLOCK_REALTIME, *time, deadline);
  if (error != 0) return result_of(error);
  return result_of(scope->object<Mutex>(mutex, HEDDLE_CALLER)
                       .lock_until(scope->engine, heddle::type_of(mutex), deadline, HEDDLE_CALLER));
}

HEDDLE_EXPORT int mtx_unlock(mtx_t* mutex) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(mtx_unlock)(mutex);
  HarnessScope scope(*runtime);
  return result_of(scope->object<Mutex>(mutex, HEDDLE_CALLER)
                       .unlock(scope->engine, heddle::type_of(mutex), HEDDLE_CALLER));
}

// ---- Condition variables ------------------------------------------------------------------------

HEDDLE_EXPORT int cnd_init(cnd_t* condition) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(cnd_init)(condition);
  HarnessScope scope(*runtime);
  scope->forget_objects(condition, sizeof(*condition));
  return HEDDLE_REAL(cnd_init)(condition);
}

HEDDLE_EXPORT void cnd_destroy(cnd_t* condition) {
  pthread_cond_destroy(reinterpret_cast<pthread_cond_t*>(condition));
}

HEDDLE_EXPORT int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(cnd_wait)(condition, mutex);
  return heddle::wait_until(*runtime, condition, mutex, heddle::kNoDeadline, HEDDLE_CALLER);
}

HEDDLE_EXPORT int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* time) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(cnd_timedwait)(condition, mutex, time);
  uint64_t deadline = 0;
  const int error = heddle::read_deadline(CLOCK_REALTIME, *time, deadline);
  if (error != 0) return result_of(error);
  return heddle::wait_until(*runtime, condition, mutex, deadline, HEDDLE_CALLER);
}

HEDDLE_EXPORT int cnd_signal(cnd_t* condition) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(cnd_signal)(condition);
  HarnessScope scope(*runtime);
  scope->object<Condition>(condition, HEDDLE_CALLER).notify_one(scope->engine, HEDDLE_CALLER);
  return thrd_success;
}

HEDDLE_EXPORT int cnd_broadcast(cnd_t* condition) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(cnd_broadcast)(condition);
  HarnessScope scope(*runtime);
  scope->object<Condition>(condition, HEDDLE_CALLER).notify_all(scope->engine, HEDDLE_CALLER);
  return thrd_success;
}

// ---- Thread-specific values ---------------------------------------------------------------------

HEDDLE_EXPORT int tss_create(tss_t* key, tss_dtor_t destructor) {
  return result_of(pthread_key_create(key, destructor));
}

HEDDLE_EXPORT void tss_delete(tss_t key) {
  pthread_key_delete(key);
}

HEDDLE_EXPORT void* tss_get(tss_t key) {
  return pthread_getspecific(key);
}

HEDDLE_EXPORT int tss_set(tss_t key, void* value) {
  return result_of(pthread_setspecific(key, value));
}

}  // extern "C"
