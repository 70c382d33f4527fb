#include "runtime/watch.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/raw_output.h"
#include "base/raw_syscall.h"
#include "platform/raw_memory.h"

namespace heddle {
namespace {

uint64_t time_of(long clock) {
  timespec time = {};
  raw_syscall(SYS_clock_gettime, clock, reinterpret_cast<long>(&time));
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

// Of all its threads. 0: it has none any more.
uint64_t cpu_ns_of(pid_t process) {
  constexpr long kProcessClock = 2;
  return time_of((~static_cast<long>(process) << 3) | kProcessClock);
}

// What the kernel tells of a process in /proc/PID/NAME, a line; empty where it is gone.
struct ProcessFile {
  char text[512] = {0};

  ProcessFile(pid_t process, const char* name) {
    RawText path;
    path.text("/proc/").number(process).text("/").text(name);
    const long file =
        raw_syscall(SYS_open, reinterpret_cast<long>(path.c_str()), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    const long size = raw_syscall(SYS_read, file, reinterpret_cast<long>(text), sizeof(text) - 1);
    text[size < 0 ? 0 : size] = 0;
    raw_syscall(SYS_close, file);
  }
};

uint64_t number_at(const char*& at) {
  while (*at == ' ') ++at;
  uint64_t value = 0;
  for (; *at >= '0' && *at <= '9'; ++at) value = 10 * value + static_cast<uint64_t>(*at - '0');
  return value;
}

// Bytes that are in memory and shared with no file or other process.
uint64_t memory_of(pid_t process) {
  const ProcessFile file(process, "statm");
  const char* at = file.text;
  number_at(at);
  const uint64_t resident = number_at(at);
  const uint64_t shared = number_at(at);
  return resident < shared ? 0 : (resident - shared) * kPageSize;
}

// Whether it sleeps or has been stopped; not by a debugger.
bool waits(pid_t process) {
  const ProcessFile file(process, "stat");
  const char* end_of_name = nullptr;
  for (const char* at = file.text; *at != 0; ++at) {
    if (*at == ')') end_of_name = at;
  }
  if (end_of_name == nullptr || end_of_name[1] == 0) return false;
  const char state = end_of_name[2];
  return state == 'S' || state == 'T';
}

}  // namespace

void Watch::begin(pid_t id) {
  *this = Watch();
  process_ = id;
  memory_at_first_ = memory_of(id);
}

void Watch::expect() {
  cpu_ns_ = cpu_then_ = cpu_ns_of(process_);
  time_then_ = time_of(CLOCK_MONOTONIC);
  waited_ns_ = 0;
  looks_ = 0;
  memory_before_ = 0;
}

Watch::Seen Watch::look_often(uint64_t progress) {
  const uint64_t now = cpu_ns_of(process_);
  if (progress != progress_) {
    progress_ = progress;
    cpu_ns_ = now;
    waited_ns_ = 0;
  }
  if (now - cpu_ns_ >= kLongestStepNs && now > cpu_ns_) return Seen::computes;
  constexpr uint32_t kOften = 4;
  if (looks_ % kOften != 0) return Seen::nothing;
  const uint64_t memory = memory_of(process_);
  if (memory_before_ == 0) memory_before_ = memory;  // most answers come before anybody looks
  if (memory > memory_before_ + kMostMemory) return Seen::memory;
  return memory > memory_at_first_ + 2 * kMostMemory ? Seen::worn : Seen::nothing;
}

Watch::Seen Watch::look_seldom() {
  // Longer than the time between two looks: this process was stopped itself.
  constexpr uint64_t kLongestGapNs = 1'000'000'000;
  constexpr uint64_t kDoesNothingNs = 1'000'000;
  const uint64_t cpu = cpu_ns_of(process_);
  const uint64_t time = time_of(CLOCK_MONOTONIC);
  const uint64_t gap = time - time_then_;
  const bool idle = cpu - cpu_then_ < kDoesNothingNs && gap < kLongestGapNs && waits(process_);
  waited_ns_ = idle ? waited_ns_ + gap : 0;
  cpu_then_ = cpu;
  time_then_ = time;
  return waited_ns_ >= kLongestWaitNs ? Seen::waits : Seen::nothing;
}

}  // namespace heddle
