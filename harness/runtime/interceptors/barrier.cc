// pthread_barrier_*.
#include "sync/barrier.h"

#include <pthread.h>

#include "runtime/real.h"
#include "runtime/runtime.h"
#include "sync/lock_misuse.h"

namespace heddle {
namespace {

// What glibc has in a pthread_barrier_t (its struct pthread_barrier).
struct BarrierBytes {
  uint32_t in;
  uint32_t round;
  uint32_t count;
};

uint32_t count_of(const pthread_barrier_t* barrier) {
  return reinterpret_cast<const BarrierBytes*>(barrier)->count;
}

}  // namespace
}  // namespace heddle

using heddle::Barrier;
using heddle::controlled;
using heddle::HarnessScope;
using heddle::Runtime;

extern "C" {

// libc's own function checks the count and fills in the bytes.
HEDDLE_EXPORT int pthread_barrier_init(pthread_barrier_t* barrier,
                                       const pthread_barrierattr_t* attributes,
                                       unsigned count) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_barrier_init)(barrier, attributes, count);
  HarnessScope scope(*runtime);
  int shared = PTHREAD_PROCESS_PRIVATE;
  if (attributes != nullptr) pthread_barrierattr_getpshared(attributes, &shared);
  if (shared != PTHREAD_PROCESS_PRIVATE) {
    heddle::not_modelled(*runtime, "pthread_barrier_init between processes",
                         "use a barrier with default attributes under test", HEDDLE_CALLER);
  }
  const int result = HEDDLE_REAL(pthread_barrier_init)(barrier, attributes, count);
  if (result == 0) scope->forget_objects(barrier, sizeof(*barrier));
  return result;
}

HEDDLE_EXPORT int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_barrier_wait)(barrier);
  HarnessScope scope(*runtime);
  Barrier& model = scope->object<Barrier>(barrier, HEDDLE_CALLER);
  const uint32_t count = heddle::count_of(barrier);
  if (count == 0) {
    heddle::abandon_lock_misuse(
        scope->engine, model, "a barrier is waited for that was never initialised", HEDDLE_CALLER);
  }
  return model.wait(scope->engine, count, HEDDLE_CALLER) ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

// Those whom the last arriver has let go may still be on their way out, as with glibc's.
HEDDLE_EXPORT int pthread_barrier_destroy(pthread_barrier_t* barrier) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_barrier_destroy)(barrier);
  HarnessScope scope(*runtime);
  Barrier& model = scope->object<Barrier>(barrier, HEDDLE_CALLER);
  if (model.waited_for()) {
    heddle::abandon_lock_misuse(scope->engine, model,
                                "a barrier is destroyed while tasks wait at it", HEDDLE_CALLER);
  }
  scope->forget_objects(barrier, sizeof(*barrier));
  return 0;
}

}  // extern "C"
