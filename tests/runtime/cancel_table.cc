// pthread_cancel: requests, the points where they take effect, and what is left behind.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

// Of one execution: globals are restored for the next.
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
sem_t semaphore;
int cleaned = 0;
int destroyed = 0;
std::atomic<int> progress{0};

struct Counted {
  ~Counted() { ++destroyed; }
};

void clean(void*) {
  ++cleaned;
}
void unlock(void* lock) {
  ++cleaned;
  pthread_mutex_unlock(static_cast<pthread_mutex_t*>(lock));
}

pthread_t start(void* (*function)(void*), void* argument = nullptr) {
  pthread_t thread;
  check(pthread_create(&thread, nullptr, function, argument) == 0, "pthread_create");
  return thread;
}

void* join(pthread_t thread) {
  void* result = nullptr;
  check(pthread_join(thread, &result) == 0, "pthread_join");
  return result;
}

void cancel_and_join(pthread_t thread) {
  check(pthread_cancel(thread) == 0, "pthread_cancel");
  check(join(thread) == PTHREAD_CANCELED, "it was cancelled");
}

// ---- Where it takes effect ----------------------------------------------------------------------

void* test_for_ever(void*) {
  const Counted counted;
  pthread_cleanup_push(clean, nullptr);
  for (;;) pthread_testcancel();
  pthread_cleanup_pop(0);
  return nullptr;
}

void* sleep_for_ever(void*) {
  const Counted counted;
  pthread_cleanup_push(clean, nullptr);
  for (;;) sleep(1000);
  pthread_cleanup_pop(0);
  return nullptr;
}

void* wait_for_post(void*) {
  const Counted counted;
  pthread_cleanup_push(clean, nullptr);
  sem_wait(&semaphore);
  pthread_cleanup_pop(0);
  return nullptr;
}

void* join_sleeper(void* sleeper) {
  const Counted counted;
  pthread_cleanup_push(clean, nullptr);
  pthread_join(*static_cast<pthread_t*>(sleeper), nullptr);
  pthread_cleanup_pop(0);
  return nullptr;
}

// The mutex is held again when the handler runs.
void* wait_for_change(void*) {
  const Counted counted;
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  for (;;) pthread_cond_wait(&changed, &mutex);
  pthread_cleanup_pop(1);
  return nullptr;
}

template <void* (*function)(void*)>
void at_point(const Parameters&) {
  sem_init(&semaphore, 0, 0);
  cancel_and_join(start(function));
  check(cleaned == 1 && destroyed == 1, "handlers and destructors have run");
  check(pthread_mutex_trylock(&mutex) == 0, "nothing is left locked");
}

void at_join(const Parameters&) {
  pthread_t sleeper = start(sleep_for_ever);
  cancel_and_join(start(join_sleeper, &sleeper));
  cancel_and_join(sleeper);
  check(cleaned == 2 && destroyed == 2, "both have been cancelled");
}

void of_cxx(const Parameters&) {
  std::mutex own;
  std::condition_variable change;
  bool ready = false;
  std::thread task([&] {
    const Counted counted;
    std::unique_lock<std::mutex> lock(own);
    while (!ready) change.wait(lock);
  });
  check(pthread_cancel(task.native_handle()) == 0, "pthread_cancel");
  task.join();
  check(destroyed == 1 && own.try_lock(), "a guard unlocks");
  own.unlock();
}

void* cancel_self(void*) {
  pthread_cancel(pthread_self());
  ++progress;
  pthread_testcancel();
  ++progress;
  return nullptr;
}

void of_oneself(const Parameters&) {
  check(join(start(cancel_self)) == PTHREAD_CANCELED, "it was cancelled");
  check(progress == 1, "at the first point that follows");
}

void* do_and_test(void*) {
  for (int i = 0; i < 3; ++i) {
    ++progress;
    pthread_testcancel();
  }
  return nullptr;
}

