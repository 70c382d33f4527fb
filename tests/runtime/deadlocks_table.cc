// Waits that never end, by their kind, and their twins that do end.
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Lock = std::unique_lock<std::mutex>;
using Guard = std::lock_guard<std::mutex>;

template <typename One, typename Other>
void side_by_side(One one, Other other) {
  std::thread first(one);
  std::thread second(other);
  first.join();
  second.join();
}

// ---- Cycles -------------------------------------------------------------------------------------

template <bool ordered>
void two_mutexes(const Parameters&) {
  std::mutex a, b;
  side_by_side(
      [&] {
        const Guard first(a);
        const Guard second(b);
      },
      [&] {
        const Guard first(ordered ? a : b);
        const Guard second(ordered ? b : a);
      });
}

void scoped_locks(const Parameters&) {
  std::mutex a, b;
  side_by_side([&] { const std::scoped_lock both(a, b); },
               [&] { const std::scoped_lock both(b, a); });
}

template <bool ordered>
void three_mutexes(const Parameters&) {
  std::mutex mutexes[3];
  std::vector<std::thread> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.emplace_back([&mutexes, i] {
      const int next = (i + 1) % 3;
      const bool turned = ordered && next < i;
      const Guard first(mutexes[turned ? next : i]);
      const Guard second(mutexes[turned ? i : next]);
    });
  }
  for (std::thread& task : tasks) task.join();
}

// Two of them hold each other up; the body goes on, for a while or until both are done.
template <bool for_ever>
void partial(const Parameters&) {
  std::mutex a, b;
  std::atomic<int> done{0};
  const auto take = [&done](std::mutex& one, std::mutex& other) {
    const Guard first(one);
    const Guard second(other);
    ++done;
  };
  std::thread(take, std::ref(a), std::ref(b)).detach();
  std::thread(take, std::ref(b), std::ref(a)).detach();
  for (int round = 0; for_ever ? done < 2 : round < 3; ++round) {
    std::this_thread::sleep_for(seconds(10));
  }
  std::this_thread::sleep_for(seconds(10));  // for the last unlock
}

// Right: the first fork is the one with the smaller number.
template <bool right>
void philosophers(const Parameters& parameters) {
  const int count = static_cast<int>(parameters.threads);
  std::vector<std::mutex> forks(static_cast<size_t>(count));
  std::vector<std::thread> tasks;
  for (int i = 0; i < count; ++i) {
    tasks.emplace_back([&forks, i, count] {
      const auto left = static_cast<size_t>(i);
      const auto other = static_cast<size_t>((i + 1) % count);
      const Guard first(forks[right ? std::min(left, other) : left]);
      const Guard second(forks[right ? std::max(left, other) : other]);
    });
  }
  for (std::thread& task : tasks) task.join();
}

// ---- Oneself ------------------------------------------------------------------------------------

void twice(const Parameters&) {
  std::mutex mutex;
  const Guard first(mutex);
  mutex.lock();
}

void recursive(const Parameters&) {
  std::recursive_mutex mutex;
  int count = 0;
  const auto work = [&] {
    const std::lock_guard<std::recursive_mutex> first(mutex);
    const std::lock_guard<std::recursive_mutex> second(mutex);
    check(mutex.try_lock(), "the owner may always");
    count = count + 1;
    mutex.unlock();
  };
  side_by_side(work, work);
  check(count == 2, "no update is lost");
}

void error_checking(const Parameters&) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  check(pthread_mutex_unlock(&mutex) == EPERM, "not locked");
  check(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_lock(&mutex) == EDEADLK, "twice");
  std::thread([&] {
    check(pthread_mutex_unlock(&mutex) == EPERM, "another's");
    check(pthread_mutex_trylock(&mutex) == EBUSY, "busy");
  }).join();
  check(pthread_mutex_unlock(&mutex) == 0 && pthread_mutex_destroy(&mutex) == 0, "done");
}

void unlock_of_others(const Parameters&) {
  std::mutex mutex;
  mutex.lock();
  std::thread([&] { mutex.unlock(); }).join();
}

// ---- Orphans ------------------------------------------------------------------------------------

void owner_ended(const Parameters&) {
  std::mutex mutex;
  std::thread([&] { mutex.lock(); }).join();
  mutex.lock();
}

void left_by_exception(const Parameters&) {
  std::mutex mutex;
  std::thread([&] {
    try {
      mutex.lock();
      throw 1;
    } catch (int) {
    }
  }).join();
  const Guard guard(mutex);
}

