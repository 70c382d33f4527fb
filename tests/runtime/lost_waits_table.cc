// Waits of C++20 that nobody ends: each wrong program beside a right one that differs in a line.
#include <atomic>
#include <barrier>
#include <cstdint>
#include <future>
#include <latch>
#include <semaphore>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

// ---- Atomic waits -------------------------------------------------------------------------------

enum class Telling { after, before, never };

// `Value` decides how libstdc++ waits: for an int on the object itself, else on a word of its own.
template <typename Value, Telling telling>
void told(const Parameters&) {
  std::atomic<Value> state{Value(0)};
  int data = 0;
  std::thread waiter([&] {
    state.wait(Value(0));
    check(data == 1, "the data");
  });
  data = 1;
  if (telling == Telling::before) state.notify_one();
  state = Value(1);
  if (telling == Telling::after) state.notify_one();
  waiter.join();
}

template <Telling telling>
void flag_told(const Parameters&) {
  std::atomic_flag flag;
  std::thread waiter([&] { flag.wait(false); });
  if (telling == Telling::before) flag.notify_all();
  flag.test_and_set();
  if (telling == Telling::after) flag.notify_all();
  waiter.join();
}

// Two wait, and one notify_one wakes one of them.
template <void tell(std::atomic<int>&)>
void two_waiters(const Parameters&) {
  std::atomic<int> state{0};
  std::thread one([&] { state.wait(0); });
  std::thread other([&] { state.wait(0); });
  state = 1;
  tell(state);
  one.join();
  other.join();
}
void tell_one(std::atomic<int>& state) {
  state.notify_one();
}
void tell_all(std::atomic<int>& state) {
  state.notify_all();
}

// A ball that goes to and fro: each side tells the other, or forgets it at the end.
template <bool forgets>
void ping_pong(const Parameters&) {
  std::atomic<int> turn{0};
  const auto play = [&](int own) {
    for (int round = own; round < 6; round += 2) {
      for (int seen = turn; seen != round; seen = turn) turn.wait(seen);
      turn = round + 1;
      if (!forgets || round != 3) turn.notify_one();
    }
  };
  std::thread one(play, 0), other(play, 1);
  one.join();
  other.join();
}

// ---- Semaphores, latches, barriers --------------------------------------------------------------

template <int released>
void semaphore(const Parameters&) {
  std::counting_semaphore<4> places(0);
  const auto take = [&] { places.acquire(); };
  std::thread one(take), other(take);
  for (int i = 0; i < released; ++i) places.release();
  one.join();
  other.join();
}

