// A test binary as users write one; tests/adapter/adapter_test.py runs it and reads what it says.
#include <heddle/gtest.h>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

class Account {
 public:
  void deposit(int amount) {
    const int before = balance_;
    std::this_thread::yield();
    balance_ = before + amount;
  }
  int balance() const { return balance_; }

 private:
  int balance_ = 0;
};

void run_two(const std::function<void()>& action) {
  std::thread first(action);
  std::thread second(action);
  first.join();
  second.join();
}

TEST(Plain, RunsOnRealThreads) {
  EXPECT_FALSE(heddle::is_controlled());
  std::atomic<int> count{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      std::map<int, std::string> own;
      for (int k = 0; k < 1'000; ++k) own[k] = std::to_string(k);
      count += static_cast<int>(own.size());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 8'000);
}

TEST(Plain, FailsAsEver) {
  EXPECT_EQ(1 + 1, 3);
}

HEDDLE_TEST(Bank, LosesADeposit) {
  Account account;
  run_two([&] { account.deposit(1); });
  EXPECT_EQ(account.balance(), 2);
}

HEDDLE_TEST(Bank, Locked, heddle::Options().executions(200)) {
  Account account;
  std::mutex mutex;
  run_two([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    account.deposit(1);
  });
  ASSERT_EQ(account.balance(), 2);
}

// Everything a test may use, in one body.
HEDDLE_TEST(Bank, UsesTheLibrary, heddle::Options().executions(100)) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> done;
  std::map<std::string, std::shared_ptr<Account>> accounts;
  accounts["a"] = std::make_shared<Account>();
  std::thread teller([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    accounts["a"]->deposit(3);
    std::ofstream("receipt.txt") << "3\n";
    done.push_back("teller");
    changed.notify_one();
  });
  {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return !done.empty(); });
    int written = 0;
    std::ifstream("receipt.txt") >> written;
    EXPECT_EQ(written, accounts["a"]->balance());
  }
  teller.join();
  SCOPED_TRACE("a trace");
  EXPECT_EQ(done.size(), 1u);
}

HEDDLE_TEST(Bank, OneAfterTheOther, heddle::Options().executions(50)) {
  Account account;
  std::thread([&] { account.deposit(1); }).join();
  std::thread([&] { account.deposit(1); }).join();
  EXPECT_EQ(account.balance(), 2);
}

HEDDLE_TEST(Bank, OneAfterTheOtherIsNotEnough, heddle::Options().executions(50).require_tasks(2)) {
  Account account;
  std::thread([&] { account.deposit(1); }).join();
}

HEDDLE_TEST(Bank, Throws, heddle::Options().executions(50)) {
  run_two([] {});
  throw std::runtime_error("thrown by the body");
}

HEDDLE_TEST(Bank, Chooses, heddle::Options().executions(50)) {
  run_two([] {});
  heddle::outcome(std::to_string(heddle::choose(3)));
  EXPECT_NE(heddle::choose(4), 3u) << "the last one";
}

class Ledger : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared = new std::vector<int>{1, 2, 3}; }
  static void TearDownTestSuite() {
    EXPECT_EQ(shared->size(), 3u) << "bodies change nothing outside";
    delete shared;
  }
  void SetUp() override {
    ASSERT_EQ(lines_.size(), 0u);
    ASSERT_EQ(shared->size(), 3u);
  }
  void TearDown() override { EXPECT_EQ(lines_.size(), 2u); }

  static std::vector<int>* shared;
  std::mutex mutex_;
  std::vector<int> lines_;
};
std::vector<int>* Ledger::shared = nullptr;

HEDDLE_TEST_F(Ledger, IsFreshInEachExecution, heddle::Options().executions(100)) {
  run_two([this] {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.push_back(1);
    shared->push_back(4);
  });
}

TEST_F(Ledger, AlsoHasPlainTests) {
  lines_ = {1, 2};
}

class Sized : public testing::TestWithParam<int> {};
HEDDLE_TEST_P(Sized, Adds, heddle::Options().executions(50)) {
  std::atomic<int> sum{0};
  run_two([&] { sum += GetParam(); });
  EXPECT_EQ(sum, 2 * GetParam());
}
INSTANTIATE_TEST_SUITE_P(Small, Sized, testing::Values(1, 2));

// One schedule ends the process, past everything that Heddle sees of it.
HEDDLE_TEST(Sudden, EndsItsProcess, heddle::Options().executions(50)) {
  int turns = 0;
  std::mutex mutex;
  std::thread first([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    ++turns;
  });
  std::thread second([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    constexpr long kExitGroup = 231;
    long result = 0;
    if (turns == 0) {
      asm volatile("syscall" : "=a"(result) : "a"(kExitGroup), "D"(0L) : "rcx", "r11", "memory");
    }
  });
  first.join();
  second.join();
}

HEDDLE_TEST(Sudden, IsNotHeardOfAgain, heddle::Options().executions(50)) {
  run_two([] {});
}

TEST(Explore, RestoresTheCallersVariables) {
  int calls = 0;
  std::string text = "before";
  const heddle::Report report = heddle::explore([&] {
    ++calls;
    text += " and more than fits into the string itself";
    heddle::check(calls == 1, "each execution starts from the same state");
    run_two([] {});
  });
  EXPECT_TRUE(report) << report.text();
  EXPECT_EQ(report.executions(), 1000u);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(text, "before");
}

TEST(Explore, TellsWhatItFound) {
  const heddle::Report report = heddle::explore(
      "deposit",
      [] {
        Account account;
        run_two([&] { account.deposit(1); });
      },
      heddle::Options().strategy("random"));
  EXPECT_EQ(report.verdict(), "fail");
  EXPECT_EQ(report["findings"], "data-race, data-race");
  EXPECT_NE(report.replay().find("--heddle_schedule=h1.deposit."), std::string::npos);
}

}  // namespace
