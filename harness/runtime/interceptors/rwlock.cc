// pthread_rwlock_*.
#include "sync/rwlock.h"

#include <errno.h>
#include <pthread.h>

#include "runtime/interceptors/deadline.h"
#include "runtime/real.h"
#include "runtime/runtime.h"
#include "sync/lock_misuse.h"

namespace heddle {
namespace {

using RwMode = RwLock::Mode;

RwLock::Request request_for(const pthread_rwlock_t* lock, RwMode mode) {
  // PTHREAD_RWLOCK_PREFER_WRITER_NP alone changes nothing in glibc.
  return {mode, lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP, kNoDeadline};
}

int lock(Runtime& runtime, pthread_rwlock_t* lock, RwMode mode, Site site) {
  HarnessScope scope(runtime);
  return scope->object<RwLock>(lock, site).lock(scope->engine, request_for(lock, mode), site);
}

int try_lock(Runtime& runtime, pthread_rwlock_t* lock, RwMode mode, Site site) {
  HarnessScope scope(runtime);
  return scope->object<RwLock>(lock, site).try_lock(scope->engine, request_for(lock, mode), site);
}

struct Until {
  clockid_t clock;
  const timespec* time;
};

int lock_until(Runtime& runtime, pthread_rwlock_t* lock, RwMode mode, const Until& until,
               Site site) {
  HarnessScope scope(runtime);
  RwLock::Request request = request_for(lock, mode);
  const int error = read_deadline(until.clock, *until.time, request.deadline_ns);
  if (error != 0) return error;
  return scope->object<RwLock>(lock, site).lock(scope->engine, request, site);
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::HarnessScope;
using heddle::Runtime;
using heddle::RwLock;
using heddle::RwMode;

extern "C" {

HEDDLE_EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_rdlock)(lock);
  return heddle::lock(*runtime, lock, RwMode::read, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_wrlock)(lock);
  return heddle::lock(*runtime, lock, RwMode::write, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_tryrdlock)(lock);
  return heddle::try_lock(*runtime, lock, RwMode::read, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_trywrlock)(lock);
  return heddle::try_lock(*runtime, lock, RwMode::write, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock,
                                             const timespec* deadline) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_timedrdlock)(lock, deadline);
  return heddle::lock_until(*runtime, lock, RwMode::read, {CLOCK_REALTIME, deadline},
                            HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock,
                                             const timespec* deadline) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_timedwrlock)(lock, deadline);
  return heddle::lock_until(*runtime, lock, RwMode::write, {CLOCK_REALTIME, deadline},
                            HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                                             const timespec* deadline) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_clockrdlock)(lock, clock, deadline);
  return heddle::lock_until(*runtime, lock, RwMode::read, {clock, deadline}, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                                             const timespec* deadline) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_clockwrlock)(lock, clock, deadline);
  return heddle::lock_until(*runtime, lock, RwMode::write, {clock, deadline}, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_unlock)(lock);
  HarnessScope scope(*runtime);
  scope->object<RwLock>(lock, HEDDLE_CALLER).unlock(scope->engine, HEDDLE_CALLER);
  return 0;
}

// libc's own function only fills in the bytes; what we knew of them is void.
HEDDLE_EXPORT int pthread_rwlock_init(pthread_rwlock_t* lock,
                                      const pthread_rwlockattr_t* attributes) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_init)(lock, attributes);
  HarnessScope scope(*runtime);
  int shared = PTHREAD_PROCESS_PRIVATE;
  if (attributes != nullptr) pthread_rwlockattr_getpshared(attributes, &shared);
  if (shared != PTHREAD_PROCESS_PRIVATE) {
    heddle::not_modelled(*runtime, "pthread_rwlock_init between processes",
                         "use a lock with default attributes under test", HEDDLE_CALLER);
  }
  scope->forget_objects(lock, sizeof(*lock));
  return HEDDLE_REAL(pthread_rwlock_init)(lock, attributes);
}

HEDDLE_EXPORT int pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_rwlock_destroy)(lock);
  HarnessScope scope(*runtime);
  RwLock& model = scope->object<RwLock>(lock, HEDDLE_CALLER);
  if (model.in_use()) {
    heddle::abandon_lock_misuse(scope->engine, model,
                                "a read-write lock is destroyed while it is in use", HEDDLE_CALLER);
  }
  scope->forget_objects(lock, sizeof(*lock));
  return 0;
}

}  // extern "C"
