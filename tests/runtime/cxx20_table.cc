// What C++11 to C++20 offer for threads: wrong programs, each beside a right one that differs in a
// line. What only has to pass is in waiting_table.cc; waits that nobody ends are in
// lost_waits_table.cc.
#include <pthread.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;
using std::chrono::milliseconds;
using std::chrono::seconds;

// ---- Stopping -----------------------------------------------------------------------------------

// The worker waits for an item that never comes; stopping it ends the wait, if that listens.
template <bool listens>
void stopped_wait(const Parameters&) {
  std::mutex mutex;
  std::condition_variable_any changed;
  bool item = false;
  std::jthread worker([&](std::stop_token token) {
    std::unique_lock<std::mutex> lock(mutex);
    if (listens) {
      changed.wait(lock, token, [&] { return item; });
    } else {
      changed.wait(lock, [&] { return item || token.stop_requested(); });
    }
  });
}

void stopped_timed_wait(const Parameters&) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::jthread worker([&](std::stop_token token) {
    std::unique_lock<std::mutex> lock(mutex);
    const bool item = changed.wait_for(lock, token, seconds(5), [] { return false; });
    check(!item, "there is no item");
  });
  worker.request_stop();
}

// The callback runs in the task that stops, beside the one that works.
template <typename Count>
void stop_callback(const Parameters&) {
  Count count{0};
  std::jthread worker([&](std::stop_token token) {
    const std::stop_callback callback(token, [&] { ++count; });
    ++count;
  });
  worker.request_stop();
}

// ---- Once ---------------------------------------------------------------------------------------

template <bool one_flag>
void once(const Parameters&) {
  std::once_flag flags[2];
  int value = 0;
  const auto work = [&](int own) {
    std::call_once(flags[one_flag ? 0 : own], [&] { value = value + 1; });
    check(value >= 1, "made");
  };
  std::thread one(work, 0), other(work, 1);
  one.join();
  other.join();
}

// The first attempt fails after half of its work; what it left is seen by the next.
template <bool by_flag>
void once_fails(const Parameters&) {
  std::once_flag flag;
  int attempts = 0;
  const auto attempt = [&] {
    if (++attempts == 1) throw attempts;
  };
  const auto work = [&] {
    try {
      by_flag ? std::call_once(flag, attempt) : attempt();
    } catch (int) {
    }
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
  check(attempts >= 1, "attempts");
}

// ---- Futures ------------------------------------------------------------------------------------

// Deferred, it runs in the caller when the caller asks; else beside it.
void async(std::launch policy) {
  int count = 0;
  std::future<void> done = std::async(policy, [&] { count = count + 1; });
  count = count + 1;
  done.get();
  check(count >= 1, "counted");
}
void async_deferred(const Parameters&) {
  async(std::launch::deferred);
}
void async_at_once(const Parameters&) {
  async(std::launch::async);
}
void async_default(const Parameters&) {
  int count = 0;
  std::future<int> done = std::async([&] { return ++count; });
  ++count;
  check(done.get() >= 1, "counted");
}
template <bool in_time>
void async_waited(const Parameters&) {
  int count = 0;
  std::future<int> done = std::async([&] { return ++count; });
  if (in_time) done.wait();
  ++count;
  check(done.get() >= 1, "counted");
}

// What is written after the value is set is not ordered before what reads it.
template <bool before>
void promise(const Parameters&) {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  int data = 0;
  std::thread giver([&] {
    if (before) data = 1;
    promise.set_value(1);
    if (!before) data = 1;
  });
  check(future.get() == 1 && data <= 1, "the value");
  giver.join();
}

enum class Reads { shared, writes };
template <Reads reads>
void shared_future(const Parameters&) {
  std::promise<std::shared_ptr<int>> promise;
  const auto future = promise.get_future().share();
  const auto work = [&] {
    int& value = *future.get();
    if (reads == Reads::writes) value = value + 1;
    check(value >= 5, "the value");
  };
  std::thread one(work), other(work);
  promise.set_value(std::make_shared<int>(5));
  one.join();
  other.join();
}

template <bool waits>
void packaged(const Parameters&) {
  int data = 0;
  std::packaged_task<void()> task([&] { data = 1; });
  std::future<void> done = task.get_future();
  std::thread runner(std::move(task));
  if (waits) done.get();
  check(data <= 1, "the data");
  runner.join();
}

// At the thread's end: the value, and what was written before the end, by destructors too.
struct AtEnd {
  ~AtEnd() {
    if (data != nullptr) *data = 1;
  }
  int* data = nullptr;
};
thread_local AtEnd at_end;

template <bool at_exit>
void promise_at_exit(const Parameters&) {
  int data = 0;
  std::promise<std::string> promise;
  std::future<std::string> future = promise.get_future();
  std::thread giver([&data, promise = std::move(promise)]() mutable {
    at_end.data = &data;
    if (at_exit) {
      promise.set_value_at_thread_exit("given");
    } else {
      promise.set_value("given");
    }
  });
  check(future.get() == "given" && data <= 1, "the value");
  if (at_exit) check(data == 1, "what the end of the thread did");
  giver.join();
}

void packaged_at_exit(const Parameters&) {
  std::packaged_task<std::string()> task([] { return std::string("a result of some length"); });
  std::future<std::string> future = task.get_future();
  std::thread runner([&] { task.make_ready_at_thread_exit(); });
  while (future.wait_for(seconds(0)) != std::future_status::ready) std::this_thread::yield();
  check(future.get().size() == 23, "the result");
  runner.join();
}

// The state goes with the one who asked, or with the thread: whoever is last.
void promise_dropped_at_exit(const Parameters&) {
  std::thread giver;
  {
    std::promise<std::shared_ptr<int>> promise;
    std::future<std::shared_ptr<int>> future = promise.get_future();
    giver = std::thread([promise = std::move(promise)]() mutable {
      promise.set_value_at_thread_exit(std::make_shared<int>(1));
    });
    check(*future.get() == 1, "the value");
  }
  giver.join();
}

template <bool waits>
void notified_at_exit(const Parameters&) {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  int data = 0;
  std::thread giver([&] {
    at_end.data = &data;
    std::unique_lock<std::mutex> lock(mutex);
    done = true;
    std::notify_all_at_thread_exit(changed, std::move(lock));
  });
  if (waits) {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return done; });
  }
  check(data <= 1, "what the end of the thread did");
  giver.join();
}

