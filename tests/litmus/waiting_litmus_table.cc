// Litmus tests of everything that waits: the outcomes are held by litmus_test.py, the numbers of
// executions are those of the plain search.
#include <pthread.h>
#include <semaphore.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "litmus/litmus.h"
#include "runtime/table.h"

namespace {

using heddle::Parameters;

std::atomic<int> x{0}, y{0};
std::mutex m, n;
std::condition_variable changed;
int plain;

// ---- Locks --------------------------------------------------------------------------------------

void two_sections(const Parameters&) {
  int first = 0;
  const auto work = [&](int own) {
    for (int i = 0; i < 2; ++i) {
      const std::lock_guard<std::mutex> guard(m);
      if (first == 0) first = own;
      plain = plain * 3 + own;
    }
  };
  in_threads([&] { work(1); }, [&] { work(2); });
  outcome(first);
}

void nested(const Parameters&) {
  const auto work = [](int own) {
    const std::lock_guard<std::mutex> outer(m);
    const std::lock_guard<std::mutex> inner(n);
    plain = own;
  };
  in_threads([&] { work(1); }, [&] { work(2); }, [&] { work(3); });
  outcome(plain);
}

void opposite(const Parameters&) {
  const auto work = [](std::mutex& a, std::mutex& b) {
    const std::lock_guard<std::mutex> outer(a);
    const std::lock_guard<std::mutex> inner(b);
  };
  in_threads([&] { work(m, n); }, [&] { work(n, m); });
  outcome(1);
}

void opposite_first(const Parameters&) {
  const auto work = [](std::mutex& a, std::mutex& b, int own) {
    const std::lock_guard<std::mutex> outer(a);
    const std::lock_guard<std::mutex> inner(b);
    if (plain == 0) plain = own;
  };
  in_threads([&] { work(m, n, 1); }, [&] { work(n, m, 2); });
  outcome(plain);
  heddle::check(plain == 1, "the first one comes first");
}

void tries(const Parameters&) {
  int got[2] = {0, 0};
  const auto work = [&](int own) {
    if (!m.try_lock()) return;
    got[own] = 1;
    m.unlock();
  };
  in_threads([&] { work(0); }, [&] { work(1); });
  outcome(got[0], got[1]);
}

void lock_and_try(const Parameters&) {
  int got = 0;
  in_threads(
      [&] {
        const std::lock_guard<std::mutex> guard(m);
        ++plain;
      },
      [&] {
        if (!m.try_lock()) return;
        got = 1 + plain;
        m.unlock();
      });
  outcome(got);
}

void timed_lock(const Parameters&) {
  static std::timed_mutex timed;
  int got = 0;
  in_threads(
      [&] {
        const std::lock_guard<std::timed_mutex> guard(timed);
        ++plain;
      },
      [&] {
        if (!timed.try_lock_for(std::chrono::milliseconds(1))) return;
        got = 1 + plain;
        timed.unlock();
      });
  outcome(got);
}

void readers_and_writer(const Parameters&) {
  static std::shared_mutex shared;
  int seen[2] = {0, 0};
  const auto read = [&](int own) {
    const std::shared_lock<std::shared_mutex> guard(shared);
    seen[own] = plain;
  };
  in_threads([&] { read(0); }, [&] { read(1); },
             [&] {
               const std::lock_guard<std::shared_mutex> guard(shared);
               plain = 1;
             });
  outcome(seen[0], seen[1]);
}

void two_writers_one_reader(const Parameters&) {
  static std::shared_mutex shared;
  int seen = 0;
  const auto write = [&](int value) {
    const std::lock_guard<std::shared_mutex> guard(shared);
    plain = value;
  };
  in_threads([&] { write(1); }, [&] { write(2); },
             [&] {
               const std::shared_lock<std::shared_mutex> guard(shared);
               seen = plain;
             });
  outcome(seen, plain);
}

void once(const Parameters&) {
  static std::once_flag flag;
  const auto work = [](int own) { std::call_once(flag, [own] { plain = own; }); };
  in_threads([&] { work(1); }, [&] { work(2); }, [&] { work(3); });
  outcome(plain);
}

// ---- Semaphores and barriers
// ---------------------------------------------------------------------

class Semaphore {
 public:
  explicit Semaphore(unsigned value) { sem_init(&semaphore_, 0, value); }
  ~Semaphore() { sem_destroy(&semaphore_); }
  void wait() { sem_wait(&semaphore_); }
  bool try_wait() { return sem_trywait(&semaphore_) == 0; }
  void post() { sem_post(&semaphore_); }

