// Time under control: clocks start at the same moment in every execution, sleeping takes exactly as
// long as it says, and nobody waits for it.
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr milliseconds kLittle(1);  // what clock readings themselves take

void start(const Parameters&) {
  constexpr time_t kStart = 1704067200;  // 2024-01-01T00:00:00Z
  check(time(nullptr) == kStart, "time");
  timeval now = {};
  check(gettimeofday(&now, nullptr) == 0 && now.tv_sec == kStart, "gettimeofday");
  timespec exact = {};
  check(timespec_get(&exact, TIME_UTC) == TIME_UTC && exact.tv_sec == kStart, "timespec_get");
  check(clock_gettime(CLOCK_MONOTONIC, &exact) == 0 && exact.tv_sec == 1000, "monotonic");
  check(clock_gettime(12345, &exact) == -1 && errno == EINVAL, "no such clock");
  check(clock() < CLOCKS_PER_SEC / 100, "processor time");
  const auto before = steady_clock::now();
  check(steady_clock::now() > before, "time goes on");
}

void sleeping(const Parameters&) {
  const auto begin = steady_clock::now();
  check(sleep(100) == 0 && usleep(500'000) == 0, "sleep, usleep");
  const timespec duration{1, 500'000'000};
  check(nanosleep(&duration, nullptr) == 0, "nanosleep");
  std::this_thread::sleep_until(steady_clock::now() + seconds(8));
  const milliseconds took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
  check(took >= milliseconds(110'000) && took <= milliseconds(110'000) + kLittle, "110 s");
  timespec deadline = {};
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += 3600;
  check(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &deadline, nullptr) == 0, "to a time");
  check(time(nullptr) == deadline.tv_sec, "an hour later");
  const timespec wrong{0, 1'000'000'000};
  check(nanosleep(&wrong, nullptr) == -1 && errno == EINVAL, "no such duration");
}

void side_by_side(const Parameters&) {
  const auto begin = system_clock::now();
  std::thread one([] { std::this_thread::sleep_for(seconds(1)); });
  std::thread other([] { std::this_thread::sleep_for(seconds(2)); });
  one.join();
  other.join();
  const auto took = system_clock::now() - begin;
  check(took >= seconds(2) && took <= seconds(2) + kLittle, "2 s, not 3");
}

// Polling with sleeps and by looking at the clock alone: both end.
void polling(const Parameters&) {
  std::atomic<bool> done{false};
  std::thread worker([&] {
    std::this_thread::sleep_for(seconds(1));
    done = true;
  });
  while (!done) std::this_thread::sleep_for(milliseconds(10));
  worker.join();
  const auto until = steady_clock::now() + seconds(1);
  while (steady_clock::now() < until) {
  }
}

void yielding(const Parameters&) {
  std::atomic<bool> flag{false};
  std::thread worker([&] { flag = true; });
  while (!flag) std::this_thread::yield();
  worker.join();
}

std::atomic<int> order{0};

void overtaken(const Parameters&) {
  std::thread sleeper([] {
    std::this_thread::sleep_for(milliseconds(10));
    order = 1;
  });
  const int seen = order;
  sleeper.join();
  check(seen == 0, "10 ms are enough to be first");
}

// What a task that runs on does while another sleeps, waits or yields: any part of it, if need be
// the middle.
template <typename Pause>
void in_between(Pause pause) {
  std::atomic<int> step{0};
  std::thread worker([&] {
    for (int i = 1; i <= 3; ++i) step = i;
  });
  pause();
  const int seen = step;
  worker.join();
  check(seen == 0 || seen == 3, "a pause is as long as the work of the other");
}

void slept_in_between(const Parameters&) {
  in_between([] { std::this_thread::sleep_for(milliseconds(10)); });
}

void waited_in_between(const Parameters&) {
  in_between([] {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock<std::mutex> lock(mutex);
    never.wait_for(lock, milliseconds(10));
  });
}

void yielded_in_between(const Parameters&) {
  in_between([] {
    for (int i = 0; i < 3; ++i) std::this_thread::yield();
  });
}

// Two sleepers: the shorter sleep need not end first.
void slept_longer(const Parameters&) {
  std::atomic<int> last{0};
  std::thread shorter([&] {
    std::this_thread::sleep_for(milliseconds(10));
    last = 1;
  });
  std::thread longer([&] {
    std::this_thread::sleep_for(milliseconds(20));
    last = 2;
  });
  shorter.join();
  longer.join();
  check(last == 2, "who sleeps longer comes later");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("time.start", "pass", "every execution begins at the same time", start),
    ROW("time.sleeping", "pass", "sleeping takes exactly its time", sleeping),
    ROW("time.side_by_side", "pass", "sleeping threads do not add up", side_by_side),
    ROW("time.polling", "pass", "waiting for a time ends", polling),
    ROW("time.yielding", "pass", "waiting with yield ends", yielding),
    ROW("time.overtaken", "check-failed", "a short sleep orders nothing", overtaken),
    ROW("time.slept_in_between", "check-failed", "a sleep ends at any time", slept_in_between),
    ROW("time.waited_in_between", "check-failed", "so does a wait", waited_in_between),
    ROW("time.yielded_in_between", "check-failed", "and a yield", yielded_in_between),
    ROW("time.slept_longer", "check-failed", "two sleeps order nothing", slept_longer),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
