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

// Every second execution has no depth; these are the others.
uint64_t with_depth(uint64_t i) {
  return 2 * i + 1;
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
  for (uint64_t i = 0; i < 4'000; ++i) {
    const std::vector<uint32_t> chosen = choices(pct, with_depth(i));
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
  for (uint64_t i = 32; i < 20'032; ++i) {
    const std::vector<uint64_t> points = switches(choices(pct, with_depth(i)));
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
  for (uint64_t i = 32; i < 2'032; ++i) {
    ++counts[switches(choices(pct, with_depth(i))).size()];
  }
  EXPECT_EQ(counts.rbegin()->first, 3u);
  EXPECT_GT(counts[3], 250);  // a quarter of them, but for changes that meet
}

TEST(Pct, EverySecondExecutionHasAnyNumberOfChanges) {
  Pct pct(1, 1);
  learn(pct, 40);
  std::map<size_t, int> counts;
  for (uint64_t number = 64; number < 10'064; number += 2) {
    ++counts[switches(choices(pct, number)).size()];
  }
  // One choice point in 1, 2, 4, 8, 16, 32 or 64 is a change; not each changes who runs.
  for (const size_t changes : {0, 1, 2, 4, 8, 12}) EXPECT_GT(counts[changes], 50) << changes;
}

// Who runs at `count` choice points, where each task but yields or sleeps.
std::vector<uint32_t> in_turn(Pct& pct, PointReason reason, uint64_t count) {
  std::vector<uint32_t> order;
  std::set<uint32_t> asleep;
  uint32_t current = 0;
  for (uint64_t i = 0; i < count; ++i) {
    HandMadePoint point({0, 1, 2, 3}, current);
    point.reason(reason).point().number = 1'000 + i;
    if (reason == PointReason::blocked) asleep.insert(current);
    for (const uint32_t task : asleep) point.timed(task);
    current = pct.choose(point).index();
    asleep.erase(current);
    order.push_back(current);
  }
  return order;
}

TEST(Pct, WhoYieldsStarvesNobody) {
  for (const PointReason reason : {PointReason::yielded, PointReason::blocked}) {
    Pct pct(1, 3);
    learn(pct, 10);
    for (uint64_t number = 64; number < 128; ++number) {
      pct.begin({number, 0});
      const std::vector<uint32_t> order = in_turn(pct, reason, 60);
      EXPECT_EQ(std::set<uint32_t>(order.begin(), order.end()).size(), 4u) << number;
    }
  }
}

// It lets the other one go first for as long as that can run, or goes on at once. Then the priority
// that it had is its own again.
TEST(Pct, ATaskGivesWayUntilItRuns) {
  for (const bool sleeps : {false, true}) {
    Pct pct(1, 1);
    int at_once = 0;
    for (uint64_t i = 0; i < 4'000; ++i) {
      pct.begin({with_depth(i), 0});
      HandMadePoint point({0, 1});
      const TaskId high = pct.choose(point);
      HandMadePoint given({0, 1}, high.index());
      given.reason(sleeps ? PointReason::blocked : PointReason::yielded);
      if (sleeps) given.timed(high.index()).pending(high.index()).op = Op::sleep;
      const TaskId next = pct.choose(given);
      if (next == high) ++at_once;
      HandMadePoint later({0, 1}, next.index());
      if (sleeps && !(next == high)) later.timed(high.index());
      EXPECT_EQ(pct.choose(later), next);
      HandMadePoint runs_again({0, 1}, high.index());
      EXPECT_EQ(pct.choose(runs_again), high);
    }
    // One half, and then a third draw passes the lower one of two: two times in three.
    EXPECT_NEAR(at_once, 4'000 / 3, 5 * std::sqrt(4'000 / 3.0)) << sleeps;
  }
}

TEST(Pct, WhoIsWokenBeforeItsTimeGivesWayNoLonger) {
  Pct pct(1, 1);
  int passed = 0;
  for (uint64_t i = 0; i < 100; ++i) {
    pct.begin({with_depth(i), 0});
    const TaskId high = pct.choose(HandMadePoint({0, 1}));
    HandMadePoint waits({0, 1}, high.index());
    const TaskId other = pct.choose(waits.reason(PointReason::blocked).timed(high.index()));
    if (other == high) continue;
    ++passed;
    EXPECT_EQ(pct.choose(HandMadePoint({0, 1}, other.index())), high);
  }
  EXPECT_GT(passed, 50);
}

// A task that gives way to all and is to fall: it keeps giving way, and has fallen afterwards.
TEST(Pct, AChangeReachesWhoGivesWay) {
  Pct pct(1, 2);
  learn(pct, 2);
  int fallen = 0;
  for (uint64_t i = 32; i < 1'032; ++i) {
    pct.begin({with_depth(i), 0});
    const TaskId high = pct.choose(HandMadePoint({0, 1}));
    HandMadePoint yields({0, 1}, high.index());
    yields.reason(PointReason::yielded).point().number = 2;
    static_cast<void>(pct.choose(yields));
    HandMadePoint runs({0, 1}, high.index());
    runs.point().number = 3;
    if (!(pct.choose(runs) == high)) ++fallen;
  }
  EXPECT_GT(fallen, 50);
}

TEST(Pct, SpuriousWakeUpsAreRareAndChangeNoPriority) {
  Pct pct(1, 1);
  HandMadePoint point({0, 1});
  point.spurious(5);
  pct.begin({1, 0});
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
  EXPECT_EQ(guarantee.executions, 50u);
  EXPECT_DOUBLE_EQ(guarantee.probability, Pct::at_least_once(1.0 / (4 * 50 * 3), 50));
}

TEST(Pct, ExecutionsLongerThanTheyWereDrawnForDoNotCount) {
  Pct pct(1, 1);
  learn(pct, 50);
  pct.begin({64, 0});
  pct.end(measured(64, 51));
  EXPECT_EQ(pct.guarantee(0).executions, kLearningExecutions / 2);
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
  for (uint64_t i = 0; i < kExecutions; ++i) {
    const std::vector<uint32_t> order = machine.run(pct, {with_depth(i), 0});
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
