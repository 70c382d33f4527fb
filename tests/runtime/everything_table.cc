// One program with every primitive that Heddle models, all of them at work side by side and nothing
// wrong with any: what models take for each other's, or leave behind, shows here. Each row beside
// it takes out one thing.
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;
using std::chrono::milliseconds;
using std::chrono::seconds;

template <typename One, typename Other>
void beside(One one, Other other) {
  std::thread first(one), second(other);
  first.join();
  second.join();
}

// ---- Locks --------------------------------------------------------------------------------------

void pthread_locks() {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_spinlock_t spin;
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  int value = 0, count = 0;
  const auto work = [&] {
    timespec deadline = {};
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 1000;
    pthread_rwlock_wrlock(&lock);
    ++value;
    pthread_rwlock_unlock(&lock);
    check(pthread_rwlock_timedrdlock(&lock, &deadline) == 0 && value >= 1, "in time");
    pthread_rwlock_unlock(&lock);
    pthread_spin_lock(&spin);
    ++count;
    pthread_spin_unlock(&spin);
  };
  beside(work, work);
  check(value == 2 && count == 2, "pthread locks");
  pthread_spin_destroy(&spin);
  pthread_rwlock_destroy(&lock);
}

void shared_locks() {
  std::shared_mutex mutex;
  std::shared_timed_mutex timed;
  int value = 0, tried = 0;
  const auto work = [&] {
    {
      const std::unique_lock lock(mutex);
      ++value;
    }
    {
      const std::shared_lock lock(mutex);
      check(value >= 1, "written");
    }
    const std::unique_lock lock(timed, milliseconds(10));
    if (lock) ++tried;
    if (!lock && timed.try_lock_shared_for(seconds(5))) timed.unlock_shared();
  };
  beside(work, work);
  check(value == 2 && tried <= 2, "shared locks");
}

void timed_locks() {
  std::timed_mutex mutex;
  std::recursive_timed_mutex recursive;
  int value = 0, tried = 0;
  const auto work = [&] {
    if (mutex.try_lock_for(milliseconds(10))) {
      ++tried;
      mutex.unlock();
    }
    const std::lock_guard outer(recursive);
    if (recursive.try_lock_for(milliseconds(1))) {
      ++value;
      recursive.unlock();
    }
  };
  beside(work, work);
  check(value == 2 && tried <= 2, "timed locks");
}

// ---- Counting and meeting -----------------------------------------------------------------------

void posix_semaphore() {
  sem_t items;
  sem_init(&items, 0, 0);
  int given = 0;
  beside(
      [&] {
        given = 1;
        sem_post(&items);
      },
      [&] {
        sem_wait(&items);
        check(given == 1, "posted before");
      });
  sem_destroy(&items);
}

void semaphores() {
  std::counting_semaphore<4> places(2);
  std::binary_semaphore key(1);
  int inside = 0;
  const auto work = [&] {
    places.acquire();
    if (key.try_acquire_for(seconds(2))) {
      ++inside;
      key.release();
    }
    places.release();
  };
  std::thread third(work);
  beside(work, work);
  third.join();
  check(inside <= 3, "semaphores");
}

void meetings() {
  std::latch begun(2);
  int phases = 0;
  std::barrier phase(2, [&]() noexcept { ++phases; });
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 2);
  int values[2] = {};
  std::atomic<int> serial{0};
  const auto work = [&](int own) {
    begun.arrive_and_wait();
    values[own] = own + 1;
    phase.arrive_and_wait();
    check(values[1 - own] == 2 - own, "written before the phase");
    phase.arrive_and_wait();
    values[own] = 0;
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) ++serial;
  };
  beside([&] { work(0); }, [&] { work(1); });
  check(phases == 2 && serial == 1 && values[0] + values[1] == 0, "meetings");
  pthread_barrier_destroy(&barrier);
}

// ---- Waiting ------------------------------------------------------------------------------------

// The worker may have seen the request, and taken its callback back, before that was called.
void stoppable() {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::condition_variable plain;
  int items = 0;
  bool stopped = false;
  {
    std::jthread worker([&](std::stop_token token) {
      const std::stop_callback callback(token, [&] {
        const std::lock_guard lock(mutex);
        stopped = true;
        plain.notify_all();
      });
      std::unique_lock lock(mutex);
      while (changed.wait(lock, token, [&] { return items > 0; })) --items;
    });
    const std::lock_guard lock(mutex);
    ++items;
    changed.notify_one();
  }
  std::unique_lock lock(mutex);
  const bool called = plain.wait_for(lock, milliseconds(10), [&] { return stopped; });
  check(called == stopped && items <= 1, "stopped");
}

