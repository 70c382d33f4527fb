// pthread_cond_*.
#include <errno.h>
#include <pthread.h>

#include "runtime/real.h"
#include "runtime/runtime.h"
#include "runtime/task_exit.h"
#include "runtime/virtual_time.h"
#include "sync/condition.h"

namespace heddle {
namespace {

// What glibc leaves in a destroyed condition variable. Whoever makes the memory one anew removes
// it.
constexpr unsigned kDestroyed = 4;

Condition& condition_at(Runtime& runtime, pthread_cond_t* condition, Site site) {
  Condition& known = runtime.object<Condition>(condition, site);
  if (!known.destroyed() || (condition->__data.__wrefs & kDestroyed) != 0) return known;
  runtime.forget_objects(condition, sizeof(*condition));
  return runtime.object<Condition>(condition, site);
}

int wait_until(Runtime& runtime, pthread_cond_t* condition, pthread_mutex_t* mutex,
               uint64_t deadline, Site site) {
  int error = 0;
  {
    HarnessScope scope(runtime);
    Mutex& lock = scope->object<Mutex>(mutex, site);
    error = condition_at(runtime, condition, site).wait_until(scope->engine, lock, deadline, site);
  }
  if (error == ECANCELED) test_cancel(runtime, site);  // with the mutex held, as POSIX wants it
  return error;
}

// The clock that pthread_condattr_setclock chose: glibc keeps it in bit 1 of the flags word.
clockid_t clock_of(const pthread_cond_t* condition) {
  return (condition->__data.__wrefs & 2) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::HarnessScope;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_cond_wait)(condition, mutex);
  return heddle::wait_until(*runtime, condition, mutex, heddle::kNoDeadline, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                         const timespec* deadline) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_cond_timedwait)(condition, mutex, deadline);
  if (!heddle::valid_time(*deadline)) return EINVAL;
  return heddle::wait_until(*runtime, condition, mutex,
                            heddle::deadline_ns(heddle::clock_of(condition), *deadline),
                            HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                         clockid_t clock, const timespec* deadline) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    return HEDDLE_REAL(pthread_cond_clockwait)(condition, mutex, clock, deadline);
  }
  if (!heddle::valid_time(*deadline)) return EINVAL;
  return heddle::wait_until(*runtime, condition, mutex, heddle::deadline_ns(clock, *deadline),
                            HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_cond_signal)(condition);
  HarnessScope scope(*runtime);
  heddle::condition_at(*runtime, condition, HEDDLE_CALLER).notify_one(scope->engine, HEDDLE_CALLER);
  return 0;
}

HEDDLE_EXPORT int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_cond_broadcast)(condition);
  HarnessScope scope(*runtime);
  heddle::condition_at(*runtime, condition, HEDDLE_CALLER).notify_all(scope->engine, HEDDLE_CALLER);
  return 0;
}

HEDDLE_EXPORT int pthread_cond_init(pthread_cond_t* condition,
                                    const pthread_condattr_t* attributes) noexcept {
  if (Runtime* runtime = controlled()) {
    HarnessScope scope(*runtime);
    scope->forget_objects(condition, sizeof(*condition));
    return HEDDLE_REAL(pthread_cond_init)(condition, attributes);
  }
  return HEDDLE_REAL(pthread_cond_init)(condition, attributes);
}

HEDDLE_EXPORT int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_cond_destroy)(condition);
  HarnessScope scope(*runtime);
  heddle::condition_at(*runtime, condition, HEDDLE_CALLER).destroy(scope->engine, HEDDLE_CALLER);
  condition->__data.__wrefs |= heddle::kDestroyed;
  return 0;
}

}  // extern "C"
