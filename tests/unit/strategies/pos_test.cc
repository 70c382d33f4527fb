#include "strategies/pos.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "unit/strategies/toy_machine.h"

namespace heddle {
namespace {

Operation operation(Op op, uintptr_t address, uint8_t size = 4) {
  Operation result;
  result.op = op;
  result.address = address;
  result.size = size;
  result.only_reads = op == Op::read || op == Op::atomic_load;
  return result;
}

ToyMachine::Action action(Op op, uintptr_t address) {
  ToyMachine::Action result;
  result.operation = operation(op, address);
  return result;
}

std::string letters(const std::vector<uint32_t>& order) {
  std::string text;
  for (const uint32_t task : order) text += static_cast<char>('a' + task);
  return text;
}

constexpr int kExecutions = 12'000;

std::map<std::string, int> orders(const std::vector<std::vector<ToyMachine::Action>>& programs) {
  ToyMachine machine(programs);
  Pos pos(1);
  std::map<std::string, int> counts;
  for (uint64_t number = 0; number < kExecutions; ++number) {
    ++counts[letters(machine.run(pos, {number, 0}))];
  }
  return counts;
}

void expect_share(int count, double share) {
  const double expected = kExecutions * share;
  EXPECT_NEAR(count, expected, 5 * std::sqrt(expected));
}

std::vector<uint32_t> choices(Pos& pos, uint64_t number) {
  HandMadePoint point({0, 1, 2, 3});
  pos.begin({number, 0});
  std::vector<uint32_t> chosen;
  for (int i = 0; i < 40; ++i) chosen.push_back(pos.choose(point).index());
  return chosen;
}

TEST(Pos, AnExecutionIsAFunctionOfSeedAndNumber) {
  Pos one(1);
  Pos other(1);
  for (uint64_t number = 0; number < 10; ++number) choices(one, number);
  for (uint64_t number = 10; number < 20; ++number) {
    EXPECT_EQ(choices(one, number), choices(other, number));
  }
  Pos another_seed(2);
  EXPECT_NE(choices(one, 10), choices(another_seed, 10));
  EXPECT_NE(choices(one, 10), choices(one, 11));
}

TEST(Pos, DependentAreWritesToTheSameObjectOrBytes) {
  const Operation write = operation(Op::write, 0x100);
  EXPECT_TRUE(Pos::dependent(write, write));
  EXPECT_TRUE(Pos::dependent(write, operation(Op::read, 0x103, 1)));
  EXPECT_TRUE(Pos::dependent(operation(Op::read, 0x100, 8), operation(Op::write, 0x104)));
  EXPECT_FALSE(Pos::dependent(write, operation(Op::write, 0x104)));
  EXPECT_FALSE(Pos::dependent(operation(Op::read, 0x100), operation(Op::atomic_load, 0x100)));
  // A long copy tells no size.
  EXPECT_TRUE(Pos::dependent(operation(Op::write, 0x100, 0), operation(Op::read, 0x200)));
  // Locks have an object and an address; yields and sleeps have neither.
  Operation lock = operation(Op::mutex_lock, 0x300, 0);
  lock.object = ObjectId(7);
  EXPECT_TRUE(Pos::dependent(lock, lock));
  EXPECT_FALSE(Pos::dependent(lock, operation(Op::mutex_lock, 0x301, 0)));
  EXPECT_FALSE(Pos::dependent(operation(Op::yield, 0), operation(Op::yield, 0)));
}

// a writes x twice, b once: each of the two orders that a first step leaves is drawn anew.
TEST(Pos, DependentOperationsAreDrawnAnew) {
  auto counts = orders({{action(Op::write, 8), action(Op::write, 8)}, {action(Op::write, 8)}});
  expect_share(counts["aab"], 1.0 / 4);
  expect_share(counts["aba"], 1.0 / 4);
  expect_share(counts["baa"], 1.0 / 2);
}

// The same with reads: b keeps what it has drawn, so aab means that b was lowest of three.
TEST(Pos, IndependentOperationsKeepTheirPriority) {
  auto counts = orders({{action(Op::read, 8), action(Op::read, 8)}, {action(Op::read, 8)}});
  expect_share(counts["aab"], 1.0 / 3);
  expect_share(counts["aba"], 1.0 / 6);
  expect_share(counts["baa"], 1.0 / 2);
}

// The example of the paper: the single operation of b comes behind a long stretch of a as often as
// it is the lowest of all draws; a random walk would see that once in 2^21 executions.
TEST(Pos, ALongPrivateStretchHidesNothing) {
  std::vector<ToyMachine::Action> stretch;
  for (uintptr_t i = 1; i <= 20; ++i) stretch.push_back(action(Op::write, 0x1000 + 8 * i));
  stretch.push_back(action(Op::write, 8));
  auto counts = orders({stretch, {action(Op::write, 8)}});
  expect_share(counts[std::string(21, 'a') + "b"], 1.0 / 22);
}

TEST(Pos, WhoYieldsStarvesNobody) {
  Pos pos(1);
  int behind_all = 0;
  for (uint64_t number = 0; number < 1'000; ++number) {
    pos.begin({number, 0});
    std::set<uint32_t> seen;
    uint32_t current = 0;
    for (int i = 0; i < 60; ++i) {
      HandMadePoint point({0, 1, 2, 3}, current);
      current = pos.choose(point.reason(PointReason::yielded)).index();
      seen.insert(current);
      if (i == 0 && current != 0) ++behind_all;
    }
    EXPECT_EQ(seen.size(), 4u) << number;
  }
  // Always where it sinks, else three times in four.
  EXPECT_NEAR(behind_all, 875, 5 * std::sqrt(110));
}

TEST(Pos, WhoIsWokenBeforeItsTimeCompetesAgain) {
  Pos pos(1);
  int first = 0;
  for (uint64_t number = 0; number < 4'000; ++number) {
    pos.begin({number, 0});
    HandMadePoint waits({0, 1}, 0);
    static_cast<void>(pos.choose(waits.reason(PointReason::blocked).timed(0)));
    HandMadePoint woken({0, 1}, 1);
    if (pos.choose(woken).index() == 0) ++first;
  }
  EXPECT_NEAR(first, 2'000, 5 * std::sqrt(1'000));
}

// One task sleeps again and again, the other once: both orders occur, and the second does not wait
// for ever.
TEST(Pos, SleepersOvertakeEachOtherButNotForEver) {
  Pos pos(1);
  std::map<int, int> waited;
  for (uint64_t number = 0; number < 2'000; ++number) {
    pos.begin({number, 0});
    HandMadePoint falls_asleep({0, 1}, 1);
    falls_asleep.reason(PointReason::blocked).pending(1) = operation(Op::sleep, 0);
    falls_asleep.pending(0) = operation(Op::sleep, 0);
    HandMadePoint again({0, 1}, 0);
    again.reason(PointReason::blocked).pending(0) = operation(Op::sleep, 0);
    again.pending(1) = operation(Op::sleep, 0);
    if (pos.choose(falls_asleep).index() == 1) continue;
    int rounds = 0;
    while (pos.choose(again).index() == 0 && rounds < 100) ++rounds;
    ++waited[rounds];
  }
  EXPECT_GT(waited[0], 100);
  EXPECT_GT(waited[1], 100);
  EXPECT_LT(waited.rbegin()->first, 100);
}

TEST(Pos, WhoIsWokenIsDrawnUniformly) {
  Pos pos(1);
  HandMadePoint point({1, 2});
  point.point().kind = ChoiceKind::waiter;
  pos.begin({0, 0});
  std::map<uint32_t, int> counts;
  for (int i = 0; i < 4'000; ++i) ++counts[pos.choose(point).index()];
  EXPECT_NEAR(counts[1], 2'000, 5 * std::sqrt(1'000));
}

}  // namespace
}  // namespace heddle
