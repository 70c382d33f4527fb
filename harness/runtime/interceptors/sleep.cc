// Sleeping takes virtual time only; yielding lets others go first.
#include <errno.h>
#include <sched.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "runtime/access.h"
#include "runtime/real.h"
#include "runtime/second_name.h"
#include "runtime/task_exit.h"
#include "runtime/virtual_time.h"

namespace heddle {
namespace {

constexpr uint64_t kLongestNs = uint64_t{1} << 62;  // of a sleep that never ends

void sleep_until(Runtime& runtime, uint64_t deadline_ns, Site site) {
  const uint64_t end = deadline_ns < kLongestNs ? deadline_ns : kLongestNs;
  runtime.engine.sleep_until(end, Operation{Op::sleep, 0, false, ObjectId(), 0, site});
}

timespec user_time(Runtime& runtime, const timespec* time, Site site) {
  access_range(runtime, reinterpret_cast<uintptr_t>(time), sizeof(*time), /*write=*/false, site);
  runtime.touching_user_memory = true;
  const timespec copy = *time;
  runtime.touching_user_memory = false;
  return copy;
}

// 0 or EINVAL. Nothing interrupts a sleep, so nothing remains of it.
int sleep_for(Runtime& runtime, const timespec* duration, Site site) {
  test_cancel(runtime, site);
  {
    HarnessScope scope(runtime);
    const timespec length = user_time(runtime, duration, site);
    if (!valid_time(length)) return EINVAL;
    sleep_until(runtime, deadline_after_ns(runtime.engine.now_ns(), length), site);
  }
  test_cancel(runtime, site);
  return 0;
}

void sleep_seconds(Runtime& runtime, uint64_t seconds, uint64_t rest_ns, Site site) {
  test_cancel(runtime, site);
  {
    HarnessScope scope(runtime);
    const timespec length{static_cast<time_t>(seconds), static_cast<long>(rest_ns)};
    sleep_until(runtime, deadline_after_ns(runtime.engine.now_ns(), length), site);
  }
  test_cancel(runtime, site);
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::HarnessScope;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT unsigned sleep(unsigned seconds) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sleep)(seconds);
  heddle::sleep_seconds(*runtime, seconds, 0, HEDDLE_CALLER);
  return 0;
}

HEDDLE_EXPORT int usleep(useconds_t microseconds) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(usleep)(microseconds);
  constexpr useconds_t kSecond = 1'000'000;
  heddle::sleep_seconds(*runtime, microseconds / kSecond, microseconds % kSecond * 1000,
                        HEDDLE_CALLER);
  return 0;
}

HEDDLE_EXPORT int nanosleep(const timespec* duration, timespec* remaining) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(nanosleep)(duration, remaining);
  const int error = heddle::sleep_for(*runtime, duration, HEDDLE_CALLER);
  if (error != 0) errno = error;
  return error == 0 ? 0 : -1;
}

HEDDLE_EXPORT int clock_nanosleep(clockid_t clock, int flags, const timespec* time,
                                  timespec* remaining) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(clock_nanosleep)(clock, flags, time, remaining);
  if (!heddle::valid_clock(clock) || clock == CLOCK_THREAD_CPUTIME_ID) return EINVAL;
  if ((flags & TIMER_ABSTIME) == 0) return heddle::sleep_for(*runtime, time, HEDDLE_CALLER);
  heddle::test_cancel(*runtime, HEDDLE_CALLER);
  {
    HarnessScope scope(*runtime);
    const timespec deadline = heddle::user_time(*runtime, time, HEDDLE_CALLER);
    if (!heddle::valid_time(deadline)) return EINVAL;
    heddle::sleep_until(*runtime, heddle::deadline_ns(clock, deadline), HEDDLE_CALLER);
  }
  heddle::test_cancel(*runtime, HEDDLE_CALLER);
  return 0;
}

// C11: 0, or a negative number other than -1 where nanosleep fails.
HEDDLE_EXPORT int thrd_sleep(const timespec* duration, timespec* remaining) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(thrd_sleep)(duration, remaining);
  return heddle::sleep_for(*runtime, duration, HEDDLE_CALLER) == 0 ? 0 : -2;
}

HEDDLE_EXPORT int sched_yield() noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sched_yield)();
  HarnessScope scope(*runtime);
  scope->engine.yield_point(
      heddle::Operation{heddle::Op::yield, 0, true, heddle::ObjectId(), 0, HEDDLE_CALLER});
  heddle::Event event;
  event.op = heddle::Op::yield;
  event.task = scope->engine.current().id;
  event.site = HEDDLE_CALLER;
  scope->engine.record(event);
  return 0;
}
HEDDLE_SECOND_NAME(pthread_yield, sched_yield);
HEDDLE_SECOND_NAME(thrd_yield, sched_yield);

}  // extern "C"
