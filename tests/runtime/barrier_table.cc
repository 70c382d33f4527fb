// pthread_barrier_*.
#include <errno.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

class Barrier {
 public:
  explicit Barrier(unsigned count) {
    check(pthread_barrier_init(&barrier_, nullptr, count) == 0, "pthread_barrier_init");
  }
  ~Barrier() { pthread_barrier_destroy(&barrier_); }
  // Whether the caller is the one that is told so.
  bool wait() {
    const int result = pthread_barrier_wait(&barrier_);
    check(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD, "pthread_barrier_wait");
    return result == PTHREAD_BARRIER_SERIAL_THREAD;
  }
  pthread_barrier_t* get() { return &barrier_; }

 private:
  pthread_barrier_t barrier_;
};

template <typename Work>
void in_tasks(int count, Work work) {
  std::vector<std::thread> tasks;
  for (int i = 0; i < count; ++i) tasks.emplace_back([&work, i] { work(i); });
  for (std::thread& task : tasks) task.join();
}

// Each writes its part, waits, and reads its neighbour's; `waits`: it does wait.
template <bool waits>
void neighbours(const Parameters&) {
  Barrier barrier(3);
  int parts[3] = {0, 0, 0};
  in_tasks(3, [&](int i) {
    parts[i] = i + 1;
    if (waits) barrier.wait();
    const int other = parts[(i + 1) % 3];
    if (waits) check(other == (i + 1) % 3 + 1, "the neighbour has written");
  });
}

// Rounds of reading one array and writing the other need a barrier each; with `waits_between` for
// reading and writing the same array, two.
template <bool waits_between>
void rounds(const Parameters&) {
  Barrier barrier(2);
  int values[2] = {1, 1};
  in_tasks(2, [&](int i) {
    for (int round = 0; round < 3; ++round) {
      const int sum = values[0] + values[1];
      if (waits_between) barrier.wait();
      values[i] = sum;
      barrier.wait();
    }
  });
  if (waits_between) check(values[0] == 8 && values[1] == 8, "each round doubles");
}

void one_serial(const Parameters&) {
  Barrier barrier(3);
  std::atomic<int> serial{0};
  in_tasks(3, [&](int) {
    for (int round = 0; round < 2; ++round) {
      if (barrier.wait()) ++serial;
    }
  });
  check(serial == 2, "one a round");
}

// What the serial task does is seen by the others after a further round only.
template <bool waits_again>
void serial_work(const Parameters&) {
  Barrier barrier(2);
  int total = 0;
  in_tasks(2, [&](int) {
    if (barrier.wait()) total = 1;
    if (waits_again) barrier.wait();
    const int seen = total;
    if (waits_again) check(seen == 1, "done by one for all");
  });
}

template <unsigned count>
void as_many(const Parameters&) {
  Barrier* barrier = new Barrier(count);
  in_tasks(2, [&](int) { barrier->wait(); });
}

// One leaves the loop a round before the others do.
void left_early(const Parameters&) {
  Barrier* barrier = new Barrier(2);
  in_tasks(2, [&](int i) {
    for (int round = 0; round < 2 + i; ++round) barrier->wait();
  });
}

// Four come to a barrier for two: any two of them.
void pairs(const Parameters&) {
  Barrier barrier(2);
  std::atomic<int> serial{0};
  in_tasks(4, [&](int) { serial += barrier.wait() ? 1 : 0; });
  check(serial == 2, "two pairs");
}

void results(const Parameters&) {
  pthread_barrier_t barrier;
  check(pthread_barrier_init(&barrier, nullptr, 0) == EINVAL, "none to wait for");
  check(pthread_barrier_init(&barrier, nullptr, 1) == 0, "pthread_barrier_init");
  check(pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD, "alone");
  check(pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD, "again");
  check(pthread_barrier_destroy(&barrier) == 0, "pthread_barrier_destroy");
}

// Whoever is let go may destroy it, though the other has not left yet.
void destroyed_by_first(const Parameters&) {
  auto* barrier = new Barrier(2);
  std::atomic<int> serial{0};
  in_tasks(2, [&](int) {
    if (!barrier->wait()) return;
    ++serial;
    pthread_barrier_destroy(barrier->get());
  });
  check(serial == 1, "one of them");
}

void destroyed_in_use(const Parameters&) {
  auto* barrier = new Barrier(2);
  std::thread([=] { barrier->wait(); }).detach();
  std::this_thread::sleep_for(std::chrono::seconds(10));
  pthread_barrier_destroy(barrier->get());
}

void never_made(const Parameters&) {
  static pthread_barrier_t barrier;
  pthread_barrier_wait(&barrier);
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("barrier.neighbours", "pass", "written, waited, read", neighbours<true>),
    ROW("barrier.not_waited", "data-race", "read before the barrier", neighbours<false>),
    ROW("barrier.rounds", "pass", "between reading and writing as well", rounds<true>),
    ROW("barrier.rounds_too_few", "data-race", "writes what others still read", rounds<false>),
    ROW("barrier.one_serial", "pass", "one is told", one_serial),
    ROW("barrier.serial_work", "pass", "one works, all wait again", serial_work<true>),
    ROW("barrier.serial_work_unseen", "data-race", "nobody waits for the one", serial_work<false>),
    ROW("barrier.enough", "pass", "as many as it waits for", as_many<2>),
    ROW("barrier.too_few", "deadlock", "waits for more than come", as_many<3>),
    ROW("barrier.left_early", "deadlock", "one round less", left_early),
    ROW("barrier.pairs", "pass", "any two", pairs),
    ROW("barrier.results", "pass", "as glibc's", results),
    ROW("barrier.destroyed_by_first", "pass", "after the last round", destroyed_by_first),
    ROW("barrier.destroyed_in_use", "lock-misuse", "somebody waits", destroyed_in_use),
    ROW("barrier.never_made", "lock-misuse", "no count", never_made),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
