// Time under control: clocks start at the same moment in every execution, sleeping takes exactly as
// long as it says, and nobody waits for it.
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"

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

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"time.start", "pass", "every execution begins at the same time", {}, {}, start, {}},
    {"time.sleeping", "pass", "sleeping takes exactly its time", {}, {}, sleeping, {}},
    {"time.side_by_side", "pass", "sleeping threads do not add up", {}, {}, side_by_side, {}},
    {"time.polling", "pass", "waiting for a time ends", {}, {}, polling, {}},
    {"time.yielding", "pass", "waiting with yield ends", {}, {}, yielding, {}},
    {"time.overtaken", "check-failed", "a short sleep orders nothing", {}, {}, overtaken, {}},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
