#include <heddle/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "bank.h"

HEDDLE_TEST(Bank, KeepsDeposits) {
  int audited = 0;
  Bank bank([&](const std::string&) { ++audited; });
  std::thread first([&] { bank.deposit("a", 1); });
  std::thread second([&] { bank.deposit("a", 2); });
  bank.open("a");
  first.join();
  second.join();
  EXPECT_EQ(audited, 2);
  EXPECT_EQ(bank.lines().size(), 2u);
  EXPECT_EQ(*bank.wait_for("a"), 3);
}

TEST(Bank, Plain) {
  Bank bank([](const std::string&) {});
  bank.open("a");
  EXPECT_EQ(*bank.wait_for("a"), 0);
}

// Nothing here knows of Heddle; CTest explores them all the same.
void add_twice(const std::function<void(std::atomic<int>&)>& add) {
  std::atomic<int> sum = 0;
  std::thread other([&] { add(sum); });
  add(sum);
  other.join();
  EXPECT_EQ(sum, 2);
}

TEST(Explored, AddsAtOnce) {
  add_twice([](std::atomic<int>& sum) { ++sum; });
}

TEST(Explored, AddsInTwoSteps) {
  add_twice([](std::atomic<int>& sum) { sum = sum + 1; });
}
