// pthread_spin_*.
#include "sync/spin.h"

#include <pthread.h>

#include "runtime/real.h"
#include "runtime/runtime.h"
#include "sync/lock_misuse.h"

using heddle::controlled;
using heddle::HarnessScope;
using heddle::MutexType;
using heddle::Runtime;
using heddle::SpinLock;

extern "C" {

// Four bytes: another lock may lie beside it in the same granule, so only its own model is void.
HEDDLE_EXPORT int pthread_spin_init(pthread_spinlock_t* lock, int shared) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_spin_init)(lock, shared);
  HarnessScope scope(*runtime);
  if (shared != PTHREAD_PROCESS_PRIVATE) {
    heddle::not_modelled(*runtime, "pthread_spin_init between processes",
                         "use PTHREAD_PROCESS_PRIVATE under test", HEDDLE_CALLER);
  }
  scope->forget<SpinLock>(lock);
  return HEDDLE_REAL(pthread_spin_init)(lock, shared);
}

HEDDLE_EXPORT int pthread_spin_destroy(pthread_spinlock_t* lock) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_spin_destroy)(lock);
  HarnessScope scope(*runtime);
  SpinLock& model = scope->object<SpinLock>(lock, HEDDLE_CALLER);
  if (model.held()) {
    heddle::abandon_lock_misuse(scope->engine, model, "a spin lock is destroyed while it is held",
                                HEDDLE_CALLER);
  }
  scope->forget<SpinLock>(lock);
  return 0;
}

HEDDLE_EXPORT int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_spin_lock)(lock);
  HarnessScope scope(*runtime);
  return scope->object<SpinLock>(lock, HEDDLE_CALLER)
      .lock(scope->engine, MutexType::normal, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_spin_trylock)(lock);
  HarnessScope scope(*runtime);
  return scope->object<SpinLock>(lock, HEDDLE_CALLER)
      .try_lock(scope->engine, MutexType::normal, HEDDLE_CALLER);
}

HEDDLE_EXPORT int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_spin_unlock)(lock);
  HarnessScope scope(*runtime);
  return scope->object<SpinLock>(lock, HEDDLE_CALLER)
      .unlock(scope->engine, MutexType::normal, HEDDLE_CALLER);
}

}  // extern "C"
