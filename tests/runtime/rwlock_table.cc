// Read-write locks: pthread_rwlock_*, std::shared_mutex and std::shared_timed_mutex.
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>
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
using Reading = std::shared_lock<std::shared_mutex>;
using Writing = std::unique_lock<std::shared_mutex>;

template <typename... Work>
void side_by_side(Work... work) {
  std::vector<std::thread> tasks;
  (tasks.emplace_back(work), ...);
  for (std::thread& task : tasks) task.join();
}

// For C++'s guards: a pthread_rwlock_t with the default attributes, or with those given.
class Lock {
 public:
  Lock() { pthread_rwlock_init(&lock_, nullptr); }
  explicit Lock(int kind) {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, kind);
    pthread_rwlock_init(&lock_, &attributes);
    pthread_rwlockattr_destroy(&attributes);
  }
  ~Lock() { pthread_rwlock_destroy(&lock_); }
  void lock() { check(pthread_rwlock_wrlock(&lock_) == 0, "pthread_rwlock_wrlock"); }
  void lock_shared() { check(pthread_rwlock_rdlock(&lock_) == 0, "pthread_rwlock_rdlock"); }
  void unlock() { check(pthread_rwlock_unlock(&lock_) == 0, "pthread_rwlock_unlock"); }
  void unlock_shared() { unlock(); }
  pthread_rwlock_t* get() { return &lock_; }

 private:
  pthread_rwlock_t lock_;
};

// ---- What it protects ---------------------------------------------------------------------------

// `M` is std::shared_mutex or Lock. The writer writes under its lock, or under that of readers.
template <typename M, bool exclusive>
void writers_and_readers() {
  M mutex;
  int value = 0;
  int copy = 0;
  const auto write = [&] {
    if (exclusive) mutex.lock();
    if (!exclusive) mutex.lock_shared();
    value = value + 1;
    copy = value;
    if (exclusive) mutex.unlock();
    if (!exclusive) mutex.unlock_shared();
  };
  const auto read = [&] {
    const std::shared_lock<M> lock(mutex);
    const bool whole = value == copy;
    check(!exclusive || whole, "whoever reads sees no half of a change");
  };
  side_by_side(write, read, write, read);
  const std::shared_lock<M> lock(mutex);
  check(!exclusive || value == 2, "no update is lost");
}

template <typename M, bool exclusive>
void protects(const Parameters&) {
  writers_and_readers<M, exclusive>();
}

pthread_rwlock_t global_lock = PTHREAD_RWLOCK_INITIALIZER;

// A reader's unlock orders what it did before later writers, not before later readers.
template <bool by_writer>
void after_readers(const Parameters&) {
  int noted = 0;
  std::atomic<bool> left{false};
  side_by_side(
      [&] {
        pthread_rwlock_rdlock(&global_lock);
        noted = 1;
        pthread_rwlock_unlock(&global_lock);
        left.store(true, std::memory_order_relaxed);
      },
      [&] {
        if (!left.load(std::memory_order_relaxed)) return;
        by_writer ? pthread_rwlock_wrlock(&global_lock) : pthread_rwlock_rdlock(&global_lock);
        noted = noted + 1;
        pthread_rwlock_unlock(&global_lock);
      });
}

void readers_meet(const Parameters&) {
  std::shared_mutex mutex;
  std::atomic<int> inside{0};
  std::atomic<bool> met{false};
  const auto read = [&] {
    const Reading lock(mutex);
    if (++inside == 2) met = true;
    while (!met) std::this_thread::yield();
  };
  side_by_side(read, read);
}

// Nobody writes in between: both would have to hold the lock at once.
void upgraded_by_others(const Parameters&) {
  std::shared_mutex mutex;
  int value = 0;
  const auto work = [&] {
    int seen = 0;
    {
      const Reading lock(mutex);
      seen = value;
    }
    const Writing lock(mutex);
    value = seen + 1;
  };
  side_by_side(work, work);
  check(value == 2, "no update is lost");
}

void looked_again(const Parameters&) {
  std::shared_mutex mutex;
  std::unique_ptr<int> cached;
  std::atomic<int> made{0};
  const auto get = [&] {
    {
      const Reading lock(mutex);
      if (cached) return *cached;
    }
    const Writing lock(mutex);
    if (!cached) cached = std::make_unique<int>(++made);
    return *cached;
  };
  side_by_side([&] { check(get() == 1, "one value"); }, [&] { check(get() == 1, "one value"); });
}

// ---- Waiting for ever ---------------------------------------------------------------------------

