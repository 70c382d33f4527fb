// Calls that the rules of locks, condition variables and threads forbid, each beside its right
// twin.
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

// ---- Unlock -------------------------------------------------------------------------------------

template <typename Mutex>
void unlock_of_others(const Parameters&) {
  Mutex mutex;
  mutex.lock();
  std::thread([&] { mutex.unlock(); }).join();
}

template <typename Mutex>
void unlock_of_nobodys(const Parameters&) {
  Mutex mutex;
  mutex.lock();
  mutex.unlock();
  mutex.unlock();
}

template <typename Mutex>
void unlock_of_own(const Parameters&) {
  Mutex mutex;
  int count = 0;
  const auto work = [&] {
    mutex.lock();
    count = count + 1;
    mutex.unlock();
  };
  std::thread one(work);
  std::thread other(work);
  one.join();
  other.join();
  check(count == 2, "both");
}

// Such a mutex is asked whose it is.
void unlock_refused(const Parameters&) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  check(pthread_mutex_unlock(&mutex) == EPERM, "nobody's");
  pthread_mutex_lock(&mutex);
  std::thread([&] { check(pthread_mutex_unlock(&mutex) == EPERM, "another's"); }).join();
  check(pthread_mutex_unlock(&mutex) == 0 && pthread_mutex_destroy(&mutex) == 0, "its own");
}

// ---- Destroyed mutexes --------------------------------------------------------------------------

void destroy_held(const Parameters&) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  std::thread task([&] {
    pthread_mutex_lock(&mutex);
    std::this_thread::yield();
    pthread_mutex_unlock(&mutex);
  });
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  pthread_mutex_destroy(&mutex);
  task.detach();
  std::this_thread::sleep_for(std::chrono::hours(1));
}

void destroy_after_join(const Parameters&) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  std::thread task([&] {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  });
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  task.join();
  check(pthread_mutex_destroy(&mutex) == 0, "destroyed");
}

void destroy_twice(const Parameters&) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_destroy(&mutex);
  pthread_mutex_destroy(&mutex);
}

void lock_destroyed(const Parameters&) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  std::thread task([&] {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  });
  pthread_mutex_destroy(&mutex);
  task.join();
}

// By function, by assignment, and as another variable in the same place.
void lock_made_anew(const Parameters&) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  for (int i = 0; i < 3; ++i) {
    check(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0, "as usual");
    pthread_mutex_destroy(&mutex);
    if (i == 0) {
      pthread_mutex_init(&mutex, nullptr);
    } else {
      mutex = PTHREAD_MUTEX_INITIALIZER;
    }
    pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
    check(pthread_mutex_lock(&other) == 0 && pthread_mutex_unlock(&other) == 0, "another");
    pthread_mutex_destroy(&other);
  }
}

// ---- Condition variables ------------------------------------------------------------------------

void wait_without_lock(const Parameters&) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  pthread_cond_wait(&condition, &mutex);
}

void wait_with_anothers_lock(const Parameters&) {
  std::mutex mutex;
  std::condition_variable condition;
  mutex.lock();
  std::thread task([&] {
    std::unique_lock<std::mutex> lock(mutex, std::adopt_lock);
    condition.wait(lock);
  });
  task.join();
}

// One waits with its own lock, the other with another; `kOne`: with the same.
template <bool kOne>
void two_mutexes(const Parameters&) {
  std::mutex first;
  std::mutex second;
  std::condition_variable condition;
  std::atomic<bool> done{false};
  const auto wait = [&](std::mutex& mutex) {
    std::unique_lock<std::mutex> lock(mutex);
    while (!done) condition.wait(lock);
  };
  std::thread one([&] { wait(first); });
  std::thread other([&] { wait(kOne ? first : second); });
  {
    const std::lock_guard<std::mutex> guard(first);
    const std::lock_guard<std::mutex> also(second);
    done = true;
  }
  condition.notify_all();
  one.join();
  other.join();
}

// One mutex after another is no mistake.
void mutexes_in_turn(const Parameters&) {
  std::mutex first;
  std::mutex second;
  std::condition_variable condition;
  for (std::mutex* mutex : {&first, &second}) {
    std::unique_lock<std::mutex> lock(*mutex);
    condition.wait_for(lock, std::chrono::milliseconds(1));
  }
}

void destroy_waited_on(const Parameters&) {
  static std::mutex mutex;
  auto* condition = new std::condition_variable;
  bool waiting = false;
  std::thread task([&] {
    std::unique_lock<std::mutex> lock(mutex);
    waiting = true;
    condition->wait(lock);
  });
  for (bool seen = false; !seen; std::this_thread::yield()) {
    const std::lock_guard<std::mutex> guard(mutex);
    seen = waiting;
  }
  delete condition;
  task.join();
}

// [thread.condition.condvar]: notified is enough, they need not have returned.
void destroy_notified(const Parameters&) {
  std::mutex mutex;
  auto* condition = new std::condition_variable;
  bool waiting = false;
  bool go = false;
  std::thread task([&] {
    std::unique_lock<std::mutex> lock(mutex);
    waiting = true;
    while (!go) condition->wait(lock);
  });
  for (bool seen = false; !seen; std::this_thread::yield()) {
    const std::lock_guard<std::mutex> guard(mutex);
    seen = waiting;
  }
  {
    const std::lock_guard<std::mutex> guard(mutex);
    go = true;
    condition->notify_all();
    delete condition;
  }
  task.join();
}

