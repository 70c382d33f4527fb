// Abseil's synchronisation, out of its shared library: wrong programs, each beside a right one that
// differs in a line.
#include <functional>
#include <thread>

#include "absl/base/call_once.h"
#include "absl/synchronization/barrier.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

template <typename One, typename Other>
void beside(One one, Other other) {
  std::thread first(one), second(other);
  first.join();
  second.join();
}

// ---- Mutex --------------------------------------------------------------------------------------

template <bool locks>
void counting(const Parameters&) {
  absl::Mutex mutex;
  int count = 0;
  const auto work = [&](bool lock) {
    absl::MutexLockMaybe held(lock ? &mutex : nullptr);
    count = count + 1;
  };
  beside([&] { work(true); }, [&] { work(locks); });
  check(count >= 1, "counted");
}

template <bool same_order>
void two_locks(const Parameters&) {
  absl::Mutex a, b;
  const auto work = [](absl::Mutex& first, absl::Mutex& second) {
    first.Lock();
    second.Lock();
    second.Unlock();
    first.Unlock();
  };
  beside([&] { work(a, b); }, [&] { same_order ? work(a, b) : work(b, a); });
}

template <bool twice>
void locked_again(const Parameters&) {
  absl::Mutex mutex;
  const absl::MutexLock held(&mutex);
  if (twice) mutex.Lock();
}

template <bool unlocks>
void left_locked(const Parameters&) {
  absl::Mutex mutex;
  const auto work = [&] {
    mutex.Lock();
    if (unlocks) mutex.Unlock();
  };
  beside(work, work);
}

template <bool looks>
void trying(const Parameters&) {
  absl::Mutex mutex;
  int count = 0;
  const auto work = [&] {
    const bool got = mutex.TryLock();
    if (got || !looks) count = count + 1;
    if (got) mutex.Unlock();
  };
  beside(work, work);
}

template <bool own>
void unlocked(const Parameters&) {
  absl::Mutex mutex;
  mutex.Lock();
  std::thread other([&] {
    if (!own) mutex.Unlock();
  });
  other.join();
  if (own) mutex.Unlock();
}

template <bool holds>
void asserted(const Parameters&) {
  absl::Mutex mutex;
  mutex.AssertNotHeld();
  if (holds) mutex.Lock();
  mutex.AssertHeld();
  mutex.AssertReaderHeld();
  mutex.Unlock();
}

// ---- Readers ------------------------------------------------------------------------------------

template <bool writes_shared>
void readers(const Parameters&) {
  absl::Mutex mutex;
  int value = 1;
  std::thread writer([&] {
    if (writes_shared) {
      const absl::ReaderMutexLock held(&mutex);
      value = 2;
    } else {
      const absl::WriterMutexLock held(&mutex);
      value = 2;
    }
  });
  beside(
      [&] {
        const absl::ReaderMutexLock held(&mutex);
        check(value >= 1, "the value");
      },
      [&] {
        if (!mutex.ReaderTryLock()) return;
        check(value >= 1, "the value");
        mutex.ReaderUnlock();
      });
  writer.join();
}

// Two read at the same time: each waits for the other inside.
template <bool shared>
void readers_meet(const Parameters&) {
  absl::Mutex mutex;
  absl::Barrier* inside = new absl::Barrier(2);
  const auto work = [&] {
    shared ? mutex.ReaderLock() : mutex.Lock();
    if (inside->Block()) delete inside;
    shared ? mutex.ReaderUnlock() : mutex.Unlock();
  };
  beside(work, work);
}

template <bool upgrades>
void upgrading(const Parameters&) {
  absl::Mutex mutex;
  mutex.ReaderLock();
  if (!upgrades) mutex.ReaderUnlock();
  mutex.Lock();
  mutex.Unlock();
  if (upgrades) mutex.ReaderUnlock();
}

// ---- Conditions ---------------------------------------------------------------------------------

template <bool comes>
void awaiting(const Parameters&) {
  absl::Mutex mutex;
  int items = 0;
  const auto enough = [&] { return items == 2; };
  std::thread taker([&] {
    const absl::MutexLock held(&mutex);
    mutex.Await(absl::Condition(&enough));
    check(items == 2, "two items");
  });
  for (int i = 0; i < (comes ? 2 : 1); ++i) {
    const absl::MutexLock held(&mutex);
    ++items;
  }
  taker.join();
}

// In turn, by conditions alone; the one that waits has changed what the other waits for.
template <bool fair>
void in_turn(const Parameters&) {
  absl::Mutex mutex;
  int turn = 0;
  const auto play = [&](int own) {
    const auto mine = [&] { return turn % 2 == own; };
    const absl::MutexLock held(&mutex);
    for (int round = 0; round < 3; ++round) {
      mutex.Await(absl::Condition(&mine));
      if (fair || own == 0 || round == 0) ++turn;
    }
  };
  beside([&] { play(0); }, [&] { play(1); });
}

