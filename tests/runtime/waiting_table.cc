// What C++ offers for waiting for each other: futures, once, static locals, latches, barriers,
// semaphores, atomic waits, stop tokens.
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/scenario.h"

namespace {

using heddle::check;
using heddle::Parameters;
using std::chrono::seconds;

// ---- Futures ------------------------------------------------------------------------------------

void async(const Parameters&) {
  std::future<int> value = std::async(std::launch::async, [] { return 42; });
  std::future<int> error =
      std::async(std::launch::async, []() -> int { throw std::runtime_error("no"); });
  std::future<int> later = std::async(std::launch::deferred, [] { return 43; });
  check(value.get() == 42, "the value");
  check(later.wait_for(seconds(0)) == std::future_status::deferred, "deferred");
  check(later.get() == 43, "the deferred value");
  try {
    error.get();
    check(false, "no exception");
  } catch (const std::runtime_error& caught) {
    check(std::string(caught.what()) == "no", "the exception");
  }
}

// The future's destructor waits: what the task did is visible afterwards.
void async_waits(const Parameters&) {
  int done = 0;
  {
    const auto ignored = std::async(std::launch::async, [&] { done = 1; });
  }
  check(done == 1, "destroyed after it was done");
}

void promises(const Parameters&) {
  std::promise<std::string> promise;
  std::future<std::string> future = promise.get_future();
  int plain = 0;
  std::thread giver([&] {
    plain = 1;
    promise.set_value("given");
  });
  check(future.get() == "given" && plain == 1, "the value, and what went before it");
  giver.join();

  std::promise<int> broken;
  std::future<int> never = broken.get_future();
  std::thread breaker([promise = std::move(broken)] {});
  try {
    never.get();
    check(false, "no broken promise");
  } catch (const std::future_error& error) {
    check(error.code() == std::future_errc::broken_promise, "broken promise");
  }
  breaker.join();
}

void tasks_packaged(const Parameters&) {
  std::packaged_task<int(int)> twice([](int value) { return 2 * value; });
  std::future<int> result = twice.get_future();
  std::thread runner(std::move(twice), 21);
  check(result.get() == 42, "the result");
  runner.join();
}

void futures_shared(const Parameters&) {
  std::promise<int> promise;
  std::shared_future<int> future = promise.get_future().share();
  std::thread one([future] { check(future.get() == 5, "one"); });
  std::thread other([future] { check(future.get() == 5, "other"); });
  promise.set_value(5);
  one.join();
  other.join();
}

void futures_timed(const Parameters&) {
  std::promise<void> promise;
  std::future<void> future = promise.get_future();
  check(future.wait_for(seconds(1)) == std::future_status::timeout, "nobody has set it");
  std::thread setter([&] { promise.set_value(); });
  future.wait();
  check(future.wait_for(seconds(0)) == std::future_status::ready, "set");
  setter.join();
}

// ---- Once ---------------------------------------------------------------------------------------

void once(const Parameters&) {
  std::once_flag flag;
  int runs = 0;
  const auto work = [&] {
    std::call_once(flag, [&] {
      std::this_thread::yield();
      ++runs;
    });
    check(runs == 1, "done for everybody when call_once returns");
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
}

void once_after_exception(const Parameters&) {
  std::once_flag flag;
  int attempts = 0;
  std::atomic<int> failed{0};
  const auto work = [&] {
    try {
      std::call_once(flag, [&] {
        std::this_thread::yield();
        if (++attempts == 1) throw 1;
      });
    } catch (int) {
      ++failed;
    }
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
  check(failed == 1 && attempts == 2, "one fails, the other tries again");
}

int constructions = 0;
struct Shared {
  Shared() {
    std::this_thread::yield();
    ++constructions;
    value = 5;
  }
  int value;
};
const Shared& shared() {
  static Shared one;
  return one;
}

void static_local(const Parameters&) {
  const auto work = [] { check(shared().value == 5, "constructed"); };
  std::thread one(work), other(work);
  one.join();
  other.join();
  check(constructions == 1, "once, in each execution");
}

int throwing_attempts = 0;
struct Throwing {
  Throwing() {
    std::this_thread::yield();
    if (++throwing_attempts == 1) throw 1;
  }
};

void static_local_throws(const Parameters&) {
  std::atomic<int> failed{0};
  const auto work = [&] {
    try {
      static Throwing one;
    } catch (int) {
      ++failed;
    }
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
  check(failed == 1 && throwing_attempts == 2, "one fails, the other tries again");
}

// ---- C++20 --------------------------------------------------------------------------------------

void latch(const Parameters&) {
  std::latch done(2);
  int parts[2] = {};
  std::thread one([&] {
    parts[0] = 1;
    done.count_down();
  });
  std::thread other([&] {
    parts[1] = 1;
    done.arrive_and_wait();
    check(parts[0] == 1, "all have arrived");
  });
  done.wait();
  check(parts[0] + parts[1] == 2, "the latch orders");
  one.join();
  other.join();
}

void barrier(const Parameters&) {
  int completions = 0;
  std::barrier phase(2, [&]() noexcept { ++completions; });
  int parts[2] = {};
  const auto work = [&](int own) {
    for (int round = 1; round <= 2; ++round) {
      parts[own] = round;
      phase.arrive_and_wait();
      check(parts[1 - own] == round && completions == 2 * round - 1, "both, then on");
      phase.arrive_and_wait();
    }
  };
  std::thread one(work, 0), other(work, 1);
  one.join();
  other.join();
  check(completions == 4, "completions == 4");
}

void semaphore(const Parameters&) {
  std::counting_semaphore<2> places(2);
  std::atomic<int> inside{0};
  const auto work = [&] {
    places.acquire();
    check(++inside <= 2, "two at most");
    std::this_thread::yield();
    --inside;
    places.release();
  };
  std::thread one(work), other(work), third(work);
  one.join();
  other.join();
  third.join();
  check(places.try_acquire() && places.try_acquire() && !places.try_acquire(), "all came back");
  check(!places.try_acquire_for(seconds(1)), "timed out");
}

// As a mutex: it orders plain accesses.
void binary_semaphore(const Parameters&) {
  std::binary_semaphore free(1);
  int balance = 0;
  const auto work = [&] {
    free.acquire();
    balance = balance + 1;
    free.release();
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
  check(balance == 2, "no update is lost");
}

template <void notify(std::atomic<int>&)>
void atomic_wait(const Parameters&) {
  std::atomic<int> state{0};
  int data = 0;
  std::thread one([&] {
    state.wait(0);
    check(data == 1, "notified after the data");
  });
  data = 1;
  state = 1;
  notify(state);
  state.wait(0);
  one.join();
}
void notify_one(std::atomic<int>& state) {
  state.notify_one();
}
void notify_all(std::atomic<int>& state) {
  state.notify_all();
}

// Others than int wait in another way.
void atomic_wait_wide(const Parameters&) {
  std::atomic<uint64_t> state{0};
  std::atomic_flag flag = ATOMIC_FLAG_INIT;
  std::thread one([&] {
    state.wait(0);
    flag.test_and_set();
    flag.notify_one();
  });
  state = uint64_t{1} << 40;
  state.notify_all();
  flag.wait(false);
  one.join();
}

void stopping(const Parameters&) {
  std::atomic<int> rounds{0};
  std::atomic<bool> called{false};
  {
    std::jthread worker([&](std::stop_token token) {
      const std::stop_callback callback(token, [&] { called = true; });
      while (!token.stop_requested()) {
        ++rounds;
        std::this_thread::yield();
      }
    });
  }
  check(called, "the callback was called");
}

void stopping_a_wait(const Parameters&) {
  std::mutex mutex;
  std::condition_variable_any changed;
  bool ready = false;
  bool seen = true;
  std::jthread worker([&](std::stop_token token) {
    std::unique_lock<std::mutex> lock(mutex);
    seen = changed.wait(lock, token, [&] { return ready; });
  });
  worker.request_stop();
  worker.join();
  check(!seen, "stopped while waiting");
}

void condition_any(const Parameters&) {
  std::recursive_mutex mutex;
  std::condition_variable_any changed;
  int items = 0;
  std::thread taker([&] {
    std::unique_lock<std::recursive_mutex> lock(mutex);
    changed.wait(lock, [&] { return items > 0; });
    --items;
  });
  {
    const std::lock_guard<std::recursive_mutex> lock(mutex);
    ++items;
  }
  changed.notify_one();
  taker.join();
  check(items == 0, "taken");
}

// States how often the wait ended before anybody notified.
void spurious_count(const Parameters&) {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  int early = -1;
  std::thread taker([&] {
    std::unique_lock<std::mutex> lock(mutex);
    while (!ready) {
      changed.wait(lock);
      ++early;
    }
    early = early < 0 ? 0 : early;
  });
  for (int i = 0; i < 20; ++i) std::this_thread::yield();
  {
    const std::lock_guard<std::mutex> lock(mutex);
    ready = true;
  }
  changed.notify_one();
  taker.join();
  heddle::outcome(std::to_string(early));
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"condition.spurious_count", "pass", "in a loop: one wait", {}, {}, spurious_count, {}},
    {"futures.async", "pass", "value, exception, deferred", {}, {}, async, {}},
    {"futures.async_waits", "pass", "its destructor joins", {}, {}, async_waits, {}},
    {"futures.promises", "pass", "set, and broken", {}, {}, promises, {}},
    {"futures.packaged", "pass", "packaged_task", {}, {}, tasks_packaged, {}},
    {"futures.shared", "pass", "shared_future", {}, {}, futures_shared, {}},
    {"futures.timed", "pass", "time-outs", {}, {}, futures_timed, {}},
    {"once.once", "pass", "one runs, the others wait", {}, {}, once, {}},
    {"once.exception", "pass", "the next one tries again", {}, {}, once_after_exception, {}},
    {"once.static_local", "pass", "two tasks, one construction", {}, {}, static_local, {}},
    {"once.static_throws", "pass", "the next one tries again", {}, {}, static_local_throws, {}},
    {"cxx20.latch", "pass", "latch", {}, {}, latch, {}},
    {"cxx20.barrier", "pass", "barrier", {}, {}, barrier, {}},
    {"cxx20.semaphore", "pass", "counting_semaphore", {}, {}, semaphore, {}},
    {"cxx20.binary_semaphore", "pass", "orders as a mutex does", {}, {}, binary_semaphore, {}},
    {"cxx20.notify_one", "pass", "atomic wait", {}, {}, atomic_wait<notify_one>, {}},
    {"cxx20.notify_all", "pass", "atomic wait", {}, {}, atomic_wait<notify_all>, {}},
    {"cxx20.wait_wide", "pass", "of 8 bytes, and of a flag", {}, {}, atomic_wait_wide, {}},
    {"cxx20.stopping", "pass", "jthread and stop_token", {}, {}, stopping, {}},
    {"cxx20.stopping_a_wait", "pass", "out of a wait", {}, {}, stopping_a_wait, {}},
    {"cxx20.condition_any", "pass", "condition_variable_any", {}, {}, condition_any, {}},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