// Whoever notifies after the unlock may come too late.
template <bool kInside>
void last_notify(const Parameters&) {
  std::mutex mutex;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  bool done = false;
  std::thread task([&] {
    mutex.lock();
    done = true;
    if (kInside) pthread_cond_signal(&condition);
    mutex.unlock();
    if (!kInside) pthread_cond_signal(&condition);
  });
  {
    std::unique_lock<std::mutex> lock(mutex);
    while (!done) pthread_cond_wait(&condition, mutex.native_handle());
  }
  pthread_cond_destroy(&condition);
  task.join();
}

// In the same place, again and again, made by the library's own code.
void conditions_in_a_loop(const Parameters&) {
  for (int i = 0; i < 3; ++i) {
    std::mutex mutex;
    std::condition_variable condition;
    bool done = false;
    std::thread task([&] {
      const std::lock_guard<std::mutex> guard(mutex);
      done = true;
      condition.notify_one();
    });
    {
      std::unique_lock<std::mutex> lock(mutex);
      condition.wait(lock, [&] { return done; });
    }
    task.join();
  }
}

// ---- Threads ------------------------------------------------------------------------------------

void* nothing(void*) {
  return nullptr;
}

pthread_t started() {
  pthread_t thread = {};
  check(pthread_create(&thread, nullptr, nothing, nullptr) == 0, "started");
  return thread;
}

void join_twice(const Parameters&) {
  const pthread_t thread = started();
  pthread_join(thread, nullptr);
  pthread_join(thread, nullptr);
}
void join_once(const Parameters&) {
  pthread_join(started(), nullptr);
  pthread_join(started(), nullptr);
}
void join_by_two(const Parameters&) {
  const pthread_t thread = started();
  std::thread other([thread] { pthread_join(thread, nullptr); });
  pthread_join(thread, nullptr);
  other.join();
}
void join_detached(const Parameters&) {
  const pthread_t thread = started();
  pthread_detach(thread);
  pthread_join(thread, nullptr);
}
void detach_joined(const Parameters&) {
  const pthread_t thread = started();
  pthread_join(thread, nullptr);
  pthread_detach(thread);
}
void detach_twice(const Parameters&) {
  const pthread_t thread = started();
  pthread_detach(thread);
  pthread_detach(thread);
}
void join_self(const Parameters&) {
  pthread_join(pthread_self(), nullptr);
}
void join_own_object(const Parameters&) {
  std::thread task;
  std::atomic<bool> ready{false};
  task = std::thread([&] {
    while (!ready) std::this_thread::yield();
    task.join();
  });
  ready = true;
  while (task.joinable()) std::this_thread::yield();
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("unlock.others", "lock-misuse", "another task's", unlock_of_others<std::mutex>),
    ROW("unlock.others_recursive", "lock-misuse", "another task's",
        unlock_of_others<std::recursive_mutex>),
    ROW("unlock.nobodys", "lock-misuse", "twice", unlock_of_nobodys<std::mutex>),
    ROW("unlock.nobodys_recursive", "lock-misuse", "twice",
        unlock_of_nobodys<std::recursive_mutex>),
    ROW("unlock.own", "pass", "by who has locked it", unlock_of_own<std::mutex>),
    ROW("unlock.own_recursive", "pass", "the same", unlock_of_own<std::recursive_mutex>),
    ROW("unlock.refused", "pass", "an error-checking mutex says so", unlock_refused),
    ROW("destroy.held", "lock-misuse", "or about to be", destroy_held),
    ROW("destroy.after_join", "pass", "when all have ended", destroy_after_join),
    ROW("destroy.twice", "lock-misuse", "once was enough", destroy_twice),
    ROW("destroy.then_lock", "lock-misuse", "too late", lock_destroyed),
    ROW("destroy.made_anew", "pass", "in the same place", lock_made_anew),
    ROW("wait.without_lock", "lock-misuse", "nobody holds it", wait_without_lock),
    ROW("wait.anothers_lock", "lock-misuse", "main holds it", wait_with_anothers_lock),
    ROW("wait.two_mutexes", "lock-misuse", "at once", two_mutexes<false>),
    ROW("wait.one_mutex", "pass", "at once", two_mutexes<true>),
    ROW("wait.in_turn", "pass", "two mutexes, not at once", mutexes_in_turn),
    ROW("condition.destroy_waited_on", "lock-misuse", "somebody sleeps there", destroy_waited_on),
    ROW("condition.destroy_notified", "pass", "everybody is awake", destroy_notified),
    ROW("condition.notify_outside", "lock-misuse", "destroyed before", last_notify<false>),
    ROW("condition.notify_inside", "pass", "before the waiter can know", last_notify<true>),
    ROW("condition.loop", "pass", "made anew in one place", conditions_in_a_loop),
    ROW("join.twice", "lock-misuse", "one after the other", join_twice),
    ROW("join.once", "pass", "each once", join_once),
    ROW("join.by_two", "lock-misuse", "at once", join_by_two),
    ROW("join.detached", "lock-misuse", "nobody's to join", join_detached),
    ROW("join.then_detach", "lock-misuse", "it is gone", detach_joined),
    ROW("join.detach_twice", "lock-misuse", "once was enough", detach_twice),
    ROW("join.self", "lock-misuse", "never ends", join_self),
    ROW("join.own_object", "lock-misuse", "std::thread would throw", join_own_object),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