void once() {
  std::once_flag flag;
  int attempts = 0;
  const auto work = [&] {
    try {
      std::call_once(flag, [&] {
        if (++attempts == 1) throw attempts;
      });
    } catch (int) {
    }
  };
  std::thread third(work);
  beside(work, work);
  third.join();
  check(attempts == 2, "failed once, done once");
}

void futures() {
  std::promise<std::string> promise;
  const std::shared_future<std::string> shared = promise.get_future().share();
  std::packaged_task<int()> task([&] { return static_cast<int>(shared.get().size()); });
  std::future<int> size = task.get_future();
  std::thread worker(std::move(task));
  const auto ask = [shared] { return static_cast<int>(shared.get().size()); };
  std::future<int> beside = std::async(std::launch::async, ask);
  std::future<int> later = std::async(std::launch::deferred, ask);
  std::future<int> either = std::async(std::launch::async | std::launch::deferred, ask);
  promise.set_value("a text that is longer than most");
  check(size.wait_for(seconds(3)) != std::future_status::deferred, "in a task");
  check(size.get() + beside.get() + later.get() + either.get() == 4 * 31, "futures");
  worker.join();
}

// ---- Atomics ------------------------------------------------------------------------------------

template <typename T>
void atomic_of_size() {
  std::atomic<T> count{0};
  T plain{0};
  const auto work = [&] {
    count.fetch_add(1, std::memory_order_relaxed);
    T seen = count.load();
    while (!count.compare_exchange_weak(seen, static_cast<T>(seen + 1))) {
    }
    ++std::atomic_ref<T>(plain);
  };
  beside(work, work);
  check(count == T{4} && plain == T{2}, "counted");
}

struct Wide {
  uint64_t parts[3];
};

void atomic_sizes() {
  atomic_of_size<uint8_t>();
  atomic_of_size<uint16_t>();
  atomic_of_size<uint32_t>();
  atomic_of_size<uint64_t>();
  std::atomic<unsigned __int128> large{0};
  std::atomic<Wide> wide{Wide{{0, 0, 0}}};
  std::atomic<double> real{0};
  beside(
      [&] {
        large = static_cast<unsigned __int128>(1) << 100;
        wide = Wide{{1, 1, 1}};
        real.fetch_add(0.5);
      },
      [&] {
        const auto seen = static_cast<uint64_t>(large.load() >> 100);
        const Wide parts = wide;
        real.fetch_add(0.25);
        check(seen <= 1 && parts.parts[0] == parts.parts[2], "whole");
      });
  check(real == 0.75, "sum");
}

void flags_and_fences() {
  std::atomic_flag flag;
  std::atomic<bool> ready{false};
  std::atomic<int> state{0};
  int data = 0, other = 0;
  beside(
      [&] {
        data = 1;
        std::atomic_thread_fence(std::memory_order_release);
        ready.store(true, std::memory_order_relaxed);
        other = 1;
        flag.test_and_set();
        flag.notify_all();
        state = 1;
        state.notify_one();
      },
      [&] {
        while (!ready.load(std::memory_order_relaxed)) std::this_thread::yield();
        std::atomic_thread_fence(std::memory_order_acquire);
        check(data == 1, "before the fence");
        flag.wait(false);
        check(other == 1, "before the flag");
        state.wait(0);
      });
}

void shared_pointers() {
  std::atomic<std::shared_ptr<const std::string>> current;
  std::weak_ptr<const std::string> weak;
  beside([&] { current = std::make_shared<const std::string>("one"); },
         [&] {
           const auto seen = current.load();
           check(seen == nullptr || *seen == "one", "one of both");
         });
  weak = current.load();
  current.store(nullptr);
  check(weak.expired(), "the last one has gone");
}

// ---- Threads of C -------------------------------------------------------------------------------

mtx_t c_mutex;
cnd_t c_changed;
tss_t c_key;
::once_flag c_once = ONCE_FLAG_INIT;
int c_turn = 0;

int c_work(void* number) {
  ::call_once(&c_once, [] { tss_create(&c_key, nullptr); });
  tss_set(c_key, number);
  const int own = *static_cast<int*>(tss_get(c_key));
  mtx_lock(&c_mutex);
  while (c_turn != own) cnd_wait(&c_changed, &c_mutex);
  ++c_turn;
  cnd_broadcast(&c_changed);
  mtx_unlock(&c_mutex);
  thrd_yield();
  return own;
}

