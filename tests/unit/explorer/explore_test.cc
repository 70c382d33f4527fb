#include "explorer/explore.h"

#include <gtest/gtest.h>

#include "unit/explorer/fake_world.h"

namespace heddle {
namespace {

// An exploration whose execution n is written down as a function of its number.
class ExploreTest : public testing::Test {
 protected:
  using Body = std::function<ExecutionOutcome(ExecutionNumber)>;

  ExplorationResult explore_body(Body body) {
    world_ = std::make_unique<FakeWorld>([body](FakeWorld&, const ExecutionRequest& request) {
      if (followed(request) != nullptr) return outcome_of(replayed_);
      ExecutionOutcome outcome = body(request.number);
      replayed_.insert(replayed_.end(), outcome.detections.begin(), outcome.detections.end());
      return outcome;
    });
    replayed_.clear();
    options_.origin.scenario = "a.b";
    callbacks_ = fake_callbacks(symbols_);
    callbacks_.interrupted = interrupted_;
    return explore(*world_, strategy_, options_, callbacks_);
  }

  // Executions of the loop, as "70", "70.1"; replays come afterwards.
  std::vector<std::string> explored() const {
    std::vector<std::string> numbers;
    for (const ExecutionNumber& number : strategy_.begun) {
      numbers.push_back(std::to_string(number.number));
      if (number.child > 0) numbers.back() += "." + std::to_string(number.child);
    }
    return numbers;
  }