// ---- Latches, barriers, semaphores --------------------------------------------------------------

template <bool waits>
void latch(const Parameters&) {
  std::latch done(1);
  int data = 0;
  std::thread writer([&] {
    data = 1;
    done.count_down();
  });
  if (waits) done.wait();
  check(data <= 1, "the data");
  writer.join();
}

// The completion runs when all have arrived, before any goes on.
template <bool in_completion>
void barrier(const Parameters&) {
  int parts[2] = {};
  int sum = 0;
  const auto add = [&] { sum = parts[0] + parts[1]; };
  std::barrier phase(2, [&]() noexcept {
    if (in_completion) add();
  });
  const auto work = [&](int own) {
    parts[own] = 1;
    phase.arrive_and_wait();
    if (!in_completion) add();
    check(sum == 2, "the sum");
  };
  std::thread one(work, 0), other(work, 1);
  one.join();
  other.join();
}

template <bool arrives_late>
void barrier_split(const Parameters&) {
  std::barrier<> phase(2);
  int parts[2] = {};
  const auto work = [&](int own) {
    if (arrives_late) parts[own] = 1;
    auto arrived = phase.arrive();
    if (!arrives_late) parts[own] = 1;
    phase.wait(std::move(arrived));
    check(parts[1 - own] <= 1, "the other's part");
  };
  std::thread one(work, 0), other(work, 1);
  one.join();
  other.join();
}