// A place is lost where a task leaves early.
template <bool leaks>
void semaphore_held(const Parameters&) {
  std::binary_semaphore free(1);
  std::atomic<int> inside{0};
  const auto work = [&] {
    free.acquire();
    const bool alone = inside.fetch_add(1) == 0;
    inside.fetch_sub(1);
    check(alone, "one at a time");
    if (leaks) return;
    free.release();
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
}

template <int counted>
void latch(const Parameters&) {
  std::latch done(2);
  int parts[2] = {};
  std::thread one([&] {
    parts[0] = 1;
    done.count_down();
  });
  std::thread other([&] {
    parts[1] = 1;
    if (counted == 2) done.count_down();
  });
  done.wait();
  check(parts[0] + parts[1] == 2, "both parts");
  one.join();
  other.join();
}

template <int expected>
void barrier(const Parameters&) {
  std::barrier<> phase(expected);
  const auto work = [&] {
    phase.arrive_and_wait();
    phase.arrive_and_wait();
  };
  std::thread one(work), other(work);
  one.join();
  other.join();
}

// Who leaves for good must say so.
template <bool drops>
void barrier_left(const Parameters&) {
  std::barrier<> phase(2);
  std::thread stays([&] {
    phase.arrive_and_wait();
    phase.arrive_and_wait();
  });
  std::thread leaves([&] {
    phase.arrive_and_wait();
    if (drops) phase.arrive_and_drop();
  });
  stays.join();
  leaves.join();
}

// ---- Futures ------------------------------------------------------------------------------------

enum class Fate { set, kept, broken };

template <Fate fate>
void promise(const Parameters&) {
  std::promise<int> given;
  std::promise<int> kept;
  std::future<int> future = given.get_future();
  std::thread giver([&, promise = std::move(given)]() mutable {
    if (fate == Fate::set) promise.set_value(7);
    if (fate == Fate::kept) kept = std::move(promise);
  });
  check(future.get() == 7, "the value");
  giver.join();
}

template <bool runs>
void packaged(const Parameters&) {
  std::packaged_task<int()> task([] { return 7; });
  std::future<int> future = task.get_future();
  std::thread runner([&] {
    if (runs) task();
  });
  check(future.get() == 7, "the value");
  runner.join();
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("atomic.told", "pass", "store, then notify", (told<int, Telling::after>)),
    ROW("atomic.told_early", "lost-wakeup", "notify, then store", (told<int, Telling::before>)),
    ROW("atomic.untold", "lost-wakeup", "no notify", (told<int, Telling::never>)),
    ROW("atomic.wide_told", "pass", "8 bytes", (told<uint64_t, Telling::after>)),
    ROW("atomic.wide_told_early", "lost-wakeup", "8 bytes", (told<uint64_t, Telling::before>)),
    ROW("atomic.wide_untold", "lost-wakeup", "8 bytes", (told<uint64_t, Telling::never>)),
    ROW("atomic.bool_told", "pass", "1 byte", (told<bool, Telling::after>)),
    ROW("atomic.bool_told_early", "lost-wakeup", "1 byte", (told<bool, Telling::before>)),
    ROW("atomic.bool_untold", "lost-wakeup", "1 byte", (told<bool, Telling::never>)),
    ROW("flag.told", "pass", "atomic_flag", flag_told<Telling::after>),
    ROW("flag.told_early", "lost-wakeup", "atomic_flag", flag_told<Telling::before>),
    ROW("flag.untold", "lost-wakeup", "atomic_flag", flag_told<Telling::never>),
    ROW("atomic.all_of_two", "pass", "notify_all wakes both", two_waiters<tell_all>),
    ROW("atomic.one_of_two", "lost-wakeup", "notify_one wakes one", two_waiters<tell_one>),
    ROW("atomic.ping_pong", "pass", "to and fro", ping_pong<false>),
    ROW("atomic.ping_pong_untold", "lost-wakeup", "one notify forgotten", ping_pong<true>),

    ROW("semaphore.enough", "pass", "two places for two", semaphore<2>),
    ROW("semaphore.too_few", "deadlock", "one place for two", semaphore<1>),
    ROW("semaphore.returned", "pass", "as a lock", semaphore_held<false>),
    ROW("semaphore.leaked", "deadlock", "an early return keeps the place", semaphore_held<true>),
    ROW("latch.counted", "pass", "both count down", latch<2>),
    ROW("latch.uncounted", "deadlock", "one does not", latch<1>),
    ROW("barrier.all", "pass", "two for two", barrier<2>),
    ROW("barrier.too_few", "deadlock", "two for three", barrier<3>),
    ROW("barrier.dropped", "pass", "arrive_and_drop", barrier_left<true>),
    ROW("barrier.left", "deadlock", "just gone", barrier_left<false>),
    ROW("promise.set", "pass", "set", promise<Fate::set>),
    ROW("promise.kept", "deadlock", "never set, never destroyed", promise<Fate::kept>),
    ROW("promise.broken", "uncaught-exception", "destroyed instead", promise<Fate::broken>),
    ROW("packaged.run", "pass", "packaged_task", packaged<true>),
    ROW("packaged.not_run", "deadlock", "nobody calls it", packaged<false>),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
