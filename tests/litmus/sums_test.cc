// Deposits and ticket sales of any size under any strategy and seed: with locks the sums are right,
// without them money is lost, never made.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <cstdio>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "heddle/heddle.h"
#include "property/properties.h"

namespace {

using properties::expect;
using properties::kinds_of;
using properties::some_strategy;

constexpr int kAccounts = 3;

struct Deposit {
  int account = 0;
  int amount = 0;
};
using Tellers = std::vector<std::vector<Deposit>>;  // what each of them does, in order

struct Account {
  std::mutex mutex;
  int balance = 0;
};

rc::Gen<Tellers> some_tellers() {
  const auto deposit =
      rc::gen::build<Deposit>(rc::gen::set(&Deposit::account, rc::gen::inRange(0, kAccounts)),
                              rc::gen::set(&Deposit::amount, rc::gen::inRange(1, 1'000)));
  return rc::gen::resize(5, rc::gen::container<Tellers>(rc::gen::container<std::vector<Deposit>>(
                                rc::gen::resize(rc::kNominalSize, deposit))));
}

heddle::Options some_exploration() {
  return heddle::Options()
      .strategy(*some_strategy())
      .seed(*rc::gen::inRange(1, 1'000'000))
      .executions(6)
      .keep_going()
      .no_minimize()
      .set("in-process");
}

// Each teller's deposits by `deposit(account, amount)`, all at once; the balances afterwards.
template <typename Function>
void work(std::deque<Account>& accounts, const Tellers& tellers, const Function& deposit) {
  std::vector<std::thread> threads;
  for (const std::vector<Deposit>& deposits : tellers) {
    threads.emplace_back([&] {
      for (const Deposit& one : deposits) {
        deposit(accounts[static_cast<size_t>(one.account)], one.amount);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

int sum_of(const Tellers& tellers, int account) {
  int sum = 0;
  for (const std::vector<Deposit>& deposits : tellers) {
    for (const Deposit& one : deposits) sum += one.account == account ? one.amount : 0;
  }
  return sum;
}

// Whether two tellers have to do with the same account.
bool meet(const Tellers& tellers) {
  for (int account = 0; account < kAccounts; ++account) {
    int users = 0;
    for (const std::vector<Deposit>& deposits : tellers) {
      bool uses = false;
      for (const Deposit& one : deposits) uses = uses || one.account == account;
      users += uses ? 1 : 0;
    }
    if (users > 1) return true;
  }
  return false;
}

void add_slowly(Account& account, int amount) {
  const int before = account.balance;
  std::this_thread::sleep_for(std::chrono::milliseconds(amount % 7));
  account.balance = before + amount;
}

TEST(Sums, LockedAccountsEndAtTheSum) {
  expect("locked accounts end at the sum", [] {
    const Tellers tellers = *some_tellers();
    const heddle::Report report = heddle::explore(
        [&] {
          std::deque<Account> accounts(kAccounts);
          work(accounts, tellers, [](Account& account, int amount) {
            const std::lock_guard<std::mutex> lock(account.mutex);
            add_slowly(account, amount);
          });
          for (int i = 0; i < kAccounts; ++i) {
            heddle::check(accounts[static_cast<size_t>(i)].balance == sum_of(tellers, i),
                          "the account holds what was deposited");
          }
        },
        some_exploration());
    RC_LOG(report.text());
    RC_ASSERT(report.verdict() == "pass");
  });
}

TEST(Sums, UnlockedAccountsNeverExceedIt) {
  expect("unlocked accounts never exceed the sum, and race", [] {
    const Tellers tellers = *some_tellers();
    const heddle::Report report = heddle::explore(
        [&] {
          std::deque<Account> accounts(kAccounts);
          work(accounts, tellers, add_slowly);
          for (int i = 0; i < kAccounts; ++i) {
            heddle::check(accounts[static_cast<size_t>(i)].balance <= sum_of(tellers, i),
                          "the account holds no more than was deposited");
          }
        },
        some_exploration());
    RC_LOG(report.text());
    const std::set<std::string> races = {"data-race"};
    RC_ASSERT(kinds_of(report) == (meet(tellers) ? races : std::set<std::string>()));
  });
}

int read_count() {
  std::FILE* file = std::fopen("count", "r");
  int count = -1;
  if (file == nullptr || std::fscanf(file, "%d", &count) != 1) count = -1;
  if (file != nullptr) std::fclose(file);
  return count;
}

void write_count(int count) {
  std::FILE* file = std::fopen("count", "w");
  std::fprintf(file, "%d", count);
  std::fclose(file);
}

TEST(Sums, NoMoreTicketsAreSoldThanThereAre) {
  expect("no more tickets are sold than there are", [] {
    const int tickets = *rc::gen::inRange(0, 6);
    const auto wishes = *rc::gen::resize(4, rc::gen::container<std::vector<int>>(rc::gen::resize(
                                                rc::kNominalSize, rc::gen::inRange(1, 4))));
    const heddle::Report report = heddle::explore(
        [&] {
          std::mutex mutex;
          int sold = 0;
          write_count(tickets);
          std::vector<std::thread> buyers;
          for (const int wish : wishes) {
            buyers.emplace_back([&, wish] {
              const std::lock_guard<std::mutex> lock(mutex);
              const int left = read_count();
              if (left < wish) return;
              std::this_thread::sleep_for(std::chrono::milliseconds(10));
              write_count(left - wish);
              sold += wish;
            });
          }
          for (std::thread& buyer : buyers) buyer.join();
          heddle::check(sold <= tickets, "no more is sold than there was");
          heddle::check(sold + read_count() == tickets, "the rest is left");
        },
        some_exploration());
    RC_LOG(report.text());
    RC_ASSERT(report.verdict() == "pass");
  });
}

}  // namespace
