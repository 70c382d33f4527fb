// syscall(2): libstdc++ waits for atomics, semaphores, latches, barriers and futures by futex.
#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/raw_syscall.h"
#include "runtime/real.h"
#include "runtime/runtime.h"
#include "runtime/virtual_time.h"
#include "sync/futex.h"

namespace heddle {
namespace {

long failed(int error) {
  errno = error;
  return -1;
}

struct FutexCall {
  uint32_t* word;
  int operation;
  uint32_t value;
  const timespec* timeout;
};

uint64_t deadline_of(const Engine& engine, const FutexCall& call) {
  if (call.timeout == nullptr) return kNoDeadline;
  const int command = call.operation & FUTEX_CMD_MASK;
  // FUTEX_WAIT takes a duration, FUTEX_WAIT_BITSET a moment (futex(2)).
  if (command == FUTEX_WAIT) return deadline_after_ns(engine.now_ns(), *call.timeout);
  const bool realtime = (call.operation & FUTEX_CLOCK_REALTIME) != 0;
  return deadline_ns(realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC, *call.timeout);
}

long futex(Runtime& runtime, const FutexCall& call, Site site) {
  HarnessScope scope(runtime);
  Futex& futex = scope->object<Futex>(call.word, site);
  switch (call.operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: {
      if (call.timeout != nullptr && !valid_time(*call.timeout)) return failed(EINVAL);
      const int result = futex.wait_until(scope->engine, call.word, call.value,
                                          deadline_of(scope->engine, call), site);
      return result == 0 ? 0 : failed(result);
    }
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
      return futex.wake(scope->engine, call.value, site);
    default:
      not_modelled(runtime, "syscall(SYS_futex) other than wait and wake",
                   "use std::mutex, std::condition_variable or std::atomic::wait", site);
  }
}

}  // namespace
}  // namespace heddle

extern "C" HEDDLE_EXPORT long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  heddle::Runtime* runtime = heddle::controlled();
  if (runtime != nullptr && number == SYS_futex) {
    const heddle::FutexCall call{reinterpret_cast<uint32_t*>(a[0]), static_cast<int>(a[1]),
                                 static_cast<uint32_t>(a[2]),
                                 reinterpret_cast<const timespec*>(a[3])};
    return heddle::futex(*runtime, call, HEDDLE_CALLER);
  }
  if (runtime != nullptr && number == SYS_gettid) return gettid();
  const long result = heddle::raw_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (result >= 0 || result < -4095) return result;
  errno = static_cast<int>(-result);
  return -1;
}
