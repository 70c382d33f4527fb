// Waiting by trying again: correct programs neither hang nor become findings, whatever the strategy
// (spin_test.py runs this table under each).
#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <mutex>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/test_and_set_lock.h"

namespace {

using heddle::check;
using heddle::Parameters;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// ---- Locks --------------------------------------------------------------------------------------

// Looks before it tries, as one does to spare the bus.
class TestTestAndSetLock {
 public:
  void lock() {
    for (;;) {
      if (!taken_.exchange(true, std::memory_order_acquire)) return;
      while (taken_.load(std::memory_order_relaxed)) {
      }
    }
  }
  void unlock() { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_{false};
};

class TicketLock {
 public:
  void lock() {
    const uint32_t mine = next_.fetch_add(1, std::memory_order_relaxed);
    while (serving_.load(std::memory_order_acquire) != mine) {
    }
  }
  void unlock() {
    serving_.store(serving_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  std::atomic<uint32_t> next_{0};
  std::atomic<uint32_t> serving_{0};
};

class TryingLock {
 public:
  void lock() {
    while (!mutex_.try_lock()) {
    }
  }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

template <typename Lock>
void counting(const Parameters&) {
  Lock lock;
  int count = 0;
  const auto work = [&] {
    for (int i = 0; i < 3; ++i) {
      const std::lock_guard<Lock> guard(lock);
      count = count + 1;
    }
  };
  std::thread one(work), other(work), third(work);
  one.join();
  other.join();
  third.join();
  check(count == 9, "count == 9");
}

template <std::memory_order order>
void peterson(const Parameters&) {
  std::atomic<bool> wants[2] = {false, false};
  std::atomic<int> turn{0};
  int count = 0;
  const auto work = [&](int own) {
    for (int i = 0; i < 2; ++i) {
      wants[own].store(true, order);
      turn.store(1 - own, order);
      while (wants[1 - own].load(order) && turn.load(order) != own) {
      }
      count = count + 1;
      wants[own].store(false, order);
    }
  };
  std::thread one(work, 0), other(work, 1);
  one.join();
  other.join();
}

// ---- Flags --------------------------------------------------------------------------------------

template <void between()>
void atomic_flag(const Parameters&) {
  std::atomic<bool> ready{false};
  int data = 0;
  std::thread setter([&] {
    data = 1;
    ready.store(true);
  });
  while (!ready.load()) between();
  check(data == 1, "the data");
  setter.join();
}
void nothing() {}
void yield() {
  std::this_thread::yield();
}
void sleep() {
  std::this_thread::sleep_for(milliseconds(1));
}
void look_at_clock() {
  static_cast<void>(steady_clock::now());
}

// Who polls takes and gives back the mutex for ever, as far as it knows.
template <void before()>
void polled_under_lock(const Parameters&) {
  std::mutex mutex;
  bool done = false;
  std::thread partner([&] {
    before();
    const std::lock_guard<std::mutex> guard(mutex);
    done = true;
  });
  for (;;) {
    const std::lock_guard<std::mutex> guard(mutex);
    if (done) break;
  }
  partner.join();
}

// A race, but one that ends.
template <void between()>
void plain_flag(const Parameters&) {
  bool ready = false;
  std::thread setter([&] { ready = true; });
  while (!ready) between();
  setter.join();
}

// Two wait for each other in turn.
void ping_pong(const Parameters&) {
  std::atomic<int> turn{0};
  const auto play = [&](int own) {
    for (int round = own; round < 6; round += 2) {
      while (turn.load() != round) {
      }
      turn.store(round + 1);
    }
  };
  std::thread one(play, 0), other(play, 1);
  one.join();
  other.join();
  check(turn == 6, "all turns taken");
}

// Waits for several places at once.
void any_of(const Parameters&) {
  std::atomic<int> flags[3] = {0, 0, 0};
  std::thread setter([&] { flags[2] = 1; });
  while (flags[0] + flags[1] + flags[2] == 0) {
  }
  setter.join();
}

// ---- Times --------------------------------------------------------------------------------------

void until_deadline(const Parameters&) {
  std::atomic<bool> ready{false};
  std::thread setter([&] { ready = true; });
  const auto deadline = steady_clock::now() + seconds(5);
  bool seen = false;
  while (!seen && steady_clock::now() < deadline) seen = ready.load();
  setter.join();
  heddle::outcome(seen ? "seen" : "too late");
}

int sum_up() {
  int sum = 0;
  for (int i = 0; i < 100; ++i) sum += i;
  return sum;
}

// What only computes takes no 5 s; with --slack=10s it may.
void future_in_time(const Parameters&) {
  std::atomic<int> steps{0};
  std::future<int> sum = std::async(std::launch::async, [&] {
    for (int i = 0; i < 5; ++i) ++steps;
    return sum_up();
  });
  check(sum.wait_for(seconds(5)) == std::future_status::ready, "ready within 5 s");
  check(sum.get() == 4950, "the sum");
}

// The race makes scheduling points, and so steps, of the accesses before the limit.
void races_for_ever(const Parameters&) {
  static int count = 0;
  std::atomic<bool> over{false};
  std::thread other([&] {
    while (!over.load()) count = count + 1;
  });
  std::atomic<int> rounds{0};
  for (;;) {
    count = count + 1;
    rounds.fetch_add(1);
  }
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"lock.test_and_set", "pass", "test and set", {}, {}, counting<TestAndSetLock>, {}},
    {"lock.test_first", "pass", "look, then set", {}, {}, counting<TestTestAndSetLock>, {}},
    {"lock.ticket", "pass", "one after the other", {}, {}, counting<TicketLock>, {}},
    {"lock.trying", "pass", "try_lock until it works", {}, {}, counting<TryingLock>, {}},
    {"lock.polled", "pass", "who polls lets others run", {}, {}, polled_under_lock<nothing>, {}},
    {"lock.polled_sleeper", "pass", "even who sleeps", {}, {}, polled_under_lock<sleep>, {}},
    {"lock.peterson", "pass", "two tasks", {}, {}, peterson<std::memory_order_seq_cst>, {}},
    {"lock.peterson_relaxed",
     "data-race",
     "orders nothing",
     {},
     {},
     peterson<std::memory_order_relaxed>,
     {}},
    {"flag.spinning", "pass", "an empty loop", {}, {}, atomic_flag<nothing>, {}},
    {"flag.yielding", "pass", "with yield", {}, {}, atomic_flag<yield>, {}},
    {"flag.sleeping", "pass", "with a sleep", {}, {}, atomic_flag<sleep>, {}},
    {"flag.looking", "pass", "with a look at the clock", {}, {}, atomic_flag<look_at_clock>, {}},
    {"flag.plain_spinning", "data-race", "no atomic, no yield", {}, {}, plain_flag<nothing>, {}},
    {"flag.plain_yielding", "data-race", "no atomic", {}, {}, plain_flag<yield>, {}},
    {"flag.plain_sleeping", "data-race", "no atomic", {}, {}, plain_flag<sleep>, {}},
    {"flag.ping_pong", "pass", "in turn", {}, {}, ping_pong, {}},
    {"flag.any_of", "pass", "several flags", {}, {}, any_of, {}},
    {"time.until_deadline", "pass", "asks the clock as well", {}, {}, until_deadline, {}},
    {"time.future", "pass", "computing takes no 5 s", {}, {}, future_in_time, {}},
    {"endless.race", "data-race, step-limit", "both are found", {}, {}, races_for_ever, {}},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