void c_threads() {
  mtx_init(&c_mutex, mtx_timed);
  cnd_init(&c_changed);
  int numbers[2] = {0, 1};
  thrd_t threads[2];
  for (int i = 0; i < 2; ++i) {
    check(thrd_create(&threads[i], c_work, &numbers[i]) == thrd_success, "thrd_create");
  }
  for (int i = 0; i < 2; ++i) {
    int result = -1;
    check(thrd_join(threads[i], &result) == thrd_success && result == i, "thrd_join");
  }
  check(c_turn == 2, "in turn");
  cnd_destroy(&c_changed);
  mtx_destroy(&c_mutex);
}

// ---- Cancellation and names ---------------------------------------------------------------------

pthread_mutex_t cancel_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t never = PTHREAD_COND_INITIALIZER;
int cleaned = 0;

void unlock(void* mutex) {
  ++cleaned;
  pthread_mutex_unlock(static_cast<pthread_mutex_t*>(mutex));
}

void* wait_for_ever(void*) {
  pthread_mutex_lock(&cancel_mutex);
  pthread_cleanup_push(unlock, &cancel_mutex);
  for (;;) pthread_cond_wait(&never, &cancel_mutex);
  pthread_cleanup_pop(0);
  return nullptr;
}

void cancelled() {
  pthread_t thread;
  check(pthread_create(&thread, nullptr, wait_for_ever, nullptr) == 0, "pthread_create");
  check(pthread_setname_np(thread, "waiter") == 0, "pthread_setname_np");
  char name[16] = {};
  check(pthread_getname_np(thread, name, sizeof(name)) == 0, "pthread_getname_np");
  usleep(1000);
  check(pthread_cancel(thread) == 0, "pthread_cancel");
  void* result = nullptr;
  check(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED, "cancelled");
  check(cleaned == 1 && std::string(name) == "waiter", "cleaned");
}

// ---- Abseil -------------------------------------------------------------------------------------

void abseil() {
  absl::Mutex mutex;
  absl::CondVar changed;
  absl::Notification told;
  absl::BlockingCounter done(2);
  auto* const meeting = new absl::Barrier(2);
  int items = 0, taken = 0;
  const auto work = [&] {
    {
      absl::MutexLock lock(&mutex);
      while (items == 0) changed.Wait(&mutex);
      --items;
    }
    {
      absl::MutexLock lock(&mutex);
      ++taken;
      mutex.Await(absl::Condition(
          +[](int* count) { return *count == 2; }, &taken));
    }
    if (meeting->Block()) delete meeting;
    done.DecrementCount();
    told.WaitForNotification();
  };
  std::thread first(work), second(work);
  {
    absl::MutexLock lock(&mutex);
    items = 2;
    changed.SignalAll();
  }
  done.Wait();
  told.Notify();
  first.join();
  second.join();
  absl::ReaderMutexLock lock(&mutex);
  check(items == 0 && taken == 2, "abseil");
}

// ---- All of them --------------------------------------------------------------------------------

const std::function<void()> kParts[] = {
    pthread_locks, shared_locks, timed_locks, posix_semaphore,  semaphores,
    meetings,      stoppable,    once,        futures,          atomic_sizes,
    c_threads,     cancelled,    abseil,      flags_and_fences, shared_pointers};

// Each part in a task of its own, all of them at the same time.
void everything(const Parameters&) {
  std::vector<std::thread> tasks;
  for (const auto& part : kParts) tasks.emplace_back(part);
  for (std::thread& task : tasks) task.join();
}

// One after another: what is done in a part has no other part beside it.
void one_by_one(const Parameters&) {
  for (const auto& part : kParts) part();
}

// With a mistake beside all of it, which must be found as if it were alone.
void everything_and_a_race(const Parameters& parameters) {
  int count = 0;
  std::thread first([&] { ++count; });
  std::thread second([&] { ++count; });
  everything(parameters);
  first.join();
  second.join();
}

void everything_and_a_deadlock(const Parameters& parameters) {
  std::mutex a, b;
  const auto work = [](std::mutex& one, std::mutex& other) {
    const std::lock_guard first(one);
    const std::lock_guard second(other);
  };
  std::thread first([&] { work(a, b); });
  std::thread second([&] { work(b, a); });
  everything(parameters);
  first.join();
  second.join();
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("everything.beside", "pass", "every primitive, all at the same time", everything),
    ROW("everything.one_by_one", "pass", "every primitive in turn", one_by_one),
    ROW("everything.and_a_race", "data-race", "beside all of them", everything_and_a_race),
    ROW("everything.and_a_deadlock", "deadlock", "beside all of them", everything_and_a_deadlock),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
