// What a second judge sees and what is hidden from it. Part of every build: Heddle's own detector
// has to agree.
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

int balance = 0;

void expect_two() {
  check(balance == 2, "balance == 2, but it was " + std::to_string(balance));
}

// ---- A hand-off that orders what it hands on
// ------------------------------------------------------

// Each deposit reads, lets the other read, and writes: the update is lost, and nothing orders the
// two.
void free_deposits(const Parameters&) {
  auto deposit = [] {
    const int seen = balance;
    usleep(1000);
    balance = seen + 1;
  };
  std::thread one(deposit), two(deposit);
  one.join();
  two.join();
  expect_two();
}

class Turns {
 public:
  void wait_for(int turn) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return turn_ == turn; });
  }
  void next() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++turn_;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int turn_ = 0;
};

// The same in an order that locks impose: whoever makes schedules in this way hides the race.
void handed_over(const Parameters&) {
  Turns turns;
  auto deposit = [&turns](int number) {
    turns.wait_for(number);
    const int seen = balance;
    turns.next();
    turns.wait_for(2 + number);
    balance = seen + 1;
    turns.next();
  };
  std::thread one(deposit, 0), two(deposit, 1);
  one.join();
  two.join();
  expect_two();
}

// ---- What must not be mistaken for a race
// ---------------------------------------------------------

// Blocks go from task to task, and their addresses are used again.
void blocks_change_hands(const Parameters&) {
  std::mutex mutex;
  std::vector<std::unique_ptr<int>> shelf;
  auto work = [&] {
    for (int i = 0; i < 40; ++i) {
      auto fresh = std::make_unique<int>(i);
      const std::lock_guard<std::mutex> lock(mutex);
      if (!shelf.empty() && i % 2 == 0) shelf.pop_back();
      shelf.push_back(std::move(fresh));
    }
  };
  std::thread one(work), two(work);
  one.join();
  two.join();
}

// A stack, an address of the heap and thread-locals of a task that has ended are another one's
// next.
thread_local int last_seen = 0;
void one_after_the_other(const Parameters&) {
  for (int i = 0; i < 6; ++i) {
    std::thread([i] {
      int local[16] = {i};
      last_seen = local[0];
      check(last_seen == i, "last_seen == i");
    }).join();
  }
}

// ---- Atomics, by their orders
// ---------------------------------------------------------------------

void publish(std::memory_order order) {
  std::atomic<bool> ready{false};
  int data = 0;
  std::thread writer([&] {
    data = 42;
    ready.store(true, order);
  });
  std::thread reader([&] {
    if (ready.load(std::memory_order_acquire)) check(data == 42, "data == 42");
  });
  writer.join();
  reader.join();
}

void published(const Parameters&) {
  publish(std::memory_order_release);
}

void published_relaxed(const Parameters&) {
  publish(std::memory_order_relaxed);
}

// ---- Locks in opposite orders
// ---------------------------------------------------------------------

std::mutex left, right;

void both(std::mutex& first, std::mutex& second) {
  const std::lock_guard<std::mutex> one(first);
  const std::lock_guard<std::mutex> two(second);
  ++balance;
}

// Never at the same time: no schedule deadlocks.
void opposite_in_turn(const Parameters&) {
  std::thread([] { both(left, right); }).join();
  std::thread([] { both(right, left); }).join();
}

void same_order(const Parameters&) {
  std::thread one([] { both(left, right); });
  std::thread two([] { both(left, right); });
  one.join();
  two.join();
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("hand_off.none", "data-race, check-failed", "nothing orders the deposits", free_deposits),
    ROW("hand_off.locks", "check-failed", "locks order what they spoil", handed_over),
    ROW("memory.blocks", "pass", "blocks change hands", blocks_change_hands),
    ROW("memory.reused", "pass", "stacks and thread-locals are used again", one_after_the_other),
    ROW("flag.release", "pass", "a flag that publishes", published),
    ROW("flag.relaxed", "data-race", "a flag that does not", published_relaxed),
    ROW("locks.opposite", "pass", "opposite orders, one after the other", opposite_in_turn),
    ROW("locks.same", "pass", "the same order", same_order),
    ROW(nullptr, nullptr, nullptr, nullptr),
};

}  // namespace heddle
