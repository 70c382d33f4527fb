// Signals between the threads of a process: sent, blocked, waited for, handled.
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

sigset_t only(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return set;
}

void block(int signal) {
  const sigset_t set = only(signal);
  check(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0, "pthread_sigmask");
}

void unblock(int signal) {
  const sigset_t set = only(signal);
  check(pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0, "pthread_sigmask");
}

int wait_for(int signal) {
  const sigset_t set = only(signal);
  int taken = 0;
  check(sigwait(&set, &taken) == 0, "sigwait");
  return taken;
}

bool is_pending(int signal) {
  sigset_t pending;
  check(sigpending(&pending) == 0, "sigpending");
  return sigismember(&pending, signal) == 1;
}

volatile sig_atomic_t handled = 0;

void count_signal(int) {
  handled = handled + 1;
}

void handle(int signal, void (*handler)(int), int flags = 0) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  check(sigaction(signal, &action, nullptr) == 0, "sigaction");
}

// ---- A thread that waits ------------------------------------------------------------------------

// The usual way: blocked before there are threads, taken by one of them.
template <bool data_first>
void told(const Parameters&) {
  block(SIGUSR1);
  int data = 0;
  std::thread waiter([&] {
    check(wait_for(SIGUSR1) == SIGUSR1, "the signal");
    if (data_first) check(data == 1, "what was written before it was sent");
    data = 2;
  });
  if (data_first) data = 1;
  check(pthread_kill(waiter.native_handle(), SIGUSR1) == 0, "pthread_kill");
  if (!data_first) data = 1;
  waiter.join();
}

// Blocked by the waiting thread only when it runs: sometimes too late.
void blocked_too_late(const Parameters&) {
  std::thread waiter([] {
    block(SIGUSR1);
    wait_for(SIGUSR1);
  });
  pthread_kill(waiter.native_handle(), SIGUSR1);
  waiter.join();
}

// Two signals of one kind while it is blocked are one.
template <int signal>
void sent_twice(const Parameters&) {
  block(signal);
  std::thread waiter([] {
    wait_for(signal);
    wait_for(signal);
  });
  pthread_kill(waiter.native_handle(), signal);
  pthread_kill(waiter.native_handle(), signal);
  waiter.join();
}

// One sent to the process goes to any one of those that wait for it.
void either(const Parameters&) {
  block(SIGUSR1);
  block(SIGUSR2);
  int taken[2] = {};
  std::mutex lock;
  const auto work = [&](int number) {
    sigset_t set = only(SIGUSR1);
    sigaddset(&set, SIGUSR2);
    int signal = 0;
    check(sigwait(&set, &signal) == 0, "sigwait");
    const std::lock_guard<std::mutex> guard(lock);
    taken[number] = signal;
  };
  std::thread first(work, 0);
  std::thread second(work, 1);
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGUSR2);
  first.join();
  second.join();
  check(taken[0] + taken[1] == SIGUSR1 + SIGUSR2, "each is taken once");
}

void first_takes_it(const Parameters&) {
  block(SIGUSR1);
  std::atomic<int> taken{-1};
  const auto work = [&](int number) {
    const sigset_t set = only(SIGUSR1);
    const timespec soon = {1, 0};
    if (sigtimedwait(&set, nullptr, &soon) == SIGUSR1) taken = number;
  };
  std::thread first(work, 0);
  std::thread second(work, 1);
  kill(getpid(), SIGUSR1);
  first.join();
  second.join();
  check(taken != 1, "the first one takes it: not always");
}

void nobody_sends(const Parameters&) {
  block(SIGUSR1);
  wait_for(SIGUSR1);
}

