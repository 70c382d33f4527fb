// Bodies that end the process, or never come back: findings like any others, with the choices that
// led there, and the exploration goes on.
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::Parameters;

// Past every interceptor.
long kernel(long number, long a = 0, long b = 0) {
  long result = 0;
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
  return result;
}

void kill_itself() {
  kernel(SYS_kill, kernel(SYS_getpid), SIGKILL);
}
void end_itself() {
  kernel(SYS_exit_group, 0);
}
void compute_for_ever() {
  for (;;) asm volatile("");
}

template <void end()>
void in_body(const Parameters&) {
  end();
}

std::mutex mutex;
int turns = 0;

// Only where the second task comes first.
template <void end()>
void in_task(const Parameters&) {
  turns = 0;
  std::thread first([] {
    const std::lock_guard<std::mutex> guard(mutex);
    ++turns;
  });
  std::thread second([] {
    const std::lock_guard<std::mutex> guard(mutex);
    if (turns == 0) end();
  });
  first.join();
  second.join();
}

void end_nothing() {}

// Nothing of the others is left here.
void afterwards(const Parameters& parameters) {
  in_task<end_nothing>(parameters);
  heddle::check(turns == 1, "turns == 1");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("sudden.kill", "crash", "the process kills itself", in_body<kill_itself>),
    ROW("sudden.kill_in_task", "crash", "one schedule kills it", in_task<kill_itself>),
    ROW("sudden.end", "crash", "the process ends itself", in_body<end_itself>),
    ROW("sudden.end_in_task", "crash", "one schedule ends it", in_task<end_itself>),
    ROW("sudden.loop_in_task", "time-limit", "in one schedule", in_task<compute_for_ever>),
    ROW("sudden.afterwards", "pass", "all is as ever", afterwards),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