 private:
  sem_t semaphore_;
};

void one_of_two_takes(const Parameters&) {
  Semaphore semaphore(1);
  const auto work = [&](int own) {
    semaphore.wait();
    x = x * 3 + own;
    semaphore.post();
  };
  in_threads([&] { work(1); }, [&] { work(2); });
  outcome(x.load());
}

void posts_and_waits(const Parameters&) {
  Semaphore semaphore(0);
  const auto take = [&](int own) {
    semaphore.wait();
    x = x * 3 + own;
  };
  in_threads([&] { take(1); }, [&] { take(2); }, [&] { semaphore.post(), semaphore.post(); });
  outcome(x.load() / 3, x.load() % 3);
}

void too_few_posts(const Parameters&) {
  Semaphore semaphore(0);
  int got[2] = {0, 0};
  in_threads([&] { semaphore.wait(), got[0] = 1, semaphore.post(); },
             [&] { got[1] = semaphore.try_wait() ? 1 : 0; }, [&] { semaphore.post(); });
  outcome(got[0], got[1]);
}

// One of them never gets it.
void one_for_two(const Parameters&) {
  Semaphore semaphore(1);
  in_threads([&] { semaphore.wait(); }, [&] { semaphore.wait(); });
}

// Who gets it locks before the other task or after it.
void one_for_two_who_lock(const Parameters&) {
  Semaphore semaphore(1);
  std::mutex mutex;
  const auto lock = [&] { const std::lock_guard<std::mutex> guard(mutex); };
  in_threads(
      lock, [&] { semaphore.wait(); },
      [&] {
        semaphore.wait();
        lock();
      });
}

// Whoever acts last, it is one execution.
void waits_for_nobody(const Parameters&) {
  Semaphore semaphore(1);
  in_threads([&] { semaphore.wait(), semaphore.wait(); }, [&] { static_cast<void>(x.load()); });
}

void barrier(const Parameters&) {
  pthread_barrier_t all;
  pthread_barrier_init(&all, nullptr, 2);
  int last = 0;
  const auto work = [&](int own) {
    if (pthread_barrier_wait(&all) == PTHREAD_BARRIER_SERIAL_THREAD) last = own;
  };
  in_threads([&] { work(1); }, [&] { work(2); });
  outcome(last);
}

// ---- Conditions ---------------------------------------------------------------------------------

void hand_over(const Parameters&) {
  bool ready = false;
  int waited = 0;
  in_threads(
      [&] {
        std::unique_lock<std::mutex> lock(m);
        while (!ready) {
          waited = 1;
          changed.wait(lock);
        }
      },
      [&] {
        {
          const std::lock_guard<std::mutex> lock(m);
          ready = true;
        }
        changed.notify_one();
      });
  outcome(waited);
}

void whom_to_wake(const Parameters&) {
  int turns = 0;
  const auto wait = [&](int own) {
    std::unique_lock<std::mutex> lock(m);
    while (turns == 0) changed.wait(lock);
    --turns;
    plain = plain * 3 + own;
    if (plain < 3) {
      ++turns;
      changed.notify_one();
    }
  };
  in_threads([&] { wait(1); }, [&] { wait(2); },
             [&] {
               const std::lock_guard<std::mutex> lock(m);
               turns = 1;
               changed.notify_one();
             });
  outcome(plain / 3, plain % 3);
}

void in_time(const Parameters&) {
  bool ready = false;
  int seen = 0;
  in_threads(
      [&] {
        std::unique_lock<std::mutex> lock(m);
        const auto status = changed.wait_for(lock, std::chrono::milliseconds(1));
        seen = (status == std::cv_status::timeout ? 2 : 0) + (ready ? 1 : 0);
      },
      [&] {
        changed.notify_one();
        const std::lock_guard<std::mutex> lock(m);
        ready = true;
      });
  outcome(seen);
}

void forgotten(const Parameters&) {
  bool ready = false;
  in_threads(
      [&] {
        std::unique_lock<std::mutex> lock(m);
        if (!ready) changed.wait(lock);
      },
      [&] {
        changed.notify_one();
        const std::lock_guard<std::mutex> lock(m);
        ready = true;
      });
  outcome(1);
}

// ---- Choices ------------------------------------------------------------------------------------

void values(const Parameters&) {
  int drawn[2] = {0, 0};
  in_threads([&] { drawn[0] = static_cast<int>(heddle::choose(2)); },
             [&] { drawn[1] = static_cast<int>(heddle::choose(3)); });
  outcome(drawn[0], drawn[1]);
}

void value_decides(const Parameters&) {
  in_threads(
      [] {
        if (heddle::choose(2) == 0) {
          x = 1;
        } else {
          y = 1;
        }
      },
      [] { x = 2, y = 2; });
  outcome(x.load(), y.load());
}

void sleepers(const Parameters&) {
  const auto work = [](int own, int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    x = x * 3 + own;
  };
  in_threads([&] { work(1, 1); }, [&] { work(2, 5000); });
  outcome(x.load());
}

void compare_fails(const Parameters&) {
  int found[2] = {0, 0};
  const auto work = [&](int own) {
    int expected = own;
    found[own] = x.compare_exchange_strong(expected, own + 1) ? 1 : 0;
  };
  in_threads([&] { work(0); }, [&] { work(1); });
  outcome(found[0], found[1], x.load());
}

}  // namespace

namespace heddle {

#define LITMUS(name, expectation) ROW(#name, expectation, "what it can end with is known", name)

const Scenario kScenarios[] = {
    LITMUS(two_sections, "pass"),
    LITMUS(nested, "pass"),
    LITMUS(opposite, "deadlock"),
    LITMUS(opposite_first, "deadlock, check-failed"),
    LITMUS(tries, "pass"),
    LITMUS(lock_and_try, "pass"),
    LITMUS(timed_lock, "pass"),
    LITMUS(readers_and_writer, "pass"),
    LITMUS(two_writers_one_reader, "pass"),
    LITMUS(once, "pass"),
    LITMUS(one_of_two_takes, "pass"),
    LITMUS(posts_and_waits, "pass"),
    LITMUS(too_few_posts, "deadlock"),
    LITMUS(one_for_two, "deadlock"),
    LITMUS(one_for_two_who_lock, "deadlock"),
    LITMUS(waits_for_nobody, "deadlock"),
    LITMUS(barrier, "pass"),
    LITMUS(hand_over, "pass"),
    LITMUS(whom_to_wake, "pass"),
    LITMUS(in_time, "pass"),
    LITMUS(forgotten, "lost-wakeup"),
    LITMUS(values, "pass"),
    LITMUS(value_decides, "pass"),
    LITMUS(sleepers, "pass"),
    LITMUS(compare_fails, "pass"),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
