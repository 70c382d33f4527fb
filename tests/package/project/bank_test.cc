#include <heddle/gtest.h>

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
