// absl::Mutex, CondVar, Notification, BlockingCounter and call_once of Abseil's shared library, by
// their symbols: distributions build it without instrumentation, so its own atomics would order
// nothing. absl::Barrier and ReleasableMutexLock call these functions out of the library.
//
// Heddle is linked with Abseil itself, so the functions have the prefix `heddle_as.`, which the
// localised object takes off (cmake/localise.sh): Heddle's own copy stays as it is. They are weak:
// a program may be linked with Abseil's archives, which then win.
#include <limits.h>
#include <time.h>

#include "base/check.h"
#include "runtime/real.h"
#include "runtime/runtime.h"
#include "runtime/virtual_time.h"
#include "sync/absl_mutex.h"
#include "sync/atomic.h"
#include "sync/futex.h"
#include "sync/lock_misuse.h"

namespace heddle {
namespace {

using Mode = AbslMutex::Mode;

// Layouts that inline code of Abseil's headers works on.
struct AbslDuration {
  int64_t seconds;
  uint32_t quarters;  // of a nanosecond; all ones: infinite
};
struct AbslTime {
  AbslDuration since_1970;
};
struct AbslCondition {
  bool (*evaluate)(const AbslCondition*);  // null: always true
};
struct AbslNotification {
  intptr_t mutex;
  uint8_t notified;
};
struct AbslBlockingCounter {
  intptr_t mutex;
  int32_t count;
  int32_t waiting;
  bool done;
};
struct SpinLockTransition {
  uint32_t from;
  uint32_t to;
  bool done;
};

timespec timespec_of(AbslDuration duration) {
  return {static_cast<time_t>(duration.seconds), static_cast<long>(duration.quarters / 4)};
}

uint64_t deadline_of(AbslDuration timeout) {
  const uint64_t now = process.runtime->engine.now_ns();
  if (timeout.seconds < 0) return now;
  if (timeout.quarters == UINT32_MAX) return kNoDeadline;
  return deadline_after_ns(now, timespec_of(timeout));
}

uint64_t deadline_of(AbslTime moment) {
  const AbslDuration since = moment.since_1970;
  if (since.seconds < 0) return 0;
  if (since.quarters == UINT32_MAX) return kNoDeadline;
  return deadline_ns(CLOCK_REALTIME, timespec_of(since));
}

// Abseil reads the processor's counter, which no library call would show.
timespec now(Runtime& runtime, Site site) {
  HarnessScope scope(runtime);
  return clock_value(CLOCK_REALTIME, read_now_ns(scope->engine, site));
}

AbslTime now_as_time(Runtime& runtime, Site site) {
  const timespec time = now(runtime, site);
  return {{time.tv_sec, static_cast<uint32_t>(4 * time.tv_nsec)}};
}

int64_t now_as_nanoseconds(Runtime& runtime, Site site) {
  const timespec time = now(runtime, site);
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

void lock(Runtime& runtime, const void* mutex, Mode mode, Site site) {
  HarnessScope scope(runtime);
  scope->object<AbslMutex>(mutex, site).lock(scope->engine, mode, site);
}

bool try_lock(Runtime& runtime, const void* mutex, Mode mode, Site site) {
  HarnessScope scope(runtime);
  return scope->object<AbslMutex>(mutex, site).try_lock(scope->engine, mode, site);
}

void unlock(Runtime& runtime, const void* mutex, Mode mode, Site site) {
  HarnessScope scope(runtime);
  scope->object<AbslMutex>(mutex, site).unlock(scope->engine, mode, site);
}

void forget(Runtime& runtime, const void* object) {
  HarnessScope scope(runtime);
  scope->forget_objects(object, sizeof(intptr_t));
}

[[noreturn]] void misused(Runtime& runtime, const void* object, Site site) {
  abandon_lock_misuse(runtime.engine, runtime.object<AbslMutex>(object, site), nullptr, site);
}

// Precondition: the lock is held. `is_true` is the program's code. `changed`: as wait_for_change.
template <typename Condition>
bool await(Runtime& runtime, const void* mutex, const Condition& is_true, bool changed,
           uint64_t deadline, Site site) {
  for (bool in_time = true;; changed = false) {
    if (is_true()) return true;
    if (!in_time) return false;
    HarnessScope scope(runtime);
    AbslMutex& model = scope->object<AbslMutex>(mutex, site);
    const Mode mode = model.held(scope->engine);
    if (mode == Mode::none) misused(runtime, mutex, site);
    in_time = model.wait_for_change(scope->engine, mode, changed, deadline, site);
  }
}

bool await(Runtime& runtime, const void* mutex, const AbslCondition* condition, uint64_t deadline,
           Site site) {
  const auto is_true = [condition] {
    return condition->evaluate == nullptr || condition->evaluate(condition);
  };
  return await(runtime, mutex, is_true, true, deadline, site);
}

bool lock_when(Runtime& runtime, const void* mutex, Mode mode, const AbslCondition* condition,
               uint64_t deadline, Site site) {
  lock(runtime, mutex, mode, site);
  const auto is_true = [condition] {
    return condition->evaluate == nullptr || condition->evaluate(condition);
  };
  return await(runtime, mutex, is_true, false, deadline, site);
}

bool wait(Runtime& runtime, const void* condvar, const void* mutex, uint64_t deadline, Site site) {
  HarnessScope scope(runtime);
  AbslMutex& lock = scope->object<AbslMutex>(mutex, site);
  return scope->object<AbslCondVar>(condvar, site).wait_until(scope->engine, lock, deadline, site);
}

void signal(Runtime& runtime, const void* condvar, bool all, Site site) {
  HarnessScope scope(runtime);
  AbslCondVar& model = scope->object<AbslCondVar>(condvar, site);
  if (all) {
    model.signal_all(scope->engine, site);
  } else {
    model.signal(scope->engine, site);
  }
}

bool is_notified(Runtime& runtime, const AbslNotification* notification, Site site) {
  HarnessScope scope(runtime);
  return scope->object<Atomic>(&notification->notified, site)
             .load(scope->engine, &notification->notified, MemoryOrder::acquire, site) != 0;
}

bool wait(Runtime& runtime, const AbslNotification* notification, uint64_t deadline, Site site) {
  if (is_notified(runtime, notification, site)) return true;
  lock(runtime, &notification->mutex, Mode::write, site);
  const auto is_true = [&] { return is_notified(runtime, notification, site); };
  const bool notified = await(runtime, &notification->mutex, is_true, false, deadline, site);
  unlock(runtime, &notification->mutex, Mode::write, site);
  return notified;
}

void notify(Runtime& runtime, AbslNotification* notification, Site site) {
  lock(runtime, &notification->mutex, Mode::write, site);
  {
    HarnessScope scope(runtime);
    if (notification->notified != 0) misused(runtime, &notification->mutex, site);
    scope->object<Atomic>(&notification->notified, site)
        .store<uint8_t>(scope->engine, &notification->notified, 1, MemoryOrder::release, site);
  }
  unlock(runtime, &notification->mutex, Mode::write, site);
}

bool count_down(Runtime& runtime, AbslBlockingCounter* counter, Site site) {
  int32_t before = 0;
  {
    HarnessScope scope(runtime);
    const auto less = [](int32_t count) { return count - 1; };
    before = scope->object<Atomic>(&counter->count, site)
                 .update(scope->engine, &counter->count, less, MemoryOrder::acq_rel, site);
    if (before <= 0) misused(runtime, &counter->mutex, site);
  }
  if (before != 1) return false;
  lock(runtime, &counter->mutex, Mode::write, site);
  counter->done = true;
  unlock(runtime, &counter->mutex, Mode::write, site);
  return true;
}

void wait(Runtime& runtime, AbslBlockingCounter* counter, Site site) {
  lock(runtime, &counter->mutex, Mode::write, site);
  const auto is_true = [counter] { return counter->done; };
  await(runtime, &counter->mutex, is_true, false, kNoDeadline, site);
  unlock(runtime, &counter->mutex, Mode::write, site);
}

// Of call_once: until the word has one of the values that the transitions start from and, where
// that is a step that ends the wait, returns it.
uint32_t spin_lock_wait(Runtime& runtime, uint32_t* word, int count,
                        const SpinLockTransition* transitions, Site site) {
  HarnessScope scope(runtime);
  Engine& engine = scope->engine;
  Atomic& atomic = scope->object<Atomic>(word, site);
  for (;;) {
    const uint32_t seen = atomic.load(engine, word, MemoryOrder::acquire, site);
    int i = 0;
    while (i < count && transitions[i].from != seen) ++i;
    if (i == count) {
      scope->object<Futex>(word, site).wait_until(engine, word, seen, kNoDeadline, site);
      continue;
    }
    const bool taken =
        transitions[i].to == seen ||
        atomic.compare_exchange(engine, word, seen, transitions[i].to, MemoryOrder::acquire,
                                MemoryOrder::relaxed, site) == seen;
    if (taken && transitions[i].done) return seen;
  }
}

void require(Runtime& runtime, const void* mutex, bool good, Site site) {
  if (good) return;
  HarnessScope scope(runtime);
  misused(runtime, mutex, site);
}

Mode held(Runtime& runtime, const void* mutex, Site site) {
  HarnessScope scope(runtime);
  return scope->object<AbslMutex>(mutex, site).held(scope->engine);
}

// Abseil's own, in the library behind us.
void* next(const char* debian, const char* upstream) {
  void* function = dlsym(RTLD_NEXT, debian);
  if (function == nullptr) function = dlsym(RTLD_NEXT, upstream);
  HEDDLE_CHECK(function != nullptr);
  return function;
}

}  // namespace
}  // namespace heddle

// HEDDLE_ABSL(result, "_ZN" or "_ZNK", rest of the mangled name, (parameters), (arguments), what to
// do under control): one function under both names of its inline namespace, Debian's and
// upstream's.
#define HEDDLE_ABSL(result, start, rest, parameters, arguments, controlled_call) \
  HEDDLE_ABSL_AT(__COUNTER__, result, start, rest, parameters, arguments, controlled_call)
#define HEDDLE_ABSL_AT(n, ...) HEDDLE_ABSL_NAMED(n, __VA_ARGS__)
#define HEDDLE_ABSL_NAMED(n, result, start, rest, parameters, arguments, controlled_call)  \
  extern "C" HEDDLE_EXPORT __attribute__((weak))                                           \
  result heddle_absl_##n parameters asm("heddle_as." start "4absl7debian3" rest);          \
  asm(".weak heddle_as." start "4absl12lts_20220623" rest "\n.set heddle_as." start        \
      "4absl12lts_20220623" rest ", heddle_as." start "4absl7debian3" rest                 \
      "\n.type heddle_as." start "4absl12lts_20220623" rest ", @function");                \
  result heddle_absl_##n parameters {                                                      \
    using heddle::Mode;                                                                    \
    using heddle::deadline_of;                                                             \
    using heddle::kNoDeadline;                                                             \
    if (heddle::controlled() == nullptr) {                                                 \
      static void* real = nullptr;                                                         \
      if (real == nullptr) {                                                               \
        real = heddle::next(start "4absl7debian3" rest, start "4absl12lts_20220623" rest); \
      }                                                                                    \
      return reinterpret_cast<result(*) parameters>(real) arguments;                       \
    }                                                                                      \
    heddle::Runtime& runtime = *heddle::controlled();                                      \
    [[maybe_unused]] const heddle::Site site = HEDDLE_CALLER;                              \
    return controlled_call;                                                                \
  }