void timed(const Parameters&) {
  block(SIGUSR1);
  const sigset_t set = only(SIGUSR1);
  const timespec soon = {1, 0};
  check(sigtimedwait(&set, nullptr, &soon) == -1 && errno == EAGAIN, "nobody sends");
  const timespec wrong = {0, 1'000'000'000};
  check(sigtimedwait(&set, nullptr, &wrong) == -1 && errno == EINVAL, "no time");
  raise(SIGUSR1);
  check(sigtimedwait(&set, nullptr, &soon) == SIGUSR1, "it is there");
}

void queued(const Parameters&) {
  const int signal = SIGRTMIN + 1;
  block(signal);
  std::thread sender([=] {
    for (int i = 1; i <= 3; ++i) {
      sigval value = {};
      value.sival_int = i;
      check(sigqueue(getpid(), signal, value) == 0, "sigqueue");
    }
  });
  const sigset_t set = only(signal);
  for (int i = 1; i <= 3; ++i) {
    siginfo_t info = {};
    check(sigwaitinfo(&set, &info) == signal, "sigwaitinfo");
    check(info.si_value.sival_int == i && info.si_code == SI_QUEUE, "in order");
    check(info.si_pid == getpid(), "from here");
  }
  sender.join();
}

// ---- Masks --------------------------------------------------------------------------------------

void masks(const Parameters&) {
  block(SIGUSR1);
  std::thread other([] {
    sigset_t inherited;
    check(pthread_sigmask(SIG_BLOCK, nullptr, &inherited) == 0, "pthread_sigmask");
    check(sigismember(&inherited, SIGUSR1) == 1, "as its creator's");
    unblock(SIGUSR1);
    block(SIGUSR2);
  });
  other.join();
  sigset_t own;
  check(sigprocmask(SIG_BLOCK, nullptr, &own) == 0, "sigprocmask");
  check(sigismember(&own, SIGUSR1) == 1 && sigismember(&own, SIGUSR2) == 0, "a thread's own");
  check(sigprocmask(77, &own, nullptr) == -1 && errno == EINVAL, "no such way");
  sigset_t all;
  sigfillset(&all);
  check(sigprocmask(SIG_SETMASK, &all, nullptr) == 0, "all of them");
  check(sigprocmask(SIG_SETMASK, nullptr, &own) == 0, "asked");
  check(sigismember(&own, SIGKILL) == 0, "but those that nobody blocks");
}

void kept_while_blocked(const Parameters&) {
  handle(SIGUSR1, count_signal);
  block(SIGUSR1);
  raise(SIGUSR1);
  raise(SIGUSR1);
  check(handled == 0 && is_pending(SIGUSR1), "kept");
  unblock(SIGUSR1);
  check(handled == 1 && !is_pending(SIGUSR1), "once");
  handled = 0;
}

void others_are_not_told(const Parameters&) {
  block(SIGUSR1);
  std::thread other([] { check(!is_pending(SIGUSR1), "this one's"); });
  pthread_kill(pthread_self(), SIGUSR1);
  other.join();
  check(is_pending(SIGUSR1), "the sender's own");
}

// ---- Handlers -----------------------------------------------------------------------------------

bool nested = false;

void raise_again(int signal) {
  handled = handled + 1;
  if (handled == 1) {
    raise(signal);
    nested = handled > 1;
  }
}

template <int flags>
void in_a_handler(const Parameters&) {
  handle(SIGUSR1, raise_again, flags);
  raise(SIGUSR1);
  check(handled == 2, "both");
  check(nested == ((flags & SA_NODEFER) != 0), "one after the other, or one inside the other");
}

siginfo_t seen;

void note_info(int, siginfo_t* info, void* context) {
  seen = *info;
  check(context != nullptr, "a context");
}

void told_more(const Parameters&) {
  struct sigaction action = {};
  action.sa_sigaction = note_info;
  action.sa_flags = SA_SIGINFO;
  check(sigaction(SIGUSR1, &action, nullptr) == 0, "sigaction");
  sigval value = {};
  value.sival_int = 7;
  check(sigqueue(getpid(), SIGUSR1, value) == 0, "sigqueue");
  check(seen.si_signo == SIGUSR1 && seen.si_value.sival_int == 7, "info");
}

void handled_once(const Parameters&) {
  handle(SIGUSR1, count_signal, static_cast<int>(SA_RESETHAND));
  raise(SIGUSR1);
  check(handled == 1, "by the handler");
  raise(SIGUSR1);
}

sigjmp_buf place;

void jump(int) {
  siglongjmp(place, 1);
}

void jumps_out(const Parameters&) {
  handle(SIGUSR1, jump);
  for (int i = 0; i < 2; ++i) {
    if (sigsetjmp(place, 1) == 0) {
      raise(SIGUSR1);
      check(false, "the handler jumps");
    }
  }
  sigset_t own;
  pthread_sigmask(SIG_BLOCK, nullptr, &own);
  check(sigismember(&own, SIGUSR1) == 0, "blocked in the handler only");
}

// The handler runs in the thread that the signal was sent to, at some moment of its own.
thread_local int mine = 0;
void count_mine(int) {
  ++mine;
}

void in_another(const Parameters&) {
  handle(SIGUSR1, count_mine);
  std::atomic<bool> over{false};
  std::thread other([&] {
    while (!over) sched_yield();
    check(mine == 1, "once, here");
  });
  pthread_kill(other.native_handle(), SIGUSR1);
  over = true;
  other.join();
  check(mine == 0, "not there");
}

void in_one_that_waits(const Parameters&) {
  handle(SIGUSR1, count_signal);
  std::mutex lock;
  lock.lock();
  std::thread other([&] { const std::lock_guard<std::mutex> guard(lock); });
  pthread_kill(other.native_handle(), SIGUSR1);
  lock.unlock();
  other.join();
}

// ---- Waiting for a handler ----------------------------------------------------------------------

std::atomic<bool> arrived{false};
void note_arrival(int) {
  arrived = true;
}

// The signal may come between the look and the wait.
void looks_then_pauses(const Parameters&) {
  handle(SIGUSR1, note_arrival);
  std::thread waiter([] {
    while (!arrived) pause();
  });
  pthread_kill(waiter.native_handle(), SIGUSR1);
  waiter.join();
}

void suspends(const Parameters&) {
  handle(SIGUSR1, note_arrival);
  block(SIGUSR1);
  std::thread waiter([] {
    sigset_t none;
    sigemptyset(&none);
    while (!arrived) check(sigsuspend(&none) == -1 && errno == EINTR, "sigsuspend");
    sigset_t own;
    pthread_sigmask(SIG_BLOCK, nullptr, &own);
    check(sigismember(&own, SIGUSR1) == 1, "blocked again");
  });
  pthread_kill(waiter.native_handle(), SIGUSR1);
  waiter.join();
}

// ---- Ends ---------------------------------------------------------------------------------------

void ends_the_process(const Parameters&) {
  std::thread other([] { kill(getpid(), SIGTERM); });
  other.join();
}

void ignored(const Parameters&) {
  handle(SIGUSR1, SIG_IGN);
  raise(SIGUSR1);
  kill(getpid(), SIGCHLD);
}

void asks(const Parameters&) {
  check(pthread_kill(pthread_self(), 0) == 0, "alive");
  check(pthread_kill(pthread_self(), 1000) == EINVAL, "no signal");
  check(kill(getpid(), 0) == 0, "alive");
  check(raise(-1) == -1 && errno == EINVAL, "no signal");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("waits.told", "pass", "written, then sent", told<true>),
    ROW("waits.told_too_early", "data-race", "sent, then written", told<false>),
    ROW("waits.blocked_too_late", "crash", "unblocked, it ends the process", blocked_too_late),
    ROW("waits.merged", "deadlock", "two may be one", sent_twice<SIGUSR1>),
    ROW("waits.counted", "pass", "real-time signals are queued", sent_twice<40>),
    ROW("waits.either", "pass", "each is taken once", either),
    ROW("waits.first", "check-failed", "any thread may take it", first_takes_it),
    ROW("waits.for_nobody", "deadlock", "nobody sends", nobody_sends),
    ROW("waits.timed", "pass", "in time or too late", timed),
    ROW("waits.queued", "pass", "values in order", queued),

    ROW("masks.own", "pass", "each thread has its own", masks),
    ROW("masks.kept", "pass", "a blocked signal stays", kept_while_blocked),
    ROW("masks.pending", "pass", "of one thread", others_are_not_told),

    ROW("handlers.deferred", "pass", "one after the other", in_a_handler<0>),
    ROW("handlers.nested", "pass", "one inside the other", in_a_handler<SA_NODEFER>),
    ROW("handlers.told_more", "pass", "SA_SIGINFO", told_more),
    ROW("handlers.once", "crash", "SA_RESETHAND", handled_once),
    ROW("handlers.jump", "pass", "siglongjmp", jumps_out),
    ROW("handlers.in_another", "pass", "in the thread it was sent to", in_another),
    ROW("handlers.in_one_that_waits", "not-modelled", "interrupts a lock", in_one_that_waits),

    ROW("pause.after_look", "deadlock", "the signal comes in between", looks_then_pauses),
    ROW("pause.suspends", "pass", "unblocks and waits at once", suspends),

    ROW("ends.process", "crash", "SIGTERM", ends_the_process),
    ROW("ends.ignored", "pass", "SIG_IGN", ignored),
    ROW("ends.asks", "pass", "signal 0", asks),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