template <int places>
void semaphore(const Parameters&) {
  std::counting_semaphore<2> free(places);
  int count = 0;
  const auto work = [&] {
    free.acquire();
    count = count + 1;
    free.release();
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
}

template <bool looks>
void semaphore_timed(const Parameters&) {
  std::binary_semaphore free(1);
  int count = 0;
  const auto work = [&] {
    const bool got = free.try_acquire_for(milliseconds(10));
    if (got || !looks) count = count + 1;
    std::this_thread::sleep_for(seconds(5));
    if (got) free.release();
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
}

// Far more time than anybody needs.
void semaphore_in_time(const Parameters&) {
  std::counting_semaphore<2> places(0);
  const auto take = [&] {
    check(places.try_acquire_until(std::chrono::system_clock::now() + seconds(9)), "in time");
  };
  std::thread one(take), other(take);
  places.release();
  places.release();
  one.join();
  other.join();
}

// ---- Timed locks --------------------------------------------------------------------------------

template <typename Mutex, bool looks>
void timed(const Parameters&) {
  Mutex mutex;
  int count = 0;
  const auto work = [&] {
    const bool got = mutex.try_lock_for(milliseconds(10));
    if (got || !looks) count = count + 1;
    std::this_thread::sleep_for(seconds(5));
    if (got) mutex.unlock();
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
}

template <bool unlocks_all>
void recursive_timed(const Parameters&) {
  std::recursive_timed_mutex mutex;
  const auto work = [&] {
    mutex.lock();
    check(mutex.try_lock_until(std::chrono::steady_clock::now() + seconds(1)), "its own");
    mutex.unlock();
    if (unlocks_all) mutex.unlock();
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
}

// ---- Names --------------------------------------------------------------------------------------

void named(const Parameters&) {
  int count = 0;
  const auto work = [&](const char* name) {
    pthread_setname_np(pthread_self(), name);
    count = count + 1;
  };
  std::thread one(work, "reader"), other(work, "writer");
  one.join();
  other.join();
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("stop.listens", "pass", "the wait knows the token", stopped_wait<true>),
    ROW("stop.deaf", "deadlock", "it only looks when woken", stopped_wait<false>),
    ROW("stop.timed", "pass", "and a time-out", stopped_timed_wait),
    ROW("stop.callback", "pass", "counts atomically", stop_callback<std::atomic<int>>),
    ROW("stop.callback_plain", "data-race", "beside the worker", stop_callback<int>),
    ROW("once.one_flag", "pass", "the same flag", once<true>),
    ROW("once.two_flags", "data-race", "a flag each", once<false>),
    ROW("once.fails", "pass", "the next sees what the first left", once_fails<true>),
    ROW("once.no_flag", "data-race", "nothing orders them", once_fails<false>),
    ROW("async.deferred", "pass", "in the caller", async_deferred),
    ROW("async.at_once", "data-race", "beside the caller", async_at_once),
    ROW("async.default", "data-race", "libstdc++ starts a thread", async_default),
    ROW("async.waited", "pass", "wait first", async_waited<true>),
    ROW("async.not_waited", "data-race", "too early", async_waited<false>),
    ROW("promise.before", "pass", "written before it is set", promise<true>),
    ROW("promise.after", "data-race", "written after it is set", promise<false>),
    ROW("promise.shared", "pass", "both read", shared_future<Reads::shared>),
    ROW("promise.shared_written", "data-race", "both write", shared_future<Reads::writes>),
    ROW("promise.packaged", "pass", "asked for the result", packaged<true>),
    ROW("promise.packaged_unasked", "data-race", "did not ask", packaged<false>),
    ROW("exit.promise", "pass", "set_value_at_thread_exit", promise_at_exit<true>),
    ROW("exit.promise_early", "data-race", "set_value", promise_at_exit<false>),
    ROW("exit.packaged", "pass", "make_ready_at_thread_exit, polled", packaged_at_exit),
    ROW("exit.dropped", "pass", "the last one frees the state", promise_dropped_at_exit),
    ROW("exit.notified", "pass", "notify_all_at_thread_exit", notified_at_exit<true>),
    ROW("exit.unnotified", "data-race", "did not wait", notified_at_exit<false>),
    ROW("latch.waited", "pass", "wait, then read", latch<true>),
    ROW("latch.unwaited", "data-race", "just read", latch<false>),
    ROW("barrier.completion", "pass", "one runs it for all", barrier<true>),
    ROW("barrier.each", "data-race", "each runs it", barrier<false>),
    ROW("barrier.split", "pass", "written before arriving", barrier_split<true>),
    ROW("barrier.split_late", "data-race", "written after arriving", barrier_split<false>),
    ROW("semaphore.one", "pass", "one at a time", semaphore<1>),
    ROW("semaphore.two", "data-race", "two at a time", semaphore<2>),
    ROW("semaphore.timed", "pass", "looks at the result", semaphore_timed<true>),
    ROW("semaphore.timed_blind", "data-race", "does not", semaphore_timed<false>),
    ROW("semaphore.in_time", "pass", "no place is overlooked", semaphore_in_time),
    ROW("timed.mutex", "pass", "looks", (timed<std::timed_mutex, true>)),
    ROW("timed.mutex_blind", "data-race", "does not", (timed<std::timed_mutex, false>)),
    ROW("timed.recursive", "pass", "looks", (timed<std::recursive_timed_mutex, true>)),
    ROW("timed.recursive_blind", "data-race", "", (timed<std::recursive_timed_mutex, false>)),
    ROW("timed.unlocked", "pass", "as often as locked", recursive_timed<true>),
    ROW("timed.once_too_few", "orphaned-lock", "one unlock is missing", recursive_timed<false>),
    ROW("names.named", "data-race", "pthread_setname_np", named),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
