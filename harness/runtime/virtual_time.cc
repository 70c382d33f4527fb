#include "runtime/virtual_time.h"

#include "engine/task.h"

namespace heddle {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kRealtimeStartS = 1'704'067'200;  // 2024-01-01T00:00:00Z
constexpr uint64_t kOtherStartS = 1'000;
constexpr uint64_t kLatestNs = uint64_t{1} << 63;

uint64_t start_s(clockid_t clock) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
      return kRealtimeStartS;
    default:
      return kOtherStartS;
  }
}

// kNoDeadline when the sum lies beyond what is counted.
uint64_t nanoseconds(uint64_t seconds, uint64_t rest_ns) {
  uint64_t sum = 0;
  if (__builtin_mul_overflow(seconds, kSecondNs, &sum)) return kNoDeadline;
  if (__builtin_add_overflow(sum, rest_ns, &sum) || sum > kLatestNs) return kNoDeadline;
  return sum;
}

}  // namespace

bool valid_time(const timespec& time) {
  return time.tv_sec >= 0 && time.tv_nsec >= 0 && static_cast<uint64_t>(time.tv_nsec) < kSecondNs;
}

bool valid_clock(clockid_t clock) {
  return clock <= CLOCK_TAI;
}

timespec clock_value(clockid_t clock, uint64_t now_ns) {
  timespec value;
  value.tv_sec = static_cast<time_t>(start_s(clock) + now_ns / kSecondNs);
  value.tv_nsec = static_cast<long>(now_ns % kSecondNs);
  return value;
}

uint64_t deadline_ns(clockid_t clock, const timespec& absolute) {
  const uint64_t seconds = static_cast<uint64_t>(absolute.tv_sec);
  const uint64_t start = start_s(clock);
  if (seconds < start) return 0;
  return nanoseconds(seconds - start, static_cast<uint64_t>(absolute.tv_nsec));
}

uint64_t deadline_after_ns(uint64_t now_ns, const timespec& relative) {
  const uint64_t length =
      nanoseconds(static_cast<uint64_t>(relative.tv_sec), static_cast<uint64_t>(relative.tv_nsec));
  if (length > kLatestNs - now_ns) return kNoDeadline;
  return now_ns + length;
}

uint64_t read_now_ns(Engine& engine, Site site) {
  engine.scheduling_point(Operation{Op::clock_read, 0, true, ObjectId(), 0, site});
  Event event;
  event.op = Op::clock_read;
  event.task = engine.current().id;
  event.value = engine.read_clock();
  event.site = site;
  engine.record(event);
  return event.value;
}

}  // namespace heddle