void in_time_or_not(const Parameters&) {
  const pthread_t thread = start(do_and_test);
  check(pthread_cancel(thread) == 0, "pthread_cancel, also of one that has ended");
  const bool cancelled = join(thread) == PTHREAD_CANCELED;
  const int done = progress;
  check(cancelled || done == 3, "all of it, or cancelled");
  heddle::outcome(cancelled ? "cancelled after " + std::to_string(done) : "done");
}

// What a C compiler without -fexceptions makes of pthread_cleanup_push and pop.
extern "C" {
void __pthread_register_cancel(__pthread_unwind_buf_t* buffer);
void __pthread_unregister_cancel(__pthread_unwind_buf_t* buffer);
[[noreturn]] void __pthread_unwind_next(__pthread_unwind_buf_t* buffer);
}

template <typename Work>
void with_handler(void (*handler)(void*), void* argument, Work work) {
  __pthread_unwind_buf_t buffer;
  if (__sigsetjmp(reinterpret_cast<__jmp_buf_tag*>(buffer.__cancel_jmp_buf), 0) != 0) {
    handler(argument);
    __pthread_unwind_next(&buffer);
  }
  __pthread_register_cancel(&buffer);
  work();
  __pthread_unregister_cancel(&buffer);
}

std::atomic<int> handled{0};  // digits in the order of the handlers

void handle(void* digit) {
  handled = handled * 10 + *static_cast<int*>(digit);
}

template <bool exits>
void* in_handlers_of_c(void*) {
  int one = 1, two = 2, three = 3;
  const Counted outer;
  with_handler(handle, &one, [&] {
    with_handler(handle, &two, [] {});  // popped: not run
    const Counted inner;
    with_handler(handle, &three, [] {
      if (exits) pthread_exit(PTHREAD_CANCELED);
      sleep(1000);
    });
  });
  return nullptr;
}

template <bool exits>
void handlers_of_c(const Parameters&) {
  const pthread_t thread = start(in_handlers_of_c<exits>);
  if (!exits) pthread_cancel(thread);
  check(join(thread) == PTHREAD_CANCELED, "it was cancelled");
  check(handled == 31, "the inner one first, none twice");
  check(destroyed == 2, "and what lies between them");
}

// ---- Where it does not --------------------------------------------------------------------------

void* not_now(void*) {
  int before = -1;
  check(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0, "pthread_setcancelstate");
  check(before == PTHREAD_CANCEL_ENABLE, "enabled at first");
  ++progress;
  sleep(10);
  pthread_testcancel();
  ++progress;
  check(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before) == 0, "pthread_setcancelstate");
  check(before == PTHREAD_CANCEL_DISABLE, "disabled until now");
  for (;;) pthread_testcancel();
}

// The request comes while it is disabled, or later.
void disabled(const Parameters&) {
  const pthread_t thread = start(not_now);
  while (progress == 0) sched_yield();
  cancel_and_join(thread);
  check(progress == 2, "what must not be cut off is done");
}

void* disable_and_do(void*) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
  sleep(10);
  ++progress;
  return nullptr;
}

void disabled_to_the_end(const Parameters&) {
  const pthread_t thread = start(disable_and_do);
  pthread_cancel(thread);
  check(join(thread) == nullptr && progress == 1, "it has ended by itself");
}

void* lock_and_unlock(void*) {
  pthread_mutex_lock(&mutex);
  ++progress;
  pthread_mutex_unlock(&mutex);
  return nullptr;
}

void mutex_is_no_point(const Parameters&) {
  pthread_mutex_lock(&mutex);
  const pthread_t thread = start(lock_and_unlock);
  pthread_cancel(thread);
  pthread_mutex_unlock(&mutex);
  check(join(thread) == nullptr && progress == 1, "a mutex is no cancellation point");
}

// A signal is not lost to a thread that is cancelled: one of two waits ends by it.
void* wait_for_progress(void*) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, &mutex);
  while (progress == 0) pthread_cond_wait(&changed, &mutex);
  pthread_cleanup_pop(1);
  return nullptr;
}

