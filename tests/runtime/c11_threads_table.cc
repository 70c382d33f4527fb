// C11's <threads.h>.
#include <threads.h>
#include <time.h>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

// Of one execution: globals are restored for the next.
mtx_t mutex;
mtx_t other;
cnd_t changed;
once_flag once = ONCE_FLAG_INIT;
tss_t key;
int count = 0;
int made = 0;
int destroyed = 0;
bool ready = false;

void prepare(int type = mtx_plain) {
  check(mtx_init(&mutex, type) == thrd_success, "mtx_init");
  check(mtx_init(&other, type) == thrd_success, "mtx_init");
  check(cnd_init(&changed) == thrd_success, "cnd_init");
}

void side_by_side(thrd_start_t one, thrd_start_t two) {
  thrd_t first, second;
  check(thrd_create(&first, one, nullptr) == thrd_success, "thrd_create");
  check(thrd_create(&second, two, nullptr) == thrd_success, "thrd_create");
  check(thrd_join(first, nullptr) == thrd_success, "thrd_join");
  check(thrd_join(second, nullptr) == thrd_success, "thrd_join");
}

// ---- Threads ------------------------------------------------------------------------------------

int leave(void*) {
  thrd_exit(-8);
}

int negative(void* value) {
  return -*static_cast<int*>(value);
}

int compare_self(void* creator) {
  return thrd_equal(thrd_current(), *static_cast<thrd_t*>(creator));
}

int sleep_and_yield(void*) {
  const timespec second{1, 0};
  thrd_yield();
  return thrd_sleep(&second, nullptr);
}

void threads(const Parameters&) {
  thrd_t first, second;
  int seven = 7, result = 0;
  check(thrd_create(&first, negative, &seven) == thrd_success, "thrd_create");
  check(thrd_create(&second, leave, nullptr) == thrd_success, "thrd_create");
  check(thrd_join(first, &result) == thrd_success && result == -7, "what it returns");
  check(thrd_join(second, &result) == thrd_success && result == -8, "what it gives to thrd_exit");
  thrd_t self = thrd_current();
  check(thrd_equal(self, thrd_current()) != 0, "oneself");
  check(thrd_create(&first, compare_self, &self) == thrd_success, "thrd_create");
  check(thrd_join(first, &result) == thrd_success && result == 0, "another");
  check(thrd_create(&first, sleep_and_yield, nullptr) == thrd_success, "thrd_create");
  check(thrd_detach(first) == thrd_success, "thrd_detach");
  const timespec ten{10, 0};
  thrd_sleep(&ten, nullptr);
}

void detached_too_late(const Parameters&) {
  thrd_t thread;
  thrd_create(&thread, sleep_and_yield, nullptr);
  thrd_detach(thread);
}

// ---- Mutexes ------------------------------------------------------------------------------------

template <bool locks>
int increment(void*) {
  if (locks) mtx_lock(&mutex);
  count = count + 1;
  if (locks) mtx_unlock(&mutex);
  return 0;
}

void counted(const Parameters&) {
  prepare();
  side_by_side(increment<true>, increment<true>);
  check(count == 2, "no update is lost");
}

void counted_half(const Parameters&) {
  prepare();
  side_by_side(increment<true>, increment<false>);
}

template <bool turned>
int take_both(void*) {
  mtx_lock(turned ? &other : &mutex);
  mtx_lock(turned ? &mutex : &other);
  mtx_unlock(&mutex);
  mtx_unlock(&other);
  return 0;
}

template <bool ordered>
void two(const Parameters&) {
  prepare();
  side_by_side(take_both<false>, take_both<!ordered>);
}

void twice(const Parameters&) {
  prepare();
  mtx_lock(&mutex);
  mtx_lock(&mutex);
}

timespec soon() {
  timespec time;
  timespec_get(&time, TIME_UTC);
  ++time.tv_sec;
  return time;
}

int find_locked(void*) {
  check(mtx_trylock(&mutex) == thrd_busy, "it is taken");
  const timespec deadline = soon();
  check(mtx_timedlock(&mutex, &deadline) == thrd_timedout, "for longer than that");
  return 0;
}