void upgrade(const Parameters&) {
  std::shared_mutex mutex;
  const auto work = [&] {
    mutex.lock_shared();
    mutex.lock();
    mutex.unlock();
  };
  side_by_side(work, work);
}

// The reader of `mutex` and of `other` is one of two readers.
template <bool ordered>
void reader_and_mutex(const Parameters&) {
  std::shared_mutex mutex;
  std::mutex other;
  const auto read = [&] { const Reading lock(mutex); };
  side_by_side(
      read,
      [&] {
        const Reading lock(mutex);
        const std::lock_guard<std::mutex> second(other);
      },
      [&] {
        if (ordered) {
          const Writing lock(mutex);
          const std::lock_guard<std::mutex> second(other);
        } else {
          const std::lock_guard<std::mutex> first(other);
          const Writing lock(mutex);
        }
      },
      read);
}

// Two hold it to read, one of them for ever.
void reader_ended(const Parameters&) {
  Lock* lock = new Lock;
  side_by_side([&] { lock->lock_shared(); },
               [&] {
                 const std::shared_lock<Lock> reading(*lock);
                 std::this_thread::yield();
               });
  lock->lock();
}

// A reader that reads again: a writer between the two has to wait, unless the lock prefers writers.
template <int kind>
void reads_again(const Parameters&) {
  Lock* lock = new Lock(kind);
  side_by_side(
      [&] {
        const std::shared_lock<Lock> first(*lock);
        const std::shared_lock<Lock> second(*lock);
      },
      [&] { const std::unique_lock<Lock> writing(*lock); });
}

void writer_waits_for_all(const Parameters&) {
  std::shared_mutex mutex;
  std::atomic<int> readers{0};
  const auto read = [&] {
    const Reading lock(mutex);
    ++readers;
    std::this_thread::yield();
    --readers;
  };
  side_by_side(read, read, read, [&] {
    const Writing lock(mutex);
    check(readers == 0, "a writer is alone");
  });
}

// ---- Results ------------------------------------------------------------------------------------

timespec at(clockid_t clock, long milliseconds_on) {
  timespec time;
  clock_gettime(clock, &time);
  time.tv_sec += milliseconds_on / 1000;
  time.tv_nsec += milliseconds_on % 1000 * 1'000'000;
  if (time.tv_nsec >= 1'000'000'000) {
    time.tv_nsec -= 1'000'000'000;
    ++time.tv_sec;
  }
  return time;
}