  static inline std::vector<Detection> replayed_;  // what every replay shows
  std::unique_ptr<FakeWorld> world_;
  NotingStrategy strategy_;
  FakeSymbols symbols_;
  ExploreOptions options_;
  ExploreCallbacks callbacks_;
  std::function<bool()> interrupted_;
};

ExecutionOutcome nothing(ExecutionNumber) {
  return outcome_of({});
}

ExecutionOutcome race_at_5(ExecutionNumber number) {
  if (number.number != 5) return outcome_of({});
  return outcome_of({detection(FindingKind::data_race, 1200, 1400)});
}

TEST_F(ExploreTest, NumbersCountFromZeroToTheBudget) {
  options_.executions = 3;
  const ExplorationResult result = explore_body(nothing);
  EXPECT_EQ(explored(), (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(result.ended_by, "executions");
  EXPECT_EQ(result.verdict, Verdict::pass);
  EXPECT_EQ(result.evidence.executions, 3u);
  EXPECT_EQ(strategy_.ended, 3u);
  EXPECT_EQ(world_->forgotten, 1);
}

TEST_F(ExploreTest, EndsWhenTheStrategyHasNothingLeft) {
  strategy_.exhausted_after = 7;
  const ExplorationResult result = explore_body(nothing);
  EXPECT_EQ(result.ended_by, "exhausted");
  EXPECT_EQ(result.evidence.executions, 7u);
}

TEST_F(ExploreTest, EndsWithTheFirstExecutionBeyondTheBudgetOfOperations) {
  options_.steps = 95;
  const ExplorationResult result = explore_body(nothing);
  EXPECT_EQ(result.ended_by, "steps");
  EXPECT_EQ(result.evidence.executions, 10u);
  EXPECT_EQ(result.evidence.steps, 100u);
}

TEST_F(ExploreTest, EndsByTime) {
  options_.time_ns = 1;
  EXPECT_EQ(explore_body(nothing).ended_by, "time");
}

TEST_F(ExploreTest, EndsSoonWhenInterruptedAndKeepsWhatItFound) {
  interrupted_ = [this] { return strategy_.begun.size() >= 9; };
  const ExplorationResult result = explore_body(race_at_5);
  EXPECT_EQ(result.ended_by, "interrupted");
  // Up to the finding, and then the 64 after which it is asked again.
  EXPECT_EQ(result.evidence.executions, 6u + 64u);
  EXPECT_EQ(result.findings.size(), 1u);
}

TEST_F(ExploreTest, GoesOnForAfterExecutionsOnceSomethingIsFound) {
  const ExplorationResult result = explore_body(race_at_5);
  EXPECT_EQ(result.evidence.executions, 6u + 100u);
  EXPECT_EQ(result.ended_by, "after");
  EXPECT_EQ(result.verdict, Verdict::fail);
}

TEST_F(ExploreTest, AfterZeroEndsAtOnce) {
  options_.after = 0;
  EXPECT_EQ(explore_body(race_at_5).evidence.executions, 6u);
}

TEST_F(ExploreTest, AfterNeverExceedsTheBudget) {
  options_.executions = 50;
  const ExplorationResult result = explore_body(race_at_5);
  EXPECT_EQ(result.evidence.executions, 50u);
  EXPECT_EQ(result.ended_by, "executions");
}

TEST_F(ExploreTest, KeepGoingUsesTheWholeBudget) {
  options_.keep_going = true;
  EXPECT_EQ(explore_body(race_at_5).evidence.executions, 1000u);
}

TEST_F(ExploreTest, EndsTenMillionOperationsAfterTheFirstFinding) {
  options_.keep_going = true;
  const ExplorationResult result = explore_body([](ExecutionNumber number) {
    ExecutionOutcome outcome = race_at_5(number);
    outcome.summary.steps = 1'000'000;
    return outcome;
  });
  EXPECT_EQ(result.evidence.executions, 6u + 10u);
  EXPECT_EQ(result.ended_by, "steps");
}

TEST_F(ExploreTest, SumsAndMaximaOfAllExecutions) {
  options_.executions = 4;
  const ExplorationResult result = explore_body([](ExecutionNumber number) {
    ExecutionOutcome outcome = outcome_of({});
    outcome.summary.digest = number.number % 2;
    outcome.summary.choice_points = 5;
    outcome.summary.weak_atomics = 1;
    outcome.summary.tasks = 3;
    outcome.summary.most_at_once = static_cast<uint32_t>(number.number);
    outcome.summary.overlapped = number.number == 2;
    outcome.summary.virtual_ns = 100 - number.number;
    return outcome;
  });
  EXPECT_EQ(result.evidence.distinct_traces, 2u);
  EXPECT_EQ(result.evidence.steps, 40u);
  EXPECT_EQ(result.evidence.choice_points, 20u);
  EXPECT_EQ(result.evidence.weak_atomics, 4u);
  EXPECT_EQ(result.evidence.tasks, 3u);
  EXPECT_EQ(result.evidence.most_at_once, 3u);
  EXPECT_EQ(result.evidence.virtual_ns, 100u);
  EXPECT_FALSE(result.evidence.vacuous);
}

TEST_F(ExploreTest, APassWithoutOverlapIsVacuous) {
  EXPECT_TRUE(explore_body([](ExecutionNumber) {
                ExecutionOutcome outcome = outcome_of({});
                outcome.summary.most_at_once = 2;
                return outcome;
              }).evidence.vacuous);
}

// ---- Points -------------------------------------------------------------------------------------

ExecutionOutcome raced_in(const std::vector<uint64_t>& numbers, ExecutionNumber number) {
  ExecutionOutcome outcome = outcome_of({});
  for (const uint64_t one : numbers) {
    if (number.number == one)
      outcome.raced = {PointKey::in_block(number.child, static_cast<uint32_t>(one), 0)};
  }
  return outcome;
}

TEST_F(ExploreTest, LearnsInTheFirst64ExecutionsOnly) {
  options_.executions = 200;
  explore_body([](ExecutionNumber number) { return raced_in({3, 63, 64}, number); });
  EXPECT_EQ(world_->learned,
            (std::vector<PointKey>{PointKey::in_block(0, 3, 0), PointKey::in_block(0, 63, 0)}));
}

TEST_F(ExploreTest, ALaterRaceIsFollowedBy16ChildrenWithItsPointsAlone) {
  options_.executions = 90;
  explore_body([](ExecutionNumber number) { return raced_in({70}, number); });
  const std::vector<std::string> numbers = explored();
  ASSERT_EQ(numbers.size(), 90u);
  EXPECT_EQ(numbers[70], "70");
  for (size_t child = 1; child <= 16; ++child) {
    EXPECT_EQ(numbers[70 + child], "70." + std::to_string(child));
    // What children see themselves is neither learned nor followed.
    EXPECT_EQ(world_->extras[70 + child], (std::vector<PointKey>{PointKey::in_block(0, 70, 0)}));
  }
  EXPECT_EQ(numbers[87], "71");
  EXPECT_TRUE(world_->extras[87].empty());
  EXPECT_TRUE(world_->learned.empty());
}

TEST_F(ExploreTest, ChildrenCountAgainstTheBudget) {
  options_.executions = 75;
  explore_body([](ExecutionNumber number) { return raced_in({70}, number); });
  EXPECT_EQ(explored().size(), 75u);
  EXPECT_EQ(explored().back(), "70.4");
}

TEST_F(ExploreTest, WithPointsAtSynchronisationAloneNothingIsLearned) {
  options_.points = PointMode::sync;
  options_.executions = 100;
  explore_body([](ExecutionNumber number) { return raced_in({3, 70}, number); });
  EXPECT_TRUE(world_->learned.empty());
  EXPECT_EQ(explored().back(), "99");
}

TEST_F(ExploreTest, WithPointsAtAllSharedMemoryTheFirstExecutionsTeachAndNoneHasChildren) {
  options_.points = PointMode::all;
  options_.executions = 100;
  explore_body([](ExecutionNumber number) { return raced_in({3, 70}, number); });
  EXPECT_EQ(world_->learned.size(), 1u);
  EXPECT_EQ(explored().back(), "99");
}

// ---- Findings -----------------------------------------------------------------------------------

TEST_F(ExploreTest, AnExecutionCountsOnceForAFinding) {
  options_.executions = 4;
  const ExplorationResult result = explore_body([](ExecutionNumber) {
    return outcome_of({detection(FindingKind::data_race, 1200, 1400),
                       detection(FindingKind::data_race, 1400, 1200)});
  });
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].count, 4u);
  EXPECT_EQ(result.findings[0].execution, 0u);
}

TEST_F(ExploreTest, WhatIsNotModelledEndsTheExplorationWithoutVerdict) {
  const ExplorationResult result = explore_body(
      [](ExecutionNumber) { return outcome_of({detection(FindingKind::not_modelled, 1200)}); });
  EXPECT_EQ(result.evidence.executions, 1u);
  EXPECT_EQ(result.verdict, Verdict::error);
}

TEST_F(ExploreTest, TheStrategyMayStrengthenTheEvidence) {
  world_ = std::make_unique<FakeWorld>(
      [](FakeWorld&, const ExecutionRequest&) { return outcome_of({}); });
  callbacks_ = fake_callbacks(symbols_);
  callbacks_.strengthen = [](Evidence& evidence, bool exhausted) {
    if (exhausted) evidence.kind = EvidenceKind::exhaustive;
  };
  strategy_.exhausted_after = 2;
  EXPECT_EQ(explore(*world_, strategy_, options_, callbacks_).evidence.kind,
            EvidenceKind::exhaustive);
}

TEST(VerdictOf, ErrorsOfHeddleGoBeforeErrorsOfTheProgram) {
  Finding note;
  note.severity = Severity::note;
  Finding race;
  race.kind = FindingKind::data_race;
  Finding unknown;
  unknown.kind = FindingKind::not_modelled;
  EXPECT_EQ(verdict_of({}), Verdict::pass);
  EXPECT_EQ(verdict_of({note}), Verdict::pass);
  EXPECT_EQ(verdict_of({note, race}), Verdict::fail);
  EXPECT_EQ(verdict_of({race, unknown}), Verdict::error);
}

}  // namespace
}  // namespace heddle
