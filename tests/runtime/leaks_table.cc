// Bodies for which an execution is not the first one: something is left of those before. What is
// left in their process is no matter once each execution has its own; what is left outside, or
// comes from nowhere, is no basis for a verdict.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::Parameters;

std::mutex mutex;
int calls = 0;

void lock_twice(int times) {
  const auto work = [&] {
    for (int i = 0; i < times; ++i) {
      const std::lock_guard<std::mutex> guard(mutex);
      ++calls;
    }
  };
  std::thread other(work);
  work();
  other.join();
}

// The kernel keeps it for the process.
bool been_here() {
  constexpr unsigned long kSlack = 60'001;
  const bool before = prctl(PR_GET_TIMERSLACK) == static_cast<int>(kSlack);
  prctl(PR_SET_TIMERSLACK, kSlack);
  return before;
}

void by_timer_slack(const Parameters&) {
  lock_twice(been_here() ? 2 : 1);
}

// Right as long as nobody has been here before.
void wrong_the_second_time(const Parameters&) {
  const bool before = been_here();
  lock_twice(1);
  heddle::check(!before, "nobody has been here before");
}

// Everybody sees it: the path is the test's.
void by_file_outside(const Parameters&) {
  const char* path = getenv("HEDDLE_TEST_FILE");
  const int file = open(path == nullptr ? "none" : path, O_RDWR | O_CREAT | O_APPEND, 0600);
  struct stat about = {};
  fstat(file, &about);
  if (write(file, "x", 1) != 1) abort();
  close(file);
  lock_twice(about.st_size % 2 == 0 ? 1 : 2);
}

// The processor's clock, past all that is modelled.
void by_processor_clock(const Parameters&) {
  lock_twice(1 + static_cast<int>((__builtin_ia32_rdtsc() >> 4) % 7));
}

// A variable of the program's own is as it was.
void by_static(const Parameters&) {
  static int count = 0;
  lock_twice(++count);
  heddle::check(calls == 2, "calls == 2");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("leaks.timer_slack", "pass", "each execution gets a process", by_timer_slack),
    ROW("leaks.second_time", "pass", "a wrong finding without it", wrong_the_second_time),
    ROW("leaks.processor_clock", "nondeterminism", "from nowhere", by_processor_clock),
    ROW("leaks.static", "pass", "restored", by_static),
    ROW("leaks.file_outside", "pass", "where nobody else sees it", by_file_outside),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
