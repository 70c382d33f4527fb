#include "strategies/pct.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "unit/strategies/toy_machine.h"

namespace heddle {
namespace {

TraceSummary measured(uint64_t number, uint64_t choice_points, uint32_t tasks = 2) {
  TraceSummary trace;
  trace.number = number;
  trace.choice_points = choice_points;
  trace.tasks = tasks;
  return trace;
}

void learn(Pct& pct, uint64_t choice_points) {
  for (uint64_t number = 0; number < kLearningExecutions; ++number) {
    pct.begin({number, 0});
    pct.end(measured(number, choice_points));
  }
}

// Who is chosen at choice points 1 … count, where all of four tasks can run at each.
std::vector<uint32_t> choices(Pct& pct, uint64_t number, uint64_t count = 40) {
  HandMadePoint point({0, 1, 2, 3});
  pct.begin({number, 0});
  std::vector<uint32_t> chosen;
  for (uint64_t i = 1; i <= count; ++i) {
    point.point().number = i;
    chosen.push_back(pct.choose(point).index());
  }
  return chosen;
}

// The choice points at which another task is chosen than before.
std::vector<uint64_t> switches(const std::vector<uint32_t>& chosen) {
  std::vector<uint64_t> points;
  for (size_t i = 1; i < chosen.size(); ++i) {
    if (chosen[i] != chosen[i - 1]) points.push_back(i + 1);
  }
  return points;
}

TEST(Pct, AnExecutionIsAFunctionOfSeedAndNumberOnceLearningIsOver) {
  Pct one(1, 3);
  Pct other(1, 3);
  learn(one, 30);
  learn(other, 30);
  for (uint64_t number = 64; number < 90; ++number) {
    choices(one, number);
    one.end(measured(number, 1'000'000));
  }
  for (uint64_t number = 70; number < 80; ++number) {
    EXPECT_EQ(choices(one, number), choices(other, number));
  }
  Pct another_seed(2, 3);
  learn(another_seed, 30);
  EXPECT_NE(choices(one, 70), choices(another_seed, 70));
}

TEST(Pct, OfDepthOneTheHighestRunsOn) {
  Pct pct(1, 1);
  std::map<uint32_t, int> first;
  for (uint64_t number = 0; number < 4'000; ++number) {
    const std::vector<uint32_t> chosen = choices(pct, number);
    EXPECT_TRUE(switches(chosen).empty());
    ++first[chosen[0]];
  }
  EXPECT_EQ(first.size(), 4u);
  for (const auto& [task, count] : first) EXPECT_NEAR(count, 1'000, 5 * std::sqrt(1'000)) << task;
}

TEST(Pct, ChangePointsSpreadOverTheLengthLearnt) {
  constexpr uint64_t kLength = 20;
  Pct pct(1, 2);
  learn(pct, kLength);
  std::map<uint64_t, int> at;
  for (uint64_t number = 64; number < 20'064; ++number) {
    const std::vector<uint64_t> points = switches(choices(pct, number));
    ASSERT_LE(points.size(), 1u);
    for (const uint64_t point : points) ++at[point];
  }
  // Half of the executions have depth 2; a change at choice point 1 is none to be seen.
  ASSERT_EQ(at.size(), kLength - 1);
  EXPECT_EQ(at.rbegin()->first, kLength);
  for (const auto& [point, count] : at) EXPECT_NEAR(count, 500, 5 * std::sqrt(500)) << point;
}

TEST(Pct, AnExecutionHasFewerChangesThanItsDepth) {
  Pct pct(1, 4);
  learn(pct, 40);
  std::map<size_t, int> counts;
  for (uint64_t number = 64; number < 2'064; ++number) {
    ++counts[switches(choices(pct, number)).size()];
  }
  EXPECT_EQ(counts.rbegin()->first, 3u);
  EXPECT_GT(counts[3], 250);  // a quarter of them, but for changes that meet
}

TEST(Pct, WhoYieldsComesAfterAllOthers) {
  Pct pct(1, 3);
  learn(pct, 10);
  pct.begin({64, 0});
  std::vector<uint32_t> order;
  uint32_t current = 0;
  for (uint64_t number = 100; number < 112; ++number) {
    HandMadePoint point({0, 1, 2, 3}, current);
    point.reason(PointReason::yielded).point().number = number;
    current = pct.choose(point).index();
    order.push_back(current);
  }
  // Round robin from the first round on.
  for (size_t i = 4; i < order.size(); ++i) EXPECT_EQ(order[i], order[i - 4]);
  EXPECT_EQ(std::set<uint32_t>(order.begin(), order.begin() + 4).size(), 4u);
}

TEST(Pct, WhoSleepsComesAfterAllOthersAlsoWhenItsTimeCouldComeAtOnce) {
  Pct pct(1, 1);
  for (uint64_t number = 0; number < 50; ++number) {
    pct.begin({number, 0});
    HandMadePoint point({0, 1}, 0);
    point.reason(PointReason::blocked).pending(0).op = Op::sleep;
    EXPECT_EQ(pct.choose(point), TaskId(1));
    point.reason(PointReason::operation);
    EXPECT_EQ(pct.choose(point), TaskId(1));
  }
}

TEST(Pct, SpuriousWakeUpsAreRareAndChangeNoPriority) {
  Pct pct(1, 1);
  HandMadePoint point({0, 1});
  point.spurious(5);
  pct.begin({0, 0});
  std::map<uint32_t, int> counts;
  for (int i = 0; i < 16'000; ++i) ++counts[pct.choose(point).index()];
  EXPECT_NEAR(counts[5], 1'000, 5 * std::sqrt(1'000));
  EXPECT_EQ(counts.size(), 2u);
}

TEST(Pct, TheBoundIsThatOfThePaper) {
  EXPECT_DOUBLE_EQ(Pct::bound(4, 10, 1), 1.0 / 4);
  EXPECT_DOUBLE_EQ(Pct::bound(4, 10, 3), 1.0 / 400);
  EXPECT_DOUBLE_EQ(Pct::bound(1, 0, 3), 1);
  EXPECT_DOUBLE_EQ(Pct::at_least_once(0.5, 3), 0.875);
  EXPECT_DOUBLE_EQ(Pct::at_least_once(1, 3), 1);
  EXPECT_DOUBLE_EQ(Pct::at_least_once(1, 0), 0);
  EXPECT_NEAR(Pct::at_least_once(1e-18, 1000), 1e-15, 1e-20);
}

TEST(Pct, TheGuaranteeIsForTheGreatestDepthAboveTheThreshold) {
  Pct pct(1, 3);
  EXPECT_EQ(pct.guarantee(0.01).depth, 0u);
  for (uint64_t number = 0; number < 100; ++number) {
    pct.begin({number, 0});
    pct.end(measured(number, 50, 4));
  }
  const Pct::Guarantee guarantee = pct.guarantee(0.01);
  EXPECT_EQ(guarantee.depth, 2u);
  EXPECT_EQ(guarantee.executions, 100u);
  EXPECT_DOUBLE_EQ(guarantee.probability, Pct::at_least_once(1.0 / (4 * 50 * 3), 100));
}

TEST(Pct, ExecutionsLongerThanTheyWereDrawnForDoNotCount) {
  Pct pct(1, 1);
  learn(pct, 50);
  pct.begin({64, 0});
  pct.end(measured(64, 51));
  EXPECT_EQ(pct.guarantee(0).executions, kLearningExecutions);
}

// The theorem itself: with three tasks of four operations each, every bug of depth 2 ("a's i-th
// before b's j-th before a's next") appears at least as often as the bound says.
TEST(Pct, EveryBugOfDepthTwoIsMetAsOftenAsTheBoundSays) {
  constexpr uint32_t kOperations = 4;
  constexpr int kExecutions = 20'000;
  const std::vector<ToyMachine::Action> program(kOperations);
  ToyMachine machine({program, program, program});
  Pct pct(1, 2);
  std::map<std::vector<uint32_t>, int> met;
  uint64_t longest = 0;
  for (uint64_t number = 0; number < kExecutions; ++number) {
    const std::vector<uint32_t> order = machine.run(pct, {number, 0});
    longest = std::max<uint64_t>(longest, order.size());
    std::vector<uint32_t> done(3);
    std::map<std::vector<uint32_t>, int> here;
    for (const uint32_t b : order) {
      for (uint32_t a = 0; a < 3; ++a) {
        const bool between = a != b && done[a] > 0 && done[a] < kOperations;
        if (between) here[{a, done[a], b, done[b]}] = 1;
      }
      ++done[b];
    }
    for (const auto& [bug, once] : here) met[bug] += once;
  }
  const double bound = kExecutions * Pct::bound(3, longest, 2) / 2;
  ASSERT_EQ(met.size(), 3u * (kOperations - 1) * 2 * kOperations);
  for (const auto& [bug, count] : met) EXPECT_GT(count, bound - 5 * std::sqrt(bound)) << bug[0];
}

}  // namespace
}  // namespace heddle
