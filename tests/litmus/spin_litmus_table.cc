// Litmus tests of waiting by trying again. Exhaustive search must come to an end on them, with the
// outcomes that litmus_test.py holds.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "litmus/litmus.h"
#include "runtime/table.h"
#include "runtime/test_and_set_lock.h"

namespace {

using heddle::Parameters;

std::atomic<int> x{0}, y{0};
int plain;

class YieldingLock {
 public:
  void lock() {
    bool expected = false;
    while (!taken_.compare_exchange_strong(expected, true)) {
      expected = false;
      std::this_thread::yield();
    }
  }
  void unlock() { taken_.store(false); }

 private:
  std::atomic<bool> taken_{false};
};

class TicketLock {
 public:
  void lock() {
    const int mine = next_.fetch_add(1);
    while (serving_.load() != mine) std::this_thread::yield();
  }
  void unlock() { serving_.store(serving_.load() + 1); }

 private:
  std::atomic<int> next_{0};
  std::atomic<int> serving_{0};
};

class TryingLock {
 public:
  void lock() {
    while (!mutex_.try_lock()) std::this_thread::yield();
  }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

template <typename Lock>
void twice_each(const Parameters&) {
  static Lock lock;
  const auto work = [](int own) {
    for (int i = 0; i < 2; ++i) {
      const std::lock_guard<Lock> guard(lock);
      plain = plain * 2 + own;
    }
  };
  in_threads([&] { work(0); }, [&] { work(1); });
  outcome(plain / 8, plain / 4 % 2, plain / 2 % 2, plain % 2);
}

void wait_for_flag(const Parameters&) {
  int seen = 0;
  in_threads([&] { x = 1, y = 1; },
             [&] {
               while (!y.load()) std::this_thread::yield();
               seen = x;
             });
  outcome(seen);
}

void wait_for_one_of_two(const Parameters&) {
  int first = 0, second = 0;
  in_threads([&] { x = 1; }, [&] { y = 1; },
             [&] {
               int one = 0, other = 0;
               do {
                 one = x, other = y;
               } while (one + other == 0);
               first = one, second = other;
             });
  outcome(first, second);
}

void wait_for_plain_flag(const Parameters&) {
  in_threads([&] { plain = 1; },
             [&] {
               while (plain == 0) std::this_thread::yield();
             });
  outcome(plain);
}

// Not for ever: giving up is an outcome. The counter is in memory that only the task uses.
void three_tries(const Parameters&) {
  static int tries;
  int seen = 0;
  in_threads([&] { x = 1; },
             [&] {
               while (tries < 3 && seen == 0) {
                 seen = x;
                 ++tries;
               }
             });
  outcome(seen, tries);
}

void increments_by_exchange(const Parameters&) {
  const auto add = [] {
    int before = x.load();
    while (!x.compare_exchange_weak(before, before + 1)) {
    }
  };
  in_threads(add, add);
  outcome(x.load());
}

void looks_under_lock(const Parameters&) {
  static std::mutex mutex;
  in_threads(
      [] {
        const std::lock_guard<std::mutex> guard(mutex);
        plain = 1;
      },
      [] {
        for (;;) {
          const std::lock_guard<std::mutex> guard(mutex);
          if (plain != 0) break;
        }
      });
  outcome(plain);
}

void both_locks_at_once(const Parameters&) {
  static std::mutex a, b;
  const auto work = [](std::mutex& first, std::mutex& second, int own) {
    const std::scoped_lock both(first, second);
    plain = plain * 2 + own;
  };
  in_threads([&] { work(a, b, 1); }, [&] { work(b, a, 2); });
  outcome(plain);
}

// Two philosophers who wait until both forks are free.
void philosophers(const Parameters&) {
  static std::mutex table;
  static std::condition_variable put_down;
  static bool taken[2];
  const auto dine = [](int own) {
    {
      std::unique_lock<std::mutex> lock(table);
      put_down.wait(lock, [] { return !taken[0] && !taken[1]; });
      taken[0] = taken[1] = true;
    }
    plain = plain * 2 + own;
    {
      const std::lock_guard<std::mutex> lock(table);
      taken[0] = taken[1] = false;
    }
    put_down.notify_all();
  };
  in_threads([&] { dine(1); }, [&] { dine(2); });
  outcome(plain);
}

// Each waits for what the other does only afterwards.
void never(const Parameters&) {
  in_threads(
      [] {
        while (x.load() == 0) std::this_thread::yield();
        y = 1;
      },
      [] {
        while (y.load() == 0) std::this_thread::yield();
        x = 1;
      });
}

}  // namespace

namespace heddle {

#define SPIN(name, expectation, ...) \
  ROW(#name, expectation, "what it can end with is known", __VA_ARGS__)

const Scenario kScenarios[] = {
    SPIN(test_and_set, "pass", twice_each<TestAndSetLock>),
    SPIN(yielding, "pass", twice_each<YieldingLock>),
    SPIN(ticket, "pass", twice_each<TicketLock>),
    SPIN(trying, "pass", twice_each<TryingLock>),
    SPIN(wait_for_flag, "pass", wait_for_flag),
    SPIN(wait_for_one_of_two, "pass", wait_for_one_of_two),
    SPIN(wait_for_plain_flag, "data-race", wait_for_plain_flag),
    SPIN(three_tries, "pass", three_tries),
    SPIN(increments_by_exchange, "pass", increments_by_exchange),
    SPIN(looks_under_lock, "pass", looks_under_lock),
    SPIN(both_locks_at_once, "pass", both_locks_at_once),
    SPIN(philosophers, "pass", philosophers),
    SPIN(never, "step-limit", never),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