using heddle::AbslBlockingCounter;
using heddle::AbslCondition;
using heddle::AbslDuration;
using heddle::AbslNotification;
using heddle::AbslTime;
using heddle::SpinLockTransition;

// ---- Mutex --------------------------------------------------------------------------------------

HEDDLE_ABSL(void, "_ZN", "5Mutex4LockEv", (void* self), (self),
            heddle::lock(runtime, self, Mode::write, site))
HEDDLE_ABSL(void, "_ZN", "5Mutex6UnlockEv", (void* self), (self),
            heddle::unlock(runtime, self, Mode::write, site))
HEDDLE_ABSL(bool, "_ZN", "5Mutex7TryLockEv", (void* self), (self),
            heddle::try_lock(runtime, self, Mode::write, site))
HEDDLE_ABSL(void, "_ZN", "5Mutex10ReaderLockEv", (void* self), (self),
            heddle::lock(runtime, self, Mode::read, site))
HEDDLE_ABSL(void, "_ZN", "5Mutex12ReaderUnlockEv", (void* self), (self),
            heddle::unlock(runtime, self, Mode::read, site))
HEDDLE_ABSL(bool, "_ZN", "5Mutex13ReaderTryLockEv", (void* self), (self),
            heddle::try_lock(runtime, self, Mode::read, site))
