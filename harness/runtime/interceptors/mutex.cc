// pthread_mutex_*.
#include <errno.h>
#include <pthread.h>

#include "runtime/access.h"
#include "runtime/real.h"
#include "runtime/runtime.h"
#include "runtime/virtual_time.h"
#include "sync/mutex.h"

namespace heddle {
namespace {

MutexType type_of(const pthread_mutex_t* mutex) {
  switch (mutex->__data.__kind & 3) {
    case PTHREAD_MUTEX_RECURSIVE:
      return MutexType::recursive;
    case PTHREAD_MUTEX_ERRORCHECK:
      return MutexType::error_checking;
    default:
      return MutexType::normal;
  }
}

// What glibc leaves in a destroyed mutex, so that whoever makes the memory a mutex anew, with
// pthread_mutex_init or by assigning PTHREAD_MUTEX_INITIALIZER, removes it.
constexpr int kDestroyedKind = -1;

Mutex& mutex_at(Runtime& runtime, pthread_mutex_t* mutex, Site site) {
  Mutex& known = runtime.object<Mutex>(mutex, site);
  if (!known.destroyed() || mutex->__data.__kind == kDestroyedKind) return known;
  runtime.forget_objects(mutex, sizeof(*mutex));
  return runtime.object<Mutex>(mutex, site);
}

// Robust, priority-inheriting and process-shared mutexes have states that the model has not.
void refuse_special(Runtime& runtime, const pthread_mutex_t* mutex, Site site) {
  constexpr int kRobust = 16, kPriorityInherit = 32, kPriorityProtect = 64;
  if ((mutex->__data.__kind & (kRobust | kPriorityInherit | kPriorityProtect)) == 0) return;
  if (mutex->__data.__kind == kDestroyedKind || is_dead(runtime, mutex)) return;
  not_modelled(runtime, "pthread_mutex_lock on a robust or priority mutex",
               "use a mutex with default attributes under test", site);
}

int lock_until(Runtime& runtime, pthread_mutex_t* mutex, clockid_t clock, const timespec* deadline,
               Site site) {
  HarnessScope scope(runtime);
  refuse_special(runtime, mutex, site);
  if (!valid_time(*deadline)) return EINVAL;
  return mutex_at(runtime, mutex, site)
      .lock_until(scope->engine, type_of(mutex), deadline_ns(clock, *deadline), site);
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::HarnessScope;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_mutex_lock)(mutex);
  HarnessScope scope(*runtime);
  heddle::refuse_special(*runtime, mutex, HEDDLE_CALLER);
  return heddle::mutex_at(*runtime, mutex, HEDDLE_CALLER)
      .lock(scope->engine, heddle::type_of(mutex), HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_mutex_trylock)(mutex);
  HarnessScope scope(*runtime);
  heddle::refuse_special(*runtime, mutex, HEDDLE_CALLER);
  return heddle::mutex_at(*runtime, mutex, HEDDLE_CALLER)
      .try_lock(scope->engine, heddle::type_of(mutex), HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_mutex_timedlock(pthread_mutex_t* mutex,
                                          const timespec* deadline) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_mutex_timedlock)(mutex, deadline);
  return heddle::lock_until(*runtime, mutex, CLOCK_REALTIME, deadline, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                                          const timespec* deadline) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_mutex_clocklock)(mutex, clock, deadline);
  return heddle::lock_until(*runtime, mutex, clock, deadline, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_mutex_unlock)(mutex);
  HarnessScope scope(*runtime);
  return heddle::mutex_at(*runtime, mutex, HEDDLE_CALLER)
      .unlock(scope->engine, heddle::type_of(mutex), HEDDLE_CALLER);
}

// libc's own functions only fill in or clear the bytes; what we knew of them is void.
HEDDLE_EXPORT int pthread_mutex_init(pthread_mutex_t* mutex,
                                     const pthread_mutexattr_t* attributes) noexcept {
  if (Runtime* runtime = controlled()) {
    HarnessScope scope(*runtime);
    scope->forget_objects(mutex, sizeof(*mutex));
    return HEDDLE_REAL(pthread_mutex_init)(mutex, attributes);
  }
  return HEDDLE_REAL(pthread_mutex_init)(mutex, attributes);
}

HEDDLE_EXPORT int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_mutex_destroy)(mutex);
  HarnessScope scope(*runtime);
  const int result =
      heddle::mutex_at(*runtime, mutex, HEDDLE_CALLER).destroy(scope->engine, HEDDLE_CALLER);
  mutex->__data.__kind = heddle::kDestroyedKind;
  return result;
}

}  // extern "C"
