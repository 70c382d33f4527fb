#include "explorer/replay.h"

#include <gtest/gtest.h>

#include "unit/explorer/fake_world.h"

namespace heddle {
namespace {

class ReplayTest : public testing::Test {
 protected:
  ReplayResult replay_in(FakeWorld& world) {
    ReplayOptions options;
    options.origin.scenario = "a.b";
    options.symbolizer = &symbols_;
    options.replay_command = [](const std::string& schedule) { return "replay " + schedule; };
    options.divergence = [this](const Strategy&) { return divergence_; };
    options.watch = {PointKey::in_module(1, 8)};
    return replay(world, strategy_, options);
  }

  NotingStrategy strategy_;
  FakeSymbols symbols_;
  std::string divergence_;
};

TEST_F(ReplayTest, TellsOneExecution) {
  FakeWorld world([](FakeWorld& self, const ExecutionRequest& request) {
    RecordedEvent event;
    event.event.op = Op::yield;
    event.event.task = TaskId(0);
    event.step = 1;
    self.recording.trace.events = {event};
    ExecutionOutcome outcome = outcome_of({detection(FindingKind::data_race, 1200, 1400),
                                           detection(FindingKind::check_failed, 2000)});
    outcome.outcomes = {"balance = -8"};
    if (request.keep_output) outcome.output = "hello\n";
    return outcome;
  });
  const ReplayResult replayed = replay_in(world);
  EXPECT_EQ(replayed.steps.size(), 1u);
  EXPECT_EQ(replayed.tasks.size(), 1u);
  EXPECT_EQ(replayed.outcome, (std::vector<std::string>{"balance = -8"}));
  EXPECT_EQ(replayed.output, "hello\n");
  EXPECT_FALSE(replayed.diverged);
  EXPECT_EQ(replayed.result.verdict, Verdict::fail);
  ASSERT_EQ(replayed.result.findings.size(), 2u);
  EXPECT_EQ(replayed.result.findings[0].kind, FindingKind::check_failed);
  EXPECT_EQ(replayed.result.findings[0].replay, "replay " + replayed.result.findings[0].schedule);
  EXPECT_EQ(decode(replayed.result.findings[0].schedule).value().scenario, "a.b");
}

TEST_F(ReplayTest, RecordsAccessesToWhatRacedInItsFirstRun) {
  const PointKey raced = PointKey::in_module(1, 64);
  FakeWorld world([&](FakeWorld&, const ExecutionRequest& request) {
    ExecutionOutcome outcome = outcome_of({});
    if (!request.record) outcome.raced = {raced};
    return outcome;
  });
  EXPECT_EQ(replay_in(world).result.verdict, Verdict::pass);
  ASSERT_EQ(world.extras.size(), 2u);
  EXPECT_EQ(world.extras[0], (std::vector<PointKey>{PointKey::in_module(1, 8)}));
  EXPECT_EQ(world.extras[1], (std::vector<PointKey>{PointKey::in_module(1, 8), raced}));
}

TEST_F(ReplayTest, AScheduleThatLeavesItsTrackHasNoVerdict) {
  FakeWorld world([](FakeWorld&, const ExecutionRequest&) {
    return outcome_of({detection(FindingKind::check_failed, 2000)});
  });
  divergence_ = "entry 3 was passed";
  const ReplayResult replayed = replay_in(world);
  EXPECT_TRUE(replayed.diverged);
  EXPECT_EQ(replayed.divergence, divergence_);
  EXPECT_EQ(replayed.result.verdict, Verdict::error);
}

TEST_F(ReplayTest, TwoRunsThatDifferAreNondeterminism) {
  uint64_t runs = 0;
  FakeWorld world([&](FakeWorld&, const ExecutionRequest&) {
    ExecutionOutcome outcome = outcome_of({});
    outcome.summary.operation_digest = ++runs;
    return outcome;
  });
  const ReplayResult replayed = replay_in(world);
  ASSERT_EQ(replayed.result.findings.size(), 1u);
  EXPECT_EQ(replayed.result.findings[0].kind, FindingKind::nondeterminism);
  EXPECT_EQ(replayed.result.verdict, Verdict::error);
}

}  // namespace
}  // namespace heddle
