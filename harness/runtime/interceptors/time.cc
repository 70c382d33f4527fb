// What tells the time: all of it virtual (runtime/virtual_time.h).
#include <errno.h>
#include <sys/time.h>
#include <time.h>

#include "runtime/access.h"
#include "runtime/real.h"
#include "runtime/virtual_time.h"

namespace heddle {
namespace {

timespec read_clock(Runtime& runtime, clockid_t clock, Site site) {
  return clock_value(clock, read_now_ns(runtime.engine, site));
}

// Writes the answer to the program's memory.
template <typename T>
void tell(Runtime& runtime, T* where, T value, Site site) {
  if (where == nullptr) return;
  access_range(runtime, reinterpret_cast<uintptr_t>(where), sizeof(T), /*write=*/true, site);
  runtime.touching_user_memory = true;
  *where = value;
  runtime.touching_user_memory = false;
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::HarnessScope;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int clock_gettime(clockid_t clock, timespec* time) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr || !heddle::valid_clock(clock)) {
    return HEDDLE_REAL(clock_gettime)(clock, time);
  }
  HarnessScope scope(*runtime);
  const timespec now = heddle::read_clock(*runtime, clock, HEDDLE_CALLER);
  heddle::tell(*runtime, time, now, HEDDLE_CALLER);
  return 0;
}

// The real clocks' resolution differs from machine to machine.
HEDDLE_EXPORT int clock_getres(clockid_t clock, timespec* resolution) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr || !heddle::valid_clock(clock)) {
    return HEDDLE_REAL(clock_getres)(clock, resolution);
  }
  HarnessScope scope(*runtime);
  heddle::tell(*runtime, resolution, timespec{0, 1}, HEDDLE_CALLER);
  return 0;
}

HEDDLE_EXPORT int gettimeofday(timeval* time, void* zone) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(gettimeofday)(time, zone);
  HarnessScope scope(*runtime);
  const timespec now = heddle::read_clock(*runtime, CLOCK_REALTIME, HEDDLE_CALLER);
  heddle::tell(*runtime, time, timeval{now.tv_sec, now.tv_nsec / 1000}, HEDDLE_CALLER);
  heddle::tell(*runtime, static_cast<struct timezone*>(zone), {}, HEDDLE_CALLER);
  return 0;
}

HEDDLE_EXPORT time_t time(time_t* where) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(time)(where);
  HarnessScope scope(*runtime);
  const timespec now = heddle::read_clock(*runtime, CLOCK_REALTIME, HEDDLE_CALLER);
  heddle::tell(*runtime, where, now.tv_sec, HEDDLE_CALLER);
  return now.tv_sec;
}

// Processor time: as if every task always worked.
HEDDLE_EXPORT clock_t clock() noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(clock)();
  HarnessScope scope(*runtime);
  return static_cast<clock_t>(heddle::read_now_ns(runtime->engine, HEDDLE_CALLER) / 1000);
}

HEDDLE_EXPORT int timespec_get(timespec* time, int base) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr || base != TIME_UTC) return HEDDLE_REAL(timespec_get)(time, base);
  HarnessScope scope(*runtime);
  const timespec now = heddle::read_clock(*runtime, CLOCK_REALTIME, HEDDLE_CALLER);
  heddle::tell(*runtime, time, now, HEDDLE_CALLER);
  return base;
}

}  // extern "C"
