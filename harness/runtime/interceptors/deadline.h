// The time until which a timed call of pthread or semaphore.h waits, checked as glibc checks it.
#pragma once

#include <errno.h>
#include <time.h>

#include "runtime/virtual_time.h"

namespace heddle {

// 0 and the moment, or EINVAL. A moment before the clock's start is long over.
inline int read_deadline(clockid_t clock, const timespec& time, uint64_t& deadline) {
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return EINVAL;
  if (time.tv_nsec < 0 || time.tv_nsec >= 1'000'000'000) return EINVAL;
  deadline = time.tv_sec < 0 ? 0 : deadline_ns(clock, time);
  return 0;
}

}  // namespace heddle