HEDDLE_ABSL(void, "_ZN", "5MutexD1Ev", (void* self), (self), heddle::forget(runtime, self))
HEDDLE_ABSL(void, "_ZN", "5MutexD2Ev", (void* self), (self), heddle::forget(runtime, self))
HEDDLE_ABSL(void, "_ZNK", "5Mutex10AssertHeldEv", (const void* self), (self),
            heddle::require(runtime, self, heddle::held(runtime, self, site) == Mode::write, site))
HEDDLE_ABSL(void, "_ZNK", "5Mutex16AssertReaderHeldEv", (const void* self), (self),
            heddle::require(runtime, self, heddle::held(runtime, self, site) != Mode::none, site))
HEDDLE_ABSL(void, "_ZNK", "5Mutex13AssertNotHeldEv", (const void* self), (self),
            heddle::require(runtime, self, heddle::held(runtime, self, site) == Mode::none, site))

HEDDLE_ABSL(void, "_ZN", "5Mutex5AwaitERKNS0_9ConditionE",
            (void* self, const AbslCondition* condition), (self, condition),
            static_cast<void>(heddle::await(runtime, self, condition, kNoDeadline, site)))
HEDDLE_ABSL(bool, "_ZN", "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE",
            (void* self, const AbslCondition* condition, AbslDuration timeout),
            (self, condition, timeout),
            heddle::await(runtime, self, condition, deadline_of(timeout), site))