void guard_and_exception(const Parameters&) {
  std::mutex mutex;
  std::thread([&] {
    try {
      const Guard guard(mutex);
      throw 1;
    } catch (int) {
    }
  }).join();
  const Guard guard(mutex);
}

// ---- Notifications ------------------------------------------------------------------------------

// `flagged`: looks before it waits, and after.
template <bool flagged>
void notified(const Parameters&) {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  side_by_side(
      [&] {
        Lock lock(mutex);
        if (flagged) {
          while (!ready) changed.wait(lock);
        } else {
          changed.wait(lock);
        }
      },
      [&] {
        {
          const Guard guard(mutex);
          ready = true;
        }
        changed.notify_one();
      });
}

void never_notified(const Parameters&) {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  side_by_side(
      [&] {
        Lock lock(mutex);
        while (!ready) changed.wait(lock);
      },
      [&] {
        const Guard guard(mutex);
        ready = true;
      });
}

// The flag is set without the mutex: between the look and the wait.
void flag_without_mutex(const Parameters&) {
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> ready{false};
  side_by_side(
      [&] {
        Lock lock(mutex);
        while (!ready) changed.wait(lock);
      },
      [&] {
        ready = true;
        changed.notify_one();
      });
}

// Two wait for different things on one condition variable; notify_one may wake the wrong one.
template <void notify(std::condition_variable&)>
void two_kinds_of_waiters(const Parameters&) {
  std::mutex mutex;
  std::condition_variable changed;
  bool salt = false, pepper = false;
  const auto wait_for = [&](bool& wanted) {
    Lock lock(mutex);
    changed.wait(lock, [&] { return wanted; });
  };
  std::thread cook([&] { wait_for(salt); });
  std::thread guest([&] { wait_for(pepper); });
  for (bool* thing : {&salt, &pepper}) {
    {
      const Guard guard(mutex);
      *thing = true;
    }
    notify(changed);
  }
  cook.join();
  guest.join();
}
void notify_one(std::condition_variable& changed) {
  changed.notify_one();
}
void notify_all(std::condition_variable& changed) {
  changed.notify_all();
}

// A wait may end for no reason.
template <bool again>
void spurious(const Parameters&) {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  side_by_side(
      [&] {
        Lock lock(mutex);
        if (!ready) changed.wait(lock);
        while (again && !ready) changed.wait(lock);
        check(ready, "ready after the wait");
      },
      [&] {
        const Guard guard(mutex);
        ready = true;
        changed.notify_one();
      });
}

void atomic_wait(const Parameters&) {
  std::atomic<int> state{0};
  side_by_side([&] { state.wait(0); },
               [&] {
                 state = 1;
                 state.notify_one();
               });
}

// ---- Others -------------------------------------------------------------------------------------

// Each joins the next one.
struct Ring {
  pthread_t threads[3];
  std::latch created{1};
};
Ring* ring = nullptr;

void* join_next(void* number) {
  ring->created.wait();
  const auto next = (reinterpret_cast<intptr_t>(number) + 1) % 3;
  pthread_join(ring->threads[next], nullptr);
  return nullptr;
}

void join_cycle(const Parameters&) {
  ring = new Ring;
  for (intptr_t i = 0; i < 3; ++i) {
    pthread_create(&ring->threads[i], nullptr, join_next, reinterpret_cast<void*>(i));
  }
  ring->created.count_down();
  std::latch(1).wait();
}

// Joins while it holds what the other one needs.
void join_with_lock(const Parameters&) {
  std::mutex mutex;
  std::thread task([&] { const Guard guard(mutex); });
  const Guard guard(mutex);
  task.join();
}

void never_released(const Parameters&) {
  std::binary_semaphore free(0);
  free.acquire();
}

void latch_too_large(const Parameters&) {
  std::latch done(3);
  side_by_side([&] { done.count_down(); }, [&] { done.count_down(); });
  done.wait();
}

void promise_kept_back(const Parameters&) {
  auto promise = std::make_shared<std::promise<int>>();
  std::future<int> future = promise->get_future();
  future.get();
}

void once_in_once(const Parameters&) {
  std::once_flag flag;
  std::call_once(flag, [&] { std::call_once(flag, [] {}); });
}

void static_in_itself(const Parameters&) {
  struct Shared {
    static Shared& get() {
      static Shared shared;
      return shared;
    }
    Shared() {
      if (depth++ == 0) get();
    }
    int depth = 0;
  };
  Shared::get();
}