void results(const Parameters&) {
  prepare(mtx_timed | mtx_recursive);
  check(mtx_lock(&mutex) == thrd_success && mtx_lock(&mutex) == thrd_success, "recursive");
  check(mtx_trylock(&mutex) == thrd_success, "as often as it likes");
  side_by_side(find_locked, find_locked);
  for (int i = 0; i < 3; ++i) check(mtx_unlock(&mutex) == thrd_success, "mtx_unlock");
  mtx_destroy(&mutex);
  check(mtx_init(&mutex, mtx_timed) == thrd_success, "mtx_init");
  const timespec deadline = soon();
  check(mtx_timedlock(&mutex, &deadline) == thrd_success, "free");
  check(cnd_timedwait(&changed, &mutex, &deadline) == thrd_timedout, "nobody notifies");
  check(mtx_unlock(&mutex) == thrd_success, "locked again");
  cnd_destroy(&changed);
}

int unlock(void*) {
  mtx_unlock(&mutex);
  return 0;
}

void unlock_of_others(const Parameters&) {
  prepare();
  mtx_lock(&mutex);
  side_by_side(unlock, unlock);
}

// ---- Condition variables ------------------------------------------------------------------------

template <bool looks>
int wait_until_ready(void*) {
  mtx_lock(&mutex);
  if (looks) {
    while (!ready) cnd_wait(&changed, &mutex);
  } else {
    cnd_wait(&changed, &mutex);
  }
  mtx_unlock(&mutex);
  return 0;
}

template <int (*notify)(cnd_t*)>
int make_ready(void*) {
  mtx_lock(&mutex);
  ready = true;
  mtx_unlock(&mutex);
  notify(&changed);
  return 0;
}

template <bool looks, int (*notify)(cnd_t*)>
void notified(const Parameters&) {
  prepare();
  side_by_side(wait_until_ready<looks>, make_ready<notify>);
}

int notify_nobody(cnd_t*) {
  return thrd_success;
}

// ---- Once, and values of threads ----------------------------------------------------------------

void make() {
  made = made + 1;
}

int make_once(void*) {
  call_once(&once, make);
  check(made == 1, "made before call_once returns");
  return 0;
}

void call_once_only(const Parameters&) {
  side_by_side(make_once, make_once);
}

void destroy(void*) {
  mtx_lock(&mutex);
  ++destroyed;
  mtx_unlock(&mutex);
}

int use_value(void*) {
  int own = 0;
  check(tss_get(key) == nullptr, "nothing yet");
  check(tss_set(key, &own) == thrd_success, "tss_set");
  thrd_yield();
  check(tss_get(key) == &own, "its own");
  return 0;
}

void values(const Parameters&) {
  prepare();
  check(tss_create(&key, destroy) == thrd_success, "tss_create");
  side_by_side(use_value, use_value);
  check(destroyed == 2, "a destructor for each");
  tss_delete(key);
  check(tss_set(key, &key) == thrd_error, "no such key any more");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("thrd.lives", "pass", "created, joined, left, detached", threads),
    ROW("thrd.detached_too_late", "leaked-task", "nobody waits", detached_too_late),

    ROW("mtx.counted", "pass", "locked by both", counted),
    ROW("mtx.counted_half", "data-race", "locked by one", counted_half),
    ROW("mtx.two_ordered", "pass", "one order", two<true>),
    ROW("mtx.two", "deadlock", "opposite orders", two<false>),
    ROW("mtx.twice", "self-deadlock", "locked twice", twice),
    ROW("mtx.results", "pass", "as glibc's", results),
    ROW("mtx.unlock_of_others", "lock-misuse", "not its own", unlock_of_others),

    ROW("cnd.looked", "pass", "looks before it waits", notified<true, cnd_signal>),
    ROW("cnd.all", "pass", "notifies all", notified<true, cnd_broadcast>),
    ROW("cnd.too_early", "lost-wakeup", "nobody waits yet", notified<false, cnd_signal>),
    ROW("cnd.never", "deadlock", "forgotten", notified<true, notify_nobody>),

    ROW("once.call_once", "pass", "one calls, all wait", call_once_only),
    ROW("tss.values", "pass", "one for each thread", values),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
