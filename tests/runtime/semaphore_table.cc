// POSIX semaphores: sem_t.
#include <errno.h>
#include <limits.h>
#include <semaphore.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <mutex>
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

class Semaphore {
 public:
  explicit Semaphore(unsigned value) { check(sem_init(&semaphore_, 0, value) == 0, "sem_init"); }
  ~Semaphore() { sem_destroy(&semaphore_); }
  void wait() { check(sem_wait(&semaphore_) == 0, "sem_wait"); }
  void post() { check(sem_post(&semaphore_) == 0, "sem_post"); }
  int value() {
    int value = -1;
    check(sem_getvalue(&semaphore_, &value) == 0, "sem_getvalue");
    return value;
  }
  sem_t* get() { return &semaphore_; }

 private:
  sem_t semaphore_;
};

// ---- What it protects ---------------------------------------------------------------------------

// With 1 unit it is a mutex; with 2 it lets both in.
template <unsigned units>
void as_mutex(const Parameters&) {
  Semaphore free(units);
  int count = 0;
  const auto work = [&] {
    free.wait();
    count = count + 1;
    free.post();
  };
  side_by_side(work, work);
  if (units == 1) check(count == 2, "no update is lost");
}

template <bool forgotten>
void left_early(const Parameters&) {
  Semaphore* free = new Semaphore(1);
  const auto work = [&](bool nothing_to_do) {
    free->wait();
    if (nothing_to_do && forgotten) return;
    free->post();
  };
  side_by_side([&] { work(true); }, [&] { work(false); });
}

// `ordered`: the value is written before the post.
template <bool ordered>
void handed_over(const Parameters&) {
  Semaphore ready(0);
  int value = 0;
  side_by_side(
      [&] {
        if (ordered) value = 42;
        ready.post();
        if (!ordered) value = 42;
      },
      [&] {
        ready.wait();
        const int seen = value;
        if (ordered) check(seen == 42, "written before the post");
      });
}

// A ring of two places; one of the producers takes none before it writes.
template <bool right>
void ring(const Parameters&) {
  constexpr int kItems = 3;
  Semaphore places(2), items(0);
  std::mutex mutex;
  int slots[2] = {0, 0};
  int first = 0, next = 0, sum = 0;
  side_by_side(
      [&] {
        for (int i = 1; i <= kItems; ++i) {
          if (right) places.wait();
          const std::lock_guard<std::mutex> guard(mutex);
          slots[next++ % 2] = i;
          items.post();
        }
      },
      [&] {
        for (int i = 0; i < kItems; ++i) {
          items.wait();
          const std::lock_guard<std::mutex> guard(mutex);
          sum += slots[first++ % 2];
          places.post();
        }
      });
  check(sum == 6, "every item arrives once");
}

sem_t global;
const int made = sem_init(&global, 0, 1);  // before any execution

void made_before(const Parameters&) {
  check(made == 0, "sem_init");
  int value = -1;
  sem_getvalue(&global, &value);
  check(value == 1, "each execution begins with the value of the first");
  check(sem_wait(&global) == 0, "sem_wait");
}

// ---- Waiting for ever ---------------------------------------------------------------------------

void never_posted(const Parameters&) {
  Semaphore* ready = new Semaphore(0);
  side_by_side([&] { ready->wait(); }, [] { std::this_thread::yield(); });
}

template <bool ordered>
void two_semaphores(const Parameters&) {
  Semaphore* a = new Semaphore(1);
  Semaphore* b = new Semaphore(1);
  const auto work = [](Semaphore& first, Semaphore& second) {
    first.wait();
    second.wait();
    second.post();
    first.post();
  };
  side_by_side([&] { work(*a, *b); }, [&] { ordered ? work(*a, *b) : work(*b, *a); });
}

// Each of three takes two of three units, one after the other.
template <bool at_once>
void units(const Parameters&) {
  Semaphore* free = new Semaphore(3);
  std::mutex taking;
  const auto work = [&] {
    if (at_once) taking.lock();
    free->wait();
    free->wait();
    if (at_once) taking.unlock();
    free->post();
    free->post();
  };
  side_by_side(work, work, work);
}

void posted_by_anybody(const Parameters&) {
  Semaphore ready(0);
  side_by_side([&] { ready.wait(); }, [&] { ready.wait(); },
               [&] {
                 ready.post();
                 ready.post();
               });
  check(ready.value() == 0, "two posts, two waits");
}