HEDDLE_ABSL(bool, "_ZN", "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE",
            (void* self, const AbslCondition* condition, AbslTime deadline),
            (self, condition, deadline),
            heddle::await(runtime, self, condition, deadline_of(deadline), site))

#define HEDDLE_ABSL_LOCK_WHEN(mode, plain, with_timeout, with_deadline)                        \
  HEDDLE_ABSL(                                                                                 \
      void, "_ZN", "5Mutex" plain "ERKNS0_9ConditionE",                                        \
      (void* self, const AbslCondition* condition), (self, condition),                         \
      static_cast<void>(heddle::lock_when(runtime, self, mode, condition, kNoDeadline, site))) \
  HEDDLE_ABSL(bool, "_ZN", "5Mutex" with_timeout "ERKNS0_9ConditionENS0_8DurationE",           \
              (void* self, const AbslCondition* condition, AbslDuration timeout),              \
              (self, condition, timeout),                                                      \
              heddle::lock_when(runtime, self, mode, condition, deadline_of(timeout), site))   \
  HEDDLE_ABSL(bool, "_ZN", "5Mutex" with_deadline "ERKNS0_9ConditionENS0_4TimeE",              \
              (void* self, const AbslCondition* condition, AbslTime deadline),                 \
              (self, condition, deadline),                                                     \
              heddle::lock_when(runtime, self, mode, condition, deadline_of(deadline), site))
