// pthread_spin_*.
#include <errno.h>
#include <pthread.h>

#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

template <typename... Work>
void side_by_side(Work... work) {
  std::vector<std::thread> tasks;
  (tasks.emplace_back(work), ...);
  for (std::thread& task : tasks) task.join();
}

// Side by side in one granule: neither may be mistaken for the other.
struct Two {
  Two() {
    pthread_spin_init(&a, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&b, PTHREAD_PROCESS_PRIVATE);
  }
  alignas(8) pthread_spinlock_t a;
  pthread_spinlock_t b;
};

// `one`: both tasks take the same lock.
template <bool one>
void counted(const Parameters&) {
  Two locks;
  int count = 0;
  const auto work = [&](pthread_spinlock_t* lock) {
    pthread_spin_lock(lock);
    count = count + 1;
    pthread_spin_unlock(lock);
  };
  side_by_side([&] { work(&locks.a); }, [&] { work(one ? &locks.a : &locks.b); });
  if (one) check(count == 2, "no update is lost");
}

template <bool ordered>
void two(const Parameters&) {
  Two locks;
  const auto work = [](pthread_spinlock_t* first, pthread_spinlock_t* second) {
    pthread_spin_lock(first);
    pthread_spin_lock(second);
    pthread_spin_unlock(second);
    pthread_spin_unlock(first);
  };
  side_by_side([&] { work(&locks.a, &locks.b); },
               [&] { ordered ? work(&locks.a, &locks.b) : work(&locks.b, &locks.a); });
}

void twice(const Parameters&) {
  Two locks;
  pthread_spin_lock(&locks.a);
  pthread_spin_lock(&locks.a);
}

void left_locked(const Parameters&) {
  static Two locks;
  std::thread([] { pthread_spin_lock(&locks.a); }).join();
  pthread_spin_lock(&locks.a);
}

void tried(const Parameters&) {
  Two locks;
  int count = 0;
  const auto work = [&] {
    while (pthread_spin_trylock(&locks.b) != 0) std::this_thread::yield();
    count = count + 1;
    pthread_spin_unlock(&locks.b);
  };
  side_by_side(work, work);
  check(count == 2, "no update is lost");
}

void results(const Parameters&) {
  Two locks;
  check(pthread_spin_lock(&locks.a) == 0, "pthread_spin_lock");
  check(pthread_spin_trylock(&locks.a) == EBUSY, "it is taken");
  pthread_spin_init(&locks.b, PTHREAD_PROCESS_PRIVATE);
  check(pthread_spin_trylock(&locks.a) == EBUSY, "whatever is done to its neighbour");
  check(pthread_spin_trylock(&locks.b) == 0 && pthread_spin_unlock(&locks.b) == 0, "its neighbour");
  check(pthread_spin_destroy(&locks.b) == 0, "pthread_spin_destroy");
  check(pthread_spin_unlock(&locks.a) == 0 && pthread_spin_trylock(&locks.a) == 0, "free");
  check(pthread_spin_unlock(&locks.a) == 0 && pthread_spin_destroy(&locks.a) == 0, "done");
}

void unlock_of_others(const Parameters&) {
  Two locks;
  pthread_spin_lock(&locks.a);
  std::thread([&] { pthread_spin_unlock(&locks.a); }).join();
}

void destroyed(const Parameters&) {
  Two locks;
  pthread_spin_lock(&locks.a);
  pthread_spin_destroy(&locks.a);
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("spin.one", "pass", "one lock for one count", counted<true>),
    ROW("spin.different", "data-race", "two locks for one count", counted<false>),
    ROW("spin.two_ordered", "pass", "one order", two<true>),
    ROW("spin.two", "deadlock", "opposite orders", two<false>),
    ROW("spin.twice", "self-deadlock", "locked twice", twice),
    ROW("spin.left_locked", "orphaned-lock", "the owner has ended", left_locked),
    ROW("spin.tried", "pass", "tries until it has it", tried),
    ROW("spin.results", "pass", "as glibc's", results),
    ROW("spin.unlock_of_others", "lock-misuse", "not its own", unlock_of_others),
    ROW("spin.destroyed", "lock-misuse", "destroyed while it is held", destroyed),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