template <bool locked>
void lock_when(const Parameters&) {
  absl::Mutex mutex;
  bool ready = false;
  int data = 0;
  std::thread waiter([&] {
    if (locked) {
      const absl::ReaderMutexLock held(&mutex, absl::Condition(&ready));
      check(data == 1, "the data");
    } else {
      check(data <= 1, "the data");
    }
  });
  mutex.Lock();
  data = 1;
  ready = true;
  mutex.Unlock();
  waiter.join();
}

// Five seconds are more than anybody is held back for.
template <bool sets>
void await_timed(const Parameters&) {
  absl::Mutex mutex;
  bool ready = false;
  std::thread setter([&] {
    const absl::MutexLock held(&mutex);
    ready = sets;
  });
  const bool seen = mutex.LockWhenWithTimeout(absl::Condition(&ready), absl::Seconds(5));
  check(seen == ready, "what it returns");
  mutex.Unlock();
  setter.join();
  check(seen, "ready within 5 s");
}

void await_deadline(const Parameters&) {
  absl::Mutex mutex;
  const bool never = false;
  const absl::Time start = absl::Now();
  const absl::MutexLock held(&mutex);
  check(!mutex.AwaitWithDeadline(absl::Condition(&never), start + absl::Seconds(2)), "in vain");
  check(absl::Now() - start >= absl::Seconds(2), "2 s have passed");
  check(!mutex.AwaitWithTimeout(absl::Condition(&never), -absl::InfiniteDuration()), "at once");
  mutex.Await(absl::Condition::kTrue);
}

// ---- CondVar ------------------------------------------------------------------------------------

enum class Tells { all, one, early, never };

template <Tells tells, int waiters>
void condvar(const Parameters&) {
  absl::Mutex mutex;
  absl::CondVar changed;
  bool ready = false;
  const auto wait = [&] {
    const absl::MutexLock held(&mutex);
    while (!ready) changed.Wait(&mutex);
  };
  std::thread one(wait);
  std::thread other([&] {
    if (waiters == 2) wait();
  });
  if (tells == Tells::early) changed.SignalAll();
  mutex.Lock();
  ready = true;
  mutex.Unlock();
  if (tells == Tells::one) changed.Signal();
  if (tells == Tells::all) changed.SignalAll();
  one.join();
  other.join();
}

template <bool looks>
void condvar_timed(const Parameters&) {
  absl::Mutex mutex;
  absl::CondVar changed;
  bool ready = false;
  std::thread setter([&] {
    absl::SleepFor(absl::Milliseconds(10));
    const absl::MutexLock held(&mutex);
    ready = true;
    changed.Signal();
  });
  {
    const absl::MutexLock held(&mutex);
    const absl::Time deadline = absl::Now() + absl::Milliseconds(10);
    while (!ready && !changed.WaitWithDeadline(&mutex, deadline)) {
    }
    while (looks && !ready) changed.WaitWithTimeout(&mutex, absl::Seconds(1));
    check(ready, "ready");
  }
  setter.join();
}

// ---- The others ---------------------------------------------------------------------------------

enum class Asks { waits, polls, not_at_all };

template <Asks asks>
void notification(const Parameters&) {
  absl::Notification done;
  int data = 0;
  std::thread worker([&] {
    data = 1;
    done.Notify();
  });
  if (asks == Asks::waits) done.WaitForNotification();
  while (asks == Asks::polls && !done.HasBeenNotified()) std::this_thread::yield();
  check(data <= 1, "the data");
  worker.join();
}

template <bool notifies>
void notified(const Parameters&) {
  absl::Notification done;
  std::thread worker([&] {
    if (notifies) done.Notify();
  });
  const bool seen = done.WaitForNotificationWithTimeout(absl::Seconds(20));
  check(seen == notifies, "what it returns");
  if (!seen) done.WaitForNotification();
  worker.join();
}

template <int counted>
void blocking_counter(const Parameters&) {
  absl::BlockingCounter left(2);
  int parts[2] = {};
  std::thread one([&] {
    parts[0] = 1;
    left.DecrementCount();
  });
  std::thread other([&] {
    parts[1] = 1;
    if (counted == 2) left.DecrementCount();
  });
  left.Wait();
  check(parts[0] + parts[1] == 2, "both parts");
  one.join();
  other.join();
}