HEDDLE_ABSL_LOCK_WHEN(Mode::write, "8LockWhen", "19LockWhenWithTimeout", "20LockWhenWithDeadline")
HEDDLE_ABSL_LOCK_WHEN(Mode::read, "14ReaderLockWhen", "25ReaderLockWhenWithTimeout",
                      "26ReaderLockWhenWithDeadline")

// ---- CondVar ------------------------------------------------------------------------------------

HEDDLE_ABSL(void, "_ZN", "7CondVar4WaitEPNS0_5MutexE", (void* self, void* mutex), (self, mutex),
            static_cast<void>(heddle::wait(runtime, self, mutex, kNoDeadline, site)))
HEDDLE_ABSL(bool, "_ZN", "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE",
            (void* self, void* mutex, AbslDuration timeout), (self, mutex, timeout),
            heddle::wait(runtime, self, mutex, deadline_of(timeout), site))
HEDDLE_ABSL(bool, "_ZN", "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE",
            (void* self, void* mutex, AbslTime deadline), (self, mutex, deadline),
            heddle::wait(runtime, self, mutex, deadline_of(deadline), site))
HEDDLE_ABSL(void, "_ZN", "7CondVar6SignalEv", (void* self), (self),
            heddle::signal(runtime, self, false, site))
HEDDLE_ABSL(void, "_ZN", "7CondVar9SignalAllEv", (void* self), (self),
            heddle::signal(runtime, self, true, site))
HEDDLE_ABSL(void, "_ZN", "7CondVarD1Ev", (void* self), (self), heddle::forget(runtime, self))
HEDDLE_ABSL(void, "_ZN", "7CondVarD2Ev", (void* self), (self), heddle::forget(runtime, self))

// ---- Time ---------------------------------------------------------------------------------------

HEDDLE_ABSL(AbslTime, "_ZN", "3NowEv", (), (), heddle::now_as_time(runtime, site))
HEDDLE_ABSL(int64_t, "_ZN", "19GetCurrentTimeNanosEv", (), (),
            heddle::now_as_nanoseconds(runtime, site))

// ---- Notification, BlockingCounter, call_once ---------------------------------------------------

HEDDLE_ABSL(void, "_ZN", "12Notification6NotifyEv", (AbslNotification * self), (self),
            heddle::notify(runtime, self, site))
HEDDLE_ABSL(void, "_ZNK", "12Notification19WaitForNotificationEv", (AbslNotification * self),
            (self), static_cast<void>(heddle::wait(runtime, self, kNoDeadline, site)))
HEDDLE_ABSL(bool, "_ZNK", "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE",
            (AbslNotification * self, AbslDuration timeout), (self, timeout),
            heddle::wait(runtime, self, deadline_of(timeout), site))
HEDDLE_ABSL(bool, "_ZNK", "12Notification31WaitForNotificationWithDeadlineENS0_4TimeE",
            (AbslNotification * self, AbslTime deadline), (self, deadline),
            heddle::wait(runtime, self, deadline_of(deadline), site))
HEDDLE_ABSL(bool, "_ZN", "15BlockingCounter14DecrementCountEv", (AbslBlockingCounter * self),
            (self), heddle::count_down(runtime, self, site))
HEDDLE_ABSL(void, "_ZN", "15BlockingCounter4WaitEv", (AbslBlockingCounter * self), (self),
            heddle::wait(runtime, self, site))
HEDDLE_ABSL(uint32_t, "_ZN",
            "13base_internal12SpinLockWaitEPSt6atomicIjEiPKNS1_22SpinLockWaitTransitionENS1_"
            "14SchedulingModeE",
            (uint32_t * word, int count, const SpinLockTransition* transitions, int mode),
            (word, count, transitions, mode),
            heddle::spin_lock_wait(runtime, word, count, transitions, site))