void not_to_the_cancelled(const Parameters&) {
  const pthread_t first = start(wait_for_progress);
  const pthread_t second = start(wait_for_progress);
  pthread_cancel(first);
  join(first);
  pthread_mutex_lock(&mutex);
  progress = 1;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&mutex);
  check(join(second) == nullptr, "woken");
}

void results(const Parameters&) {
  check(pthread_setcancelstate(77, nullptr) == EINVAL, "no such state");
  check(pthread_setcanceltype(77, nullptr) == EINVAL, "no such type");
  int before = -1;
  check(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before) == 0, "pthread_setcanceltype");
  check(before == PTHREAD_CANCEL_DEFERRED, "deferred at first");
}

// ---- What goes wrong ----------------------------------------------------------------------------

void* wait_without_handler(void*) {
  pthread_mutex_lock(&mutex);
  while (progress == 0) pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
  return nullptr;
}

void left_locked(const Parameters&) {
  const pthread_t thread = start(wait_without_handler);
  pthread_cancel(thread);
  join(thread);
  pthread_mutex_lock(&mutex);
}

void* move_money(void* accounts) {
  int* const account = static_cast<int*>(accounts);
  account[0] -= 10;
  pthread_testcancel();
  account[1] += 10;
  return nullptr;
}

void half_done(const Parameters&) {
  int accounts[2] = {100, 100};
  const pthread_t thread = start(move_money, accounts);
  pthread_cancel(thread);
  join(thread);
  const int sum = accounts[0] + accounts[1];
  check(sum == 200, "money is lost");
}

// A request does not wait for its effect: only a join does.
template <bool joined>
void looked_at(const Parameters&) {
  const pthread_t thread = start(test_for_ever);
  pthread_cancel(thread);
  if (joined) join(thread);
  const int seen = cleaned;
  if (joined) check(seen == 1, "it is clean");
  if (!joined) join(thread);
}

void* never_test(void*) {
  pthread_mutex_lock(&mutex);
  pthread_mutex_lock(&mutex);
  return nullptr;
}

void never_tested(const Parameters&) {
  const pthread_t thread = start(never_test);
  pthread_cancel(thread);
  join(thread);
}

void* asynchronous(void*) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  return nullptr;
}

void at_any_moment(const Parameters&) {
  join(start(asynchronous));
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("point.test", "pass", "pthread_testcancel", at_point<test_for_ever>),
    ROW("point.sleep", "pass", "sleep", at_point<sleep_for_ever>),
    ROW("point.semaphore", "pass", "sem_wait", at_point<wait_for_post>),
    ROW("point.condition", "pass", "pthread_cond_wait", at_point<wait_for_change>),
    ROW("point.join", "pass", "pthread_join", at_join),
    ROW("point.cxx", "pass", "std::condition_variable", of_cxx),
    ROW("point.oneself", "pass", "by oneself", of_oneself),
    ROW("point.in_time_or_not", "pass", "before or after", in_time_or_not),

    ROW("point.handlers_of_c", "pass", "handlers of C", handlers_of_c<false>),
    ROW("point.exit_of_c", "pass", "pthread_exit runs them", handlers_of_c<true>),

    ROW("no_point.disabled", "pass", "later", disabled),
    ROW("no_point.to_the_end", "pass", "never", disabled_to_the_end),
    ROW("no_point.mutex", "pass", "no point", mutex_is_no_point),
    ROW("no_point.signal", "pass", "for the other", not_to_the_cancelled),
    ROW("no_point.results", "pass", "as glibc's", results),

    ROW("wrong.left_locked", "orphaned-lock", "no handler unlocks", left_locked),
    ROW("wrong.half_done", "check-failed", "cut off in the middle", half_done),
    ROW("wrong.looked_too_early", "data-race", "does not wait for it", looked_at<false>),
    ROW("wrong.looked_after_join", "pass", "waits for it", looked_at<true>),
    ROW("wrong.never_tested", "self-deadlock", "does not get to a point", never_tested),
    ROW("wrong.at_any_moment", "not-modelled", "asynchronous", at_any_moment),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
