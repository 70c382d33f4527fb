// sem_*, but for those with names (refused.cc).
#include "sync/semaphore.h"

#include <errno.h>
#include <semaphore.h>

#include "runtime/access.h"
#include "runtime/interceptors/deadline.h"
#include "runtime/interceptors/error_number.h"
#include "runtime/real.h"
#include "runtime/runtime.h"
#include "runtime/task_exit.h"
#include "sync/lock_misuse.h"

namespace heddle {
namespace {

// glibc keeps the value in the low half of the first eight bytes.
volatile uint32_t* value_of(sem_t* semaphore) {
  return reinterpret_cast<volatile uint32_t*>(semaphore);
}

int wait_until(Runtime& runtime, sem_t* semaphore, uint64_t deadline, Site site) {
  test_cancel(runtime, site);
  int error = 0;
  {
    HarnessScope scope(runtime);
    error = scope->object<Semaphore>(semaphore, site)
                .wait(scope->engine, value_of(semaphore), deadline, site);
  }
  if (error == ECANCELED) test_cancel(runtime, site);
  return result_with_errno(error);
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::HarnessScope;
using heddle::result_with_errno;
using heddle::Runtime;
using heddle::Semaphore;
using heddle::value_of;

extern "C" {

HEDDLE_EXPORT int sem_init(sem_t* semaphore, int shared, unsigned value) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sem_init)(semaphore, shared, value);
  HarnessScope scope(*runtime);
  if (shared != 0) {
    heddle::not_modelled(*runtime, "sem_init between processes",
                         "use a semaphore of one process (pshared 0) under test", HEDDLE_CALLER);
  }
  scope->forget_objects(semaphore, sizeof(*semaphore));
  return HEDDLE_REAL(sem_init)(semaphore, shared, value);
}

HEDDLE_EXPORT int sem_destroy(sem_t* semaphore) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sem_destroy)(semaphore);
  HarnessScope scope(*runtime);
  Semaphore& model = scope->object<Semaphore>(semaphore, HEDDLE_CALLER);
  if (model.waited_for()) {
    heddle::abandon_lock_misuse(scope->engine, model,
                                "a semaphore is destroyed while tasks wait for it", HEDDLE_CALLER);
  }
  scope->forget_objects(semaphore, sizeof(*semaphore));
  return 0;
}

HEDDLE_EXPORT int sem_wait(sem_t* semaphore) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sem_wait)(semaphore);
  return heddle::wait_until(*runtime, semaphore, heddle::kNoDeadline, HEDDLE_CALLER);
}

HEDDLE_EXPORT int sem_timedwait(sem_t* semaphore, const timespec* time) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sem_timedwait)(semaphore, time);
  uint64_t deadline = 0;
  const int error = heddle::read_deadline(CLOCK_REALTIME, *time, deadline);
  if (error != 0) return result_with_errno(error);
  return heddle::wait_until(*runtime, semaphore, deadline, HEDDLE_CALLER);
}

HEDDLE_EXPORT int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* time) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sem_clockwait)(semaphore, clock, time);
  uint64_t deadline = 0;
  const int error = heddle::read_deadline(clock, *time, deadline);
  if (error != 0) return result_with_errno(error);
  return heddle::wait_until(*runtime, semaphore, deadline, HEDDLE_CALLER);
}

HEDDLE_EXPORT int sem_trywait(sem_t* semaphore) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sem_trywait)(semaphore);
  HarnessScope scope(*runtime);
  return result_with_errno(scope->object<Semaphore>(semaphore, HEDDLE_CALLER)
                               .try_wait(scope->engine, value_of(semaphore), HEDDLE_CALLER));
}

HEDDLE_EXPORT int sem_post(sem_t* semaphore) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sem_post)(semaphore);
  HarnessScope scope(*runtime);
  return result_with_errno(scope->object<Semaphore>(semaphore, HEDDLE_CALLER)
                               .post(scope->engine, value_of(semaphore), HEDDLE_CALLER));
}

HEDDLE_EXPORT int sem_getvalue(sem_t* semaphore, int* value) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sem_getvalue)(semaphore, value);
  HarnessScope scope(*runtime);
  const uint32_t found = scope->object<Semaphore>(semaphore, HEDDLE_CALLER)
                             .value(scope->engine, value_of(semaphore), HEDDLE_CALLER);
  heddle::access_range(*runtime, reinterpret_cast<uintptr_t>(value), sizeof(*value),
                       /*write=*/true, HEDDLE_CALLER);
  *value = static_cast<int>(found);
  return 0;
}

}  // extern "C"
