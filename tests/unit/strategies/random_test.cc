#include "strategies/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "strategies/draw.h"
#include "unit/strategies/toy_machine.h"

namespace heddle {
namespace {

std::vector<uint32_t> choices(RandomStrategy& strategy, uint64_t number) {
  const HandMadePoint point({0, 1, 2, 5, 9});
  strategy.begin({number, 0});
  std::vector<uint32_t> chosen;
  for (int i = 0; i < 50; ++i) {
    chosen.push_back(strategy.choose(point).index());
    chosen.push_back(strategy.choose_value({}, 10));
  }
  return chosen;
}

// How often each task is chosen at the same point in 40,000 draws.
std::map<uint32_t, int> histogram(const ChoicePoint& point) {
  RandomStrategy strategy(7);
  strategy.begin({0, 0});
  std::map<uint32_t, int> counts;
  for (int i = 0; i < 40'000; ++i) ++counts[strategy.choose(point).index()];
  return counts;
}

// Five standard deviations of a count with this expectation.
double slack(double expected) {
  return 5 * std::sqrt(expected);
}

TEST(RandomStrategy, AnExecutionIsAFunctionOfSeedAndNumber) {
  RandomStrategy fresh(1);
  RandomStrategy used(1);
  for (uint64_t number = 0; number < 20; ++number) choices(used, number);
  EXPECT_EQ(choices(fresh, 7), choices(used, 7));
}

TEST(RandomStrategy, SeedsNumbersAndChildrenDiffer) {
  RandomStrategy one(1);
  RandomStrategy two(2);
  EXPECT_NE(choices(one, 7), choices(two, 7));
  EXPECT_NE(choices(one, 7), choices(one, 8));
  const HandMadePoint point({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  std::vector<uint32_t> parent;
  std::vector<uint32_t> child;
  one.begin({7, 0});
  for (int i = 0; i < 20; ++i) parent.push_back(one.choose(point).index());
  one.begin({7, 1});
  for (int i = 0; i < 20; ++i) child.push_back(one.choose(point).index());
  EXPECT_NE(parent, child);
}

TEST(RandomStrategy, EveryEnabledTaskIsEquallyLikely) {
  const HandMadePoint point({0, 3, 4, 7, 9});
  const std::map<uint32_t, int> counts = histogram(point);
  EXPECT_EQ(counts.size(), 5u);
  for (const auto& [task, count] : counts) EXPECT_NEAR(count, 8'000, slack(8'000)) << task;
}

TEST(RandomStrategy, WhoYieldedIsNotPreferred) {
  HandMadePoint point({0, 3, 4, 7, 9}, 3);
  point.reason(PointReason::yielded);
  EXPECT_NEAR(histogram(point)[3], 8'000, slack(8'000));
}

TEST(RandomStrategy, LongExecutionsTakeLongerStrides) {
  HandMadePoint point({0, 3, 4, 7, 9}, 3);
  point.point().number = RandomStrategy::kLongAfter;
  EXPECT_NEAR(histogram(point)[3], 8'000, slack(8'000));

  point.point().number = RandomStrategy::kLongAfter + 1;
  const double drawn_anew = 40'000.0 / RandomStrategy::kStride;
  std::map<uint32_t, int> counts = histogram(point);
  for (const uint32_t other : {0, 4, 7, 9}) {
    EXPECT_NEAR(counts[other], drawn_anew / 5, slack(drawn_anew / 5)) << other;
  }
  point.reason(PointReason::access);
  EXPECT_NEAR(histogram(point)[0], drawn_anew / 5, slack(drawn_anew / 5));
}

// A spin-wait must not be prolonged, nor a waiter preferred.
TEST(RandomStrategy, StridesEndWhereATaskGivesWay) {
  HandMadePoint point({0, 3, 4, 7, 9}, 3);
  point.point().number = RandomStrategy::kLongAfter + 1;
  for (const PointReason reason : {PointReason::yielded, PointReason::blocked}) {
    point.reason(reason);
    EXPECT_NEAR(histogram(point)[3], 8'000, slack(8'000));
  }
  HandMadePoint blocked({0, 4, 7, 9, 11}, 3);
  blocked.point().number = RandomStrategy::kLongAfter + 1;
  EXPECT_EQ(histogram(blocked).count(3), 0u);
  HandMadePoint waiters({0, 3, 4, 7, 9}, 3);
  waiters.point().number = RandomStrategy::kLongAfter + 1;
  waiters.point().kind = ChoiceKind::waiter;
  EXPECT_NEAR(histogram(waiters)[3], 8'000, slack(8'000));
}

TEST(RandomStrategy, SpuriousWakeUpsAreRare) {
  HandMadePoint point({0, 3});
  point.spurious(5).spurious(6);
  std::map<uint32_t, int> counts = histogram(point);
  const double each = 40'000.0 / kOneSpuriousIn / 2;
  EXPECT_NEAR(counts[5], each, slack(each));
  EXPECT_NEAR(counts[6], each, slack(each));
}

TEST(RandomStrategy, WaitersAreEquallyLikely) {
  HandMadePoint point({2, 5}, 0);
  point.point().kind = ChoiceKind::waiter;
  EXPECT_NEAR(histogram(point)[5], 20'000, slack(20'000));
}

TEST(RandomStrategy, ValuesAreUniformBelowTheBound) {
  RandomStrategy strategy(7);
  strategy.begin({0, 0});
  std::map<uint32_t, int> counts;
  for (int i = 0; i < 40'000; ++i) ++counts[strategy.choose_value({}, 4)];
  EXPECT_EQ(counts.size(), 4u);
  for (const auto& [value, count] : counts) EXPECT_NEAR(count, 10'000, slack(10'000)) << value;
  EXPECT_LT(counts.rbegin()->first, 4u);
}

}  // namespace
}  // namespace heddle