// Asks until it is there.
void polled(const Parameters&) {
  Semaphore ready(0);
  side_by_side(
      [&] {
        while (ready.value() == 0) {
        }
        while (sem_trywait(ready.get()) != 0) {
        }
      },
      [&] { ready.post(); });
}

// ---- Results ------------------------------------------------------------------------------------

timespec soon(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  ++time.tv_sec;
  return time;
}

bool fails(int result, int error) {
  return result == -1 && errno == error;
}

void results(const Parameters&) {
  Semaphore semaphore(0);
  sem_t* own = semaphore.get();
  check(fails(sem_trywait(own), EAGAIN), "none there");
  const timespec later = soon(CLOCK_REALTIME), wrong{0, -1}, before{-5, 0};
  check(fails(sem_timedwait(own, &later), ETIMEDOUT), "nobody posts");
  const timespec monotonic = soon(CLOCK_MONOTONIC);
  check(fails(sem_clockwait(own, CLOCK_MONOTONIC, &monotonic), ETIMEDOUT), "nobody posts");
  check(fails(sem_timedwait(own, &wrong), EINVAL), "no such time");
  check(fails(sem_timedwait(own, &before), ETIMEDOUT), "long over");
  check(fails(sem_clockwait(own, CLOCK_PROCESS_CPUTIME_ID, &later), EINVAL), "no such clock");
  semaphore.post();
  check(semaphore.value() == 1 && sem_timedwait(own, &before) == 0, "it is there already");
  sem_t largest;
  check(fails(sem_init(&largest, 0, unsigned{INT_MAX} + 1), EINVAL), "too large");
  check(sem_init(&largest, 0, INT_MAX) == 0, "the largest");
  check(fails(sem_post(&largest), EOVERFLOW), "no larger one");
  check(sem_destroy(&largest) == 0, "sem_destroy");
}

void timed(const Parameters&) {
  Semaphore semaphore(0);
  std::atomic<bool> posted{false};
  side_by_side(
      [&] {
        const timespec deadline = soon(CLOCK_REALTIME);
        const bool got = sem_timedwait(semaphore.get(), &deadline) == 0;
        check(!got || posted, "somebody posted");
        heddle::outcome(got ? "in time" : "too late");
      },
      [&] {
        posted = true;
        semaphore.post();
      });
}

void destroyed_in_use(const Parameters&) {
  sem_t* semaphore = new sem_t;
  sem_init(semaphore, 0, 0);
  std::thread([=] { sem_wait(semaphore); }).detach();
  std::this_thread::sleep_for(std::chrono::seconds(10));
  sem_destroy(semaphore);
}

void between_processes(const Parameters&) {
  sem_t semaphore;
  sem_init(&semaphore, 1, 0);
}

void named(const Parameters&) {
  sem_open("/heddle", 0);
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("protects.as_mutex", "pass", "one unit", as_mutex<1>),
    ROW("protects.two_units", "data-race", "two units let both in", as_mutex<2>),
    ROW("protects.handed_over", "pass", "written, then posted", handed_over<true>),
    ROW("protects.posted_too_early", "data-race", "posted, then written", handed_over<false>),
    ROW("protects.ring", "pass", "waits for a free place", ring<true>),
    ROW("protects.ring_overrun", "check-failed", "overwrites what nobody has read", ring<false>),
    ROW("protects.made_before", "pass", "a global one", made_before),

    ROW("stuck.never_posted", "deadlock", "nobody posts", never_posted),
    ROW("stuck.left_early", "deadlock", "forgets to post", left_early<true>),
    ROW("stuck.left_early_right", "pass", "posts on every way out", left_early<false>),
    ROW("stuck.two", "deadlock", "opposite orders", two_semaphores<false>),
    ROW("stuck.two_ordered", "pass", "one order", two_semaphores<true>),
    ROW("stuck.units", "deadlock", "each has one and wants another", units<false>),
    ROW("stuck.units_at_once", "pass", "one takes at a time", units<true>),
    ROW("stuck.posted_by_anybody", "pass", "who posts need not wait", posted_by_anybody),
    ROW("stuck.polled", "pass", "asks until it is there", polled),

    ROW("results.posix", "pass", "as glibc's", results),
    ROW("results.timed", "pass", "in time or too late", timed),
    ROW("misuse.destroyed", "lock-misuse", "somebody waits", destroyed_in_use),
    ROW("misuse.between_processes", "not-modelled", "shared", between_processes),
    ROW("misuse.named", "not-modelled", "sem_open", named),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