template <bool waits>
void barrier(const Parameters&) {
  absl::Barrier* all = new absl::Barrier(2);
  int parts[2] = {};
  const auto work = [&](int own) {
    parts[own] = 1;
    if (waits && all->Block()) delete all;
    check(parts[1 - own] <= 1, "the other's part");
  };
  beside([&] { work(0); }, [&] { work(1); });
  if (!waits) delete all;
}

template <bool by_flag>
void once(const Parameters&) {
  absl::once_flag flag;
  int value = 0;
  const auto make = [&] {
    std::this_thread::yield();
    value = value + 1;
  };
  const auto work = [&] {
    by_flag ? absl::call_once(flag, make) : make();
    check(value >= 1, "made");
  };
  std::thread third(work);
  beside(work, work);
  third.join();
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("mutex.locked", "pass", "MutexLock", counting<true>),
    ROW("mutex.unlocked", "data-race", "one does without", counting<false>),
    ROW("mutex.order", "pass", "two, in the same order", two_locks<true>),
    ROW("mutex.opposite_order", "deadlock", "each waits for the other", two_locks<false>),
    ROW("mutex.once", "pass", "locked once", locked_again<false>),
    ROW("mutex.twice", "self-deadlock", "it is not recursive", locked_again<true>),
    ROW("mutex.given_back", "pass", "locked and unlocked", left_locked<true>),
    ROW("mutex.kept", "orphaned-lock", "never unlocked", left_locked<false>),
    ROW("mutex.tried", "pass", "looks at the result", trying<true>),
    ROW("mutex.tried_blind", "data-race", "does not", trying<false>),
    ROW("mutex.owner", "pass", "the owner unlocks", unlocked<true>),
    ROW("mutex.stranger", "lock-misuse", "another does", unlocked<false>),
    ROW("mutex.asserted", "pass", "AssertHeld", asserted<true>),
    ROW("mutex.asserted_wrongly", "lock-misuse", "not held", asserted<false>),
    ROW("readers.one_writer", "pass", "who writes excludes all", readers<false>),
    ROW("readers.writes_shared", "data-race", "writes as a reader", readers<true>),
    ROW("readers.together", "pass", "two inside", readers_meet<true>),
    ROW("readers.alone", "deadlock", "no two inside", readers_meet<false>),
    ROW("readers.let_go", "pass", "unlock, then lock", upgrading<false>),
    ROW("readers.upgrade", "self-deadlock", "waits for itself", upgrading<true>),
    ROW("condition.comes", "pass", "Await", awaiting<true>),
    ROW("condition.never_comes", "deadlock", "an item too few", awaiting<false>),
    ROW("condition.in_turn", "pass", "Await is also a release", in_turn<true>),
    ROW("condition.out_of_turn", "deadlock", "later turns are not given", in_turn<false>),
    ROW("condition.lock_when", "pass", "ReaderLockWhen", lock_when<true>),
    ROW("condition.no_lock", "data-race", "just reads", lock_when<false>),
    ROW("condition.in_time", "pass", "LockWhenWithTimeout", await_timed<true>),
    ROW("condition.too_late", "check-failed", "nobody sets it", await_timed<false>),
    ROW("condition.deadline", "pass", "AwaitWithDeadline", await_deadline),
    ROW("condvar.told", "pass", "Signal", (condvar<Tells::one, 1>)),
    ROW("condvar.told_all", "pass", "SignalAll", (condvar<Tells::all, 2>)),
    ROW("condvar.told_one", "lost-wakeup", "one of two", (condvar<Tells::one, 2>)),
    ROW("condvar.told_early", "lost-wakeup", "before the change", (condvar<Tells::early, 1>)),
    ROW("condvar.untold", "deadlock", "no signal", (condvar<Tells::never, 1>)),
    ROW("condvar.timed", "pass", "looks again", condvar_timed<true>),
    ROW("condvar.timed_out", "check-failed", "takes a time-out for a signal", condvar_timed<false>),
    ROW("notification.waits", "pass", "WaitForNotification", notification<Asks::waits>),
    ROW("notification.polls", "pass", "HasBeenNotified", notification<Asks::polls>),
    ROW("notification.unasked", "data-race", "just reads", notification<Asks::not_at_all>),
    ROW("notification.comes", "pass", "with a time-out", notified<true>),
    ROW("notification.never_comes", "deadlock", "nobody notifies", notified<false>),
    ROW("counter.enough", "pass", "BlockingCounter", blocking_counter<2>),
    ROW("counter.too_few", "deadlock", "one does not count", blocking_counter<1>),
    ROW("barrier.waits", "pass", "Barrier", barrier<true>),
    ROW("barrier.just_reads", "data-race", "does not wait", barrier<false>),
    ROW("once.by_flag", "pass", "call_once", once<true>),
    ROW("once.by_all", "data-race", "everybody", once<false>),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
