// Failures whose cause is no data race, or one that shows in the same steps: each beside its right
// twin. causes_test.py reads what their reports put them down to.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::check;
using heddle::Parameters;

template <typename Action>
void run_two(Action action) {
  std::thread first(action);
  std::thread second(action);
  first.join();
  second.join();
}

// ---- Lost update --------------------------------------------------------------------------------

void update_plain(const Parameters&) {
  int count = 0;
  run_two([&] { count = count + 1; });
  check(count == 2, "count == 2");
}

class Account {
 public:
  int get() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return balance_;
  }
  void set(int balance) {
    const std::lock_guard<std::mutex> lock(mutex_);
    balance_ = balance;
  }
  void add(int amount) {
    const std::lock_guard<std::mutex> lock(mutex_);
    balance_ += amount;
  }
  bool take(int amount) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (balance_ < amount) return false;
    balance_ -= amount;
    return true;
  }

 private:
  std::mutex mutex_;
  int balance_ = 0;
};

void update_get_set(const Parameters&) {
  Account account;
  run_two([&] { account.set(account.get() + 1); });
  check(account.get() == 2, "account.get() == 2");
}

void update_locked(const Parameters&) {
  Account account;
  run_two([&] { account.add(1); });
  check(account.get() == 2, "account.get() == 2");
}

void update_atomic_steps(const Parameters&) {
  std::atomic<int> hits{0};
  run_two([&] { hits.store(hits.load() + 1); });
  check(hits.load() == 2, "hits == 2");
}

void update_atomic(const Parameters&) {
  std::atomic<int> hits{0};
  run_two([&] { hits.fetch_add(1); });
  check(hits.load() == 2, "hits == 2");
}

// ---- Check, then act ----------------------------------------------------------------------------

void act_on_atomic(const Parameters&) {
  std::atomic<int> stock{1};
  run_two([&] {
    if (stock.load() > 0) stock.fetch_sub(1);
  });
  check(stock.load() >= 0, "stock >= 0");
}

void act_at_once(const Parameters&) {
  std::atomic<int> stock{1};
  run_two([&] {
    int seen = stock.load();
    while (seen > 0 && !stock.compare_exchange_weak(seen, seen - 1)) {
    }
  });
  check(stock.load() >= 0, "stock >= 0");
}

void act_between_locks(const Parameters&) {
  Account account;
  account.set(5);
  run_two([&] {
    if (account.get() >= 5) account.add(-5);
  });
  check(account.get() >= 0, "account.get() >= 0");
}

void act_within_lock(const Parameters&) {
  Account account;
  account.set(5);
  run_two([&] { account.take(5); });
  check(account.get() >= 0, "account.get() >= 0");
}

// ---- Torn read, stale wake-up -------------------------------------------------------------------

struct Range {
  int low = 0;
  int high = 0;
};

bool in_order(const Range& range) {
  const int low = range.low;
  const int high = range.high;
  return low <= high;
}

void read_torn(const Parameters&) {
  Range range;
  std::thread mover([&] {
    range.low = 10;
    range.high = 10;
  });
  const bool whole = in_order(range);
  mover.join();
  check(whole, "range.low <= range.high");
}

void read_whole(const Parameters&) {
  Range range;
  std::mutex mutex;
  std::thread mover([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    range.low = 10;
    range.high = 10;
  });
  {
    const std::lock_guard<std::mutex> lock(mutex);
    check(range.low <= range.high, "range.low <= range.high");
  }
  mover.join();
}

template <bool kLooksAgain>
void wake_up(const Parameters&) {
  std::mutex mutex;
  std::condition_variable changed;
  int items = 0;
  const auto consumer = [&] {
    std::unique_lock<std::mutex> lock(mutex);
    if constexpr (kLooksAgain) {
      changed.wait(lock, [&] { return items > 0; });
    } else if (items == 0) {
      changed.wait(lock);
    }
    items = items - 1;
    check(items >= 0, "items >= 0");
  };
  std::thread first(consumer);
  std::thread second(consumer);
  for (int i = 0; i < 2; ++i) {
    const std::lock_guard<std::mutex> lock(mutex);
    items = items + 1;
    changed.notify_one();
  }
  first.join();
  second.join();
}

// Wrong, but no mistake that the steps would prove: nothing is claimed.
void only_wrong(const Parameters&) {
  std::atomic<int> count{0};
  run_two([&] { count.fetch_add(2); });
  check(count.load() == 2, "count == 2");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("update.plain", "data-race, check-failed", "read, then write", update_plain),
    ROW("update.get_set", "check-failed", "two locked steps are not one", update_get_set),
    ROW("update.locked", "pass", "one locked step", update_locked),
    ROW("update.atomic_steps", "check-failed", "two atomic steps are not one", update_atomic_steps),
    ROW("update.atomic", "pass", "one atomic step", update_atomic),
    ROW("act.on_atomic", "check-failed", "what was checked holds no longer", act_on_atomic),
    ROW("act.at_once", "pass", "compare and exchange", act_at_once),
    ROW("act.between_locks", "check-failed", "two locked steps", act_between_locks),
    ROW("act.within_lock", "pass", "checked and done under one lock", act_within_lock),
    ROW("read.torn", "data-race, check-failed", "half of a change", read_torn),
    ROW("read.whole", "pass", "all or nothing of it", read_whole),
    ROW("wake.once", "check-failed", "woken, but for what?", wake_up<false>),
    ROW("wake.again", "pass", "looks again", wake_up<true>),
    ROW("other.wrong", "check-failed", "nothing that interleaving did", only_wrong),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
