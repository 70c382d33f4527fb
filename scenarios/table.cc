// All scenarios: what each one is expected to show, what it teaches, and how it is judged.
//
// The programs know nothing of Heddle. The functions here run one of them and state its result:
// first the outcome, then what must hold, since a check that fails ends the execution.
#include <algorithm>
#include <chrono>
#include <string>

#include "bank/bank.h"
#include "change_it/change_it.h"
#include "deadlock/deadlock.h"
#include "downloads/downloads.h"
#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "queue/queue.h"
#include "ticket_file/ticket_file.h"

namespace heddle {
namespace {

// "balance == 100, but it was 99", with the outcome "balance = 99".
void expect_equal(const std::string& name, int actual, int expected) {
  outcome(name + " = " + std::to_string(actual));
  check(actual == expected,
        name + " == " + std::to_string(expected) + ", but it was " + std::to_string(actual));
}

template <int program(int tellers)>
void bank_body(const Parameters& parameters) {
  const int tellers = static_cast<int>(parameters.threads);
  expect_equal("balance", program(tellers), tellers);
}

template <int program(int rounds)>
void change_it_body(const Parameters& parameters) {
  expect_equal("balance", program(static_cast<int>(parameters.rounds)), 0);
}

// The torn read comes first: nearly every execution that has one oversells as well, but many
// oversell without one, so that both are found.
template <ticket_file::Sale program(int buyers)>
void ticket_file_body(const Parameters& parameters) {
  const int buyers = static_cast<int>(parameters.threads);
  const ticket_file::Sale sale = program(buyers);
  const std::string sold = std::to_string(sale.sold);
  outcome("sold = " + sold);
  outcome("left = " + std::to_string(sale.left));
  const int expected = std::min(buyers, ticket_file::kTickets);
  const int expected_left = ticket_file::kTickets - expected;
  check(sale.unreadable == 0, "torn read: a buyer saw an unreadable file");
  check(sale.sold <= expected,
        "oversell: sold == " + std::to_string(expected) + ", but it was " + sold);
  check(sale.sold == expected, "sold == " + std::to_string(expected) + ", but it was " + sold);
  check(sale.left == expected_left,
        "count == " + std::to_string(expected_left) + ", but it was " + std::to_string(sale.left));
}

template <int program(), int expected>
void balance_body(const Parameters&) {
  expect_equal("balance", program(), expected);
}

// Reading the clock takes a little virtual time, and more where time is real.
template <void program(), int expected_ms>
void timed_body(const Parameters&) {
  constexpr int kTolerance_ms = 100;
  const auto start = std::chrono::steady_clock::now();
  program();
  const auto elapsed = std::chrono::steady_clock::now() - start;
  const int ms =
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
  outcome("elapsed = " + std::to_string(ms / kTolerance_ms * kTolerance_ms) + " ms");
  check(ms >= expected_ms && ms < expected_ms + kTolerance_ms,
        "elapsed == " + std::to_string(expected_ms) + " ms, but it was " + std::to_string(ms) +
            " ms");
}

// No check: what is wrong is that somebody may still be at work, whatever the number says.
void join_last_body(const Parameters&) {
  outcome("complete = " + std::to_string(downloads::join_last()));
}

void join_all_body(const Parameters&) {
  expect_equal("complete", downloads::join_all(), downloads::kFiles);
}

template <queue::Totals program()>
void queue_body(const Parameters&) {
  const queue::Totals totals = program();
  outcome("sum = " + std::to_string(totals.sum));
  check(totals.from_empty == 0,
        "takes from an empty buffer == 0, but it was " + std::to_string(totals.from_empty));
  check(totals.into_full == 0,
        "puts into a full buffer == 0, but it was " + std::to_string(totals.into_full));
  check(totals.sum == 10, "sum == 10, but it was " + std::to_string(totals.sum));
}

// No check: the mistake is the wait that never ends.
void deaf_body(const Parameters&) {
  outcome("item = " + std::to_string(queue::deaf()));
}

const NamedSchedule kChangeItSchedules[] = {
    {"tutorial",
     "t1 reads 0; t2 reads 0; t2 writes 8; t1 writes 5; "
     "t1 reads 5; t1 writes 0; t2 reads 0; t2 writes -8",
     "change_it::balance"},
    {},
};

constexpr Parameters kNoSize;
constexpr Parameters threads(uint32_t count) {
  return {count, 0};
}
constexpr Parameters rounds(uint32_t count) {
  return {0, count};
}

}  // namespace

const Scenario kScenarios[] = {
    {"bank.unlocked", "data-race, check-failed",
     "read, compute, write is three steps: without a lock, deposits are lost", threads(100),
     threads(1000), bank_body<bank::unlocked>, nullptr},
    {"bank.locked", "pass", "a lock around all three steps, released by exceptions too",
     threads(100), threads(1000), bank_body<bank::locked>, nullptr},

    {"change_it.unlocked", "data-race, check-failed",
     "balance = balance + n reads and then writes, and another thread comes in between", rounds(1),
     rounds(1'000'000), change_it_body<change_it::unlocked>, kChangeItSchedules},
    {"change_it.locked", "pass", "a lock around each round", rounds(1), rounds(1'000'000),
     change_it_body<change_it::locked>, nullptr},

    {"ticket_file.unlocked", "check-failed",
     "check, then act on a file: what was true may no longer be, and a file may be half-written",
     threads(10), threads(1000), ticket_file_body<ticket_file::unlocked>, nullptr},
    {"ticket_file.locked", "pass", "a lock from the first look to the last byte written",
     threads(10), threads(1000), ticket_file_body<ticket_file::locked>, nullptr},

    {"deadlock.lock_order", "deadlock", "two locks taken in opposite orders", kNoSize, kNoSize,
     balance_body<deadlock::lock_order, 200>, nullptr},
    {"deadlock.ordered", "pass", "std::scoped_lock takes both without holding and waiting", kNoSize,
     kNoSize, balance_body<deadlock::ordered, 200>, nullptr},
    {"deadlock.self_lock", "self-deadlock", "a function that holds a lock calls one that takes it",
     kNoSize, kNoSize, balance_body<deadlock::self_lock, 122>, nullptr},
    {"deadlock.recursive", "pass", "a recursive mutex lets its owner in", kNoSize, kNoSize,
     balance_body<deadlock::recursive, 122>, nullptr},
    {"deadlock.missing_release", "orphaned-lock",
     "an exception jumps over the unlock, and the next thread waits for ever", kNoSize, kNoSize,
     balance_body<deadlock::missing_release, 50>, nullptr},
    {"deadlock.raii", "pass", "a guard unlocks on every way out", kNoSize, kNoSize,
     balance_body<deadlock::raii, 50>, nullptr},

    {"downloads.sequential", "pass", "one after the other: the times add up", kNoSize, kNoSize,
     timed_body<downloads::sequential, 3000>, nullptr},
    {"downloads.concurrent", "pass", "at the same time: the longest one counts", kNoSize, kNoSize,
     timed_body<downloads::concurrent, 2000>, nullptr},
    {"downloads.join_last", "leaked-task",
     "one variable for five threads: only the last one is waited for", kNoSize, kNoSize,
     join_last_body, nullptr},
    {"downloads.join_all", "pass", "every thread is waited for", kNoSize, kNoSize, join_all_body,
     nullptr},

    {"queue.hasty", "check-failed",
     "`if` around a wait: the item may be gone, and waits may end for no reason", kNoSize, kNoSize,
     queue_body<queue::hasty>, nullptr},
    {"queue.patient", "pass", "`while` around a wait: look again after each wake-up", kNoSize,
     kNoSize, queue_body<queue::patient>, nullptr},
    {"queue.deaf", "lost-wakeup", "a condition variable has no memory: a notify may come too early",
     kNoSize, kNoSize, deaf_body, nullptr},

    {},
};

}  // namespace heddle