// ---- Ways out -----------------------------------------------------------------------------------

void timed_locks(const Parameters&) {
  std::timed_mutex a, b;
  const auto work = [](std::timed_mutex& first, std::timed_mutex& second) {
    const std::lock_guard<std::timed_mutex> guard(first);
    if (second.try_lock_for(seconds(1))) second.unlock();
  };
  side_by_side([&] { work(a, b); }, [&] { work(b, a); });
}

void backing_off(const Parameters&) {
  std::mutex a, b;
  const auto work = [](std::mutex& first, std::mutex& second) {
    for (;;) {
      Lock one(first);
      Lock other(second, std::try_to_lock);
      if (other.owns_lock()) return;
      one.unlock();
      std::this_thread::yield();
    }
  };
  side_by_side([&] { work(a, b); }, [&] { work(b, a); });
}

void timed_wait(const Parameters&) {
  std::mutex mutex;
  std::condition_variable changed;
  Lock lock(mutex);
  check(changed.wait_for(lock, milliseconds(10)) == std::cv_status::timeout, "timed out");
  check(!changed.wait_for(lock, milliseconds(10), [] { return false; }), "timed out again");
  check(lock.owns_lock(), "and locked");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("cycle.two", "deadlock", "opposite orders", two_mutexes<false>),
    ROW("cycle.two_ordered", "pass", "one order", two_mutexes<true>),
    ROW("cycle.two_scoped", "pass", "scoped_lock", scoped_locks),
    ROW("cycle.three", "deadlock", "in a ring", three_mutexes<false>),
    ROW("cycle.three_ordered", "pass", "in a ring, ordered", three_mutexes<true>),
    ROW("cycle.partial_for_ever", "deadlock", "others go on", partial<true>),
    ROW("cycle.partial", "deadlock, leaked-task", "others end", partial<false>),
    {"cycle.philosophers",
     "deadlock",
     "left fork first",
     {5, 0},
     {100, 0},
     philosophers<false>,
     {}},
    {"cycle.philosophers_right",
     "pass",
     "smaller fork first",
     {5, 0},
     {100, 0},
     philosophers<true>,
     {}},

    ROW("self.twice", "self-deadlock", "locked twice", twice),
    ROW("self.recursive", "pass", "as often as it likes", recursive),
    ROW("self.error_checking", "pass", "refused instead", error_checking),
    ROW("self.unlock_of_others", "lock-misuse", "not its own", unlock_of_others),

    ROW("orphan.ended", "orphaned-lock", "the owner has ended", owner_ended),
    ROW("orphan.exception", "orphaned-lock", "an exception jumped over", left_by_exception),
    ROW("orphan.guard", "pass", "a guard unlocks", guard_and_exception),

    ROW("notify.too_early", "lost-wakeup", "nobody waits yet", notified<false>),
    ROW("notify.flagged", "pass", "a flag remembers it", notified<true>),
    ROW("notify.never", "deadlock", "forgotten", never_notified),
    ROW("notify.without_mutex", "lost-wakeup", "between look and wait", flag_without_mutex),
    ROW("notify.wrong_one", "lost-wakeup", "the other one waits for it",
        two_kinds_of_waiters<notify_one>),
    ROW("notify.all", "pass", "everybody looks", two_kinds_of_waiters<notify_all>),
    ROW("notify.spurious_if", "check-failed", "a wait may end for no reason", spurious<false>),
    ROW("notify.spurious_while", "pass", "look again", spurious<true>),
    ROW("notify.atomic", "pass", "changed and notified", atomic_wait),

    ROW("others.join_cycle", "deadlock", "each joins the next", join_cycle),
    ROW("others.join_with_lock", "deadlock", "holds what it needs", join_with_lock),
    ROW("others.semaphore", "deadlock", "nobody releases it", never_released),
    ROW("others.latch", "deadlock", "waits for more than come", latch_too_large),
    ROW("others.promise", "deadlock", "nobody keeps it", promise_kept_back),
    ROW("others.once", "self-deadlock", "within itself", once_in_once),
    ROW("others.static_local", "self-deadlock", "needs itself", static_in_itself),

    ROW("way_out.timed", "pass", "gives up after a while", timed_locks),
    ROW("way_out.backing_off", "pass", "gives back and tries again", backing_off),
    ROW("way_out.timed_wait", "pass", "nobody notifies", timed_wait),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