void results(const Parameters&) {
  Lock lock;
  pthread_rwlock_t* own = lock.get();
  lock.lock();
  check(pthread_rwlock_wrlock(own) == EDEADLK, "the writer writes");
  check(pthread_rwlock_rdlock(own) == EDEADLK, "the writer reads");
  check(pthread_rwlock_trywrlock(own) == EBUSY, "the writer tries to write");
  check(pthread_rwlock_tryrdlock(own) == EBUSY, "the writer tries to read");
  std::thread([&] {
    const timespec soon = at(CLOCK_REALTIME, 10);
    check(pthread_rwlock_timedrdlock(own, &soon) == ETIMEDOUT, "no time to read");
    const timespec later = at(CLOCK_MONOTONIC, 10);
    check(pthread_rwlock_clockwrlock(own, CLOCK_MONOTONIC, &later) == ETIMEDOUT, "nor to write");
    const timespec wrong{0, 1'000'000'000};
    check(pthread_rwlock_timedwrlock(own, &wrong) == EINVAL, "no such time");
    check(pthread_rwlock_clockrdlock(own, CLOCK_THREAD_CPUTIME_ID, &soon) == EINVAL, "nor clock");
    const timespec before{-1, 0};
    check(pthread_rwlock_timedwrlock(own, &before) == ETIMEDOUT, "long over");
  }).join();
  lock.unlock();
  lock.lock_shared();
  check(pthread_rwlock_tryrdlock(own) == 0, "a reader reads again");
  check(pthread_rwlock_trywrlock(own) == EBUSY, "a reader cannot write");
  lock.unlock();
  std::thread([&] {
    check(pthread_rwlock_trywrlock(own) == EBUSY, "it reads still");
    check(pthread_rwlock_tryrdlock(own) == 0 && pthread_rwlock_unlock(own) == 0, "all may read");
  }).join();
  lock.unlock();
  check(pthread_rwlock_trywrlock(own) == 0, "free at last");
  lock.unlock();
}

void timed(const Parameters&) {
  std::shared_timed_mutex mutex;
  std::atomic<int> entered{0};
  const auto read = [&] {
    const std::shared_lock<std::shared_timed_mutex> lock(mutex, seconds(60));
    if (!lock.owns_lock()) return;
    ++entered;
    std::this_thread::sleep_for(milliseconds(10));
  };
  const auto write = [&] {
    if (!mutex.try_lock_for(seconds(60))) return;
    ++entered;
    std::this_thread::sleep_for(milliseconds(10));
    mutex.unlock();
  };
  side_by_side(read, write, read, write);
  check(entered == 4, "there is time enough for all");
  mutex.lock_shared();
  std::thread([&] {
    check(!mutex.try_lock_for(milliseconds(5)), "not while another reads");
    check(!mutex.try_lock(), "nor at once");
    check(mutex.try_lock_shared_for(milliseconds(5)), "but to read");
    mutex.unlock_shared();
  }).join();
  mutex.unlock_shared();
}

// Each reader gives up at last, so that the other may write.
void timed_upgrade(const Parameters&) {
  std::shared_timed_mutex mutex;
  std::atomic<int> written{0};
  const auto work = [&] {
    mutex.lock_shared();
    if (mutex.try_lock_for(milliseconds(10))) {
      ++written;
      mutex.unlock();
    }
    mutex.unlock_shared();
  };
  side_by_side(work, work);
  check(written == 0, "it reads itself");
}

// ---- Misuse -------------------------------------------------------------------------------------

void unlock_of_none(const Parameters&) {
  Lock lock;
  pthread_rwlock_unlock(lock.get());
}

void unlock_of_others(const Parameters&) {
  Lock lock;
  lock.lock_shared();
  std::thread([&] { pthread_rwlock_unlock(lock.get()); }).join();
}

void unlock_twice(const Parameters&) {
  std::shared_mutex mutex;
  mutex.lock_shared();
  mutex.unlock_shared();
  mutex.unlock_shared();
}

void destroyed_while_read(const Parameters&) {
  Lock lock;
  lock.lock_shared();
}

void between_processes(const Parameters&) {
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
  pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_rwlock_t lock;
  pthread_rwlock_init(&lock, &attributes);
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("protects.pthread", "pass", "writers alone", protects<Lock, true>),
    ROW("protects.shared_mutex", "pass", "writers alone", protects<std::shared_mutex, true>),
    ROW("protects.timed", "pass", "writers alone", protects<std::shared_timed_mutex, true>),
    ROW("protects.written_by_readers", "data-race", "a reader writes", protects<Lock, false>),
    ROW("protects.written_shared", "data-race", "a reader writes",
        protects<std::shared_mutex, false>),
    ROW("protects.reader_then_writer", "pass", "a writer comes after readers", after_readers<true>),
    ROW("protects.reader_then_reader", "data-race", "readers are not ordered",
        after_readers<false>),
    ROW("protects.readers_meet", "pass", "readers do not exclude each other", readers_meet),
    ROW("protects.stale", "check-failed", "read, then written", upgraded_by_others),
    ROW("protects.looked_again", "pass", "looks again under the writer's lock", looked_again),

    ROW("stuck.upgrade", "self-deadlock", "writes while it reads", upgrade),
    ROW("stuck.reader_and_mutex", "deadlock", "opposite orders", reader_and_mutex<false>),
    ROW("stuck.reader_and_mutex_ordered", "pass", "one order", reader_and_mutex<true>),
    ROW("stuck.reader_ended", "orphaned-lock", "a reader has ended", reader_ended),
    ROW("stuck.reads_again", "pass", "the default prefers readers",
        reads_again<PTHREAD_RWLOCK_DEFAULT_NP>),
    ROW("stuck.reads_again_half", "pass", "PREFER_WRITER alone is the default",
        reads_again<PTHREAD_RWLOCK_PREFER_WRITER_NP>),
    ROW("stuck.reads_again_after_writer", "deadlock", "a waiting writer goes first",
        reads_again<PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP>),
    ROW("stuck.writer_waits_for_all", "pass", "until the last has left", writer_waits_for_all),

    ROW("results.pthread", "pass", "as glibc's", results),
    ROW("results.timed", "pass", "time to wait", timed),
    ROW("results.timed_upgrade", "pass", "gives up", timed_upgrade),

    ROW("misuse.unlock_of_none", "lock-misuse", "not locked", unlock_of_none),
    ROW("misuse.unlock_of_others", "lock-misuse", "another reads", unlock_of_others),
    ROW("misuse.unlock_twice", "lock-misuse", "once too often", unlock_twice),
    ROW("misuse.destroyed", "lock-misuse", "destroyed while it is read", destroyed_while_read),
    ROW("misuse.between_processes", "not-modelled", "shared", between_processes),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
