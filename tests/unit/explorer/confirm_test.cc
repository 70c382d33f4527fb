#include "explorer/confirm.h"

#include <gtest/gtest.h>

#include "unit/explorer/fake_world.h"

namespace heddle {
namespace {

class ConfirmTest : public testing::Test {
 protected:
  ConfirmTest() {
    options_.origin.scenario = "a.b";
    callbacks_ = fake_callbacks(symbols_);
  }

  Candidate candidate(const Detection& seen, uint64_t execution, std::vector<uint64_t> ordinals,
                      uint32_t switches = 0) {
    Candidate made;
    made.key = DetectionKey::of(seen);
    made.detection = seen;
    made.execution = execution;
    made.schedule.scenario = "a.b";
    for (uint32_t i = 0; i < switches; ++i) {
      made.schedule.entries.push_back({ChoiceKind::value, 0, i, 0, 0, 1});
    }
    for (const uint64_t ordinal : ordinals) made.executions.add(ordinal);
    return made;
  }

  std::vector<Finding> confirm_in(FakeWorld::Script script, std::vector<Candidate> candidates) {
    FakeWorld world(std::move(script));
    std::vector<Finding> findings = confirm(candidates, world, options_, callbacks_);
    executions_ = world.numbers.size();
    return findings;
  }

  ExploreOptions options_;
  ExploreCallbacks callbacks_;
  FakeSymbols symbols_;
  size_t executions_ = 0;
};

FakeWorld::Script always(std::vector<Detection> detections) {
  return [detections](FakeWorld&, const ExecutionRequest&) { return outcome_of(detections); };
}

TEST_F(ConfirmTest, DifferentInstructionsOfTheSameLinesAreOneFindingWithExactCount) {
  const Detection one = detection(FindingKind::data_race, 1201, 1401);
  const Detection other = detection(FindingKind::data_race, 1402, 1202);
  const std::vector<Finding> findings = confirm_in(
      always({one, other}), {candidate(one, 0, {0, 1, 2, 7}), candidate(other, 1, {1, 2, 3})});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].count, 5u);
  EXPECT_EQ(findings[0].execution, 0u);
}

TEST_F(ConfirmTest, OtherLinesAreAnotherFinding) {
  const Detection one = detection(FindingKind::data_race, 1201, 1401);
  const Detection other = detection(FindingKind::data_race, 1401, 1402);
  EXPECT_EQ(
      confirm_in(always({one, other}), {candidate(one, 0, {0}), candidate(other, 0, {0})}).size(),
      2u);
}

// Two calls of one library function are two places, though the instruction is the same.
TEST_F(ConfirmTest, LinesAreThoseOfTheInnermostFrameOfTheUsers) {
  const Detection inside = detection(FindingKind::check_failed, 300'000);
  const std::vector<Finding> findings = confirm_in(
      [&](FakeWorld& world, const ExecutionRequest&) {
        RecordedEvent event;
        event.event.op = Op::check;
        event.event.task = TaskId(0);
        event.event.site.pc = 300'000;
        event.frame_count = 2;
        event.frames[0] = 300'000;
        event.frames[1] = 1700;
        world.recording.trace.events = {event};
        return outcome_of({inside, detection(FindingKind::check_failed, 1700)});
      },
      {candidate(inside, 0, {0}), candidate(detection(FindingKind::check_failed, 1700), 0, {1})});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].count, 2u);
}

TEST_F(ConfirmTest, WhatWentWrongComesBeforeTheRaceOfTheSameExecution) {
  const Detection race = detection(FindingKind::data_race, 1200, 1400);
  const Detection check = detection(FindingKind::check_failed, 2000);
  const Detection late = detection(FindingKind::deadlock, 2100);
  const std::vector<Finding> findings =
      confirm_in(always({race, check, late}),
                 {candidate(race, 3, {3}), candidate(check, 3, {3}), candidate(late, 9, {9})});
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0].kind, FindingKind::check_failed);
  EXPECT_EQ(findings[1].kind, FindingKind::data_race);
  EXPECT_EQ(findings[2].kind, FindingKind::deadlock);
}

TEST_F(ConfirmTest, WhatAKilledWorkerDidNotTellIsToldByAnother) {
  const Detection one = detection(FindingKind::check_failed, 1700);
  int told = 0;
  const std::vector<Finding> findings = confirm_in(
      [&](FakeWorld& world, const ExecutionRequest& request) {
        if (request.record) world.lost = ++told == 1;
        RecordedEvent event;
        event.event.op = Op::check;
        event.event.task = TaskId(0);
        event.event.site.pc = 1700;
        if (!world.lost) world.recording.trace.events = {event};
        return outcome_of({one});
      },
      {candidate(one, 0, {0})});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_FALSE(findings[0].steps.empty());
  EXPECT_GE(told, 2);
}

TEST_F(ConfirmTest, AReplayWithoutTheFindingIsNondeterminism) {
  const Detection race = detection(FindingKind::data_race, 1200, 1400);
  const std::vector<Finding> findings = confirm_in(always({}), {candidate(race, 3, {3})});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, FindingKind::nondeterminism);
  EXPECT_EQ(verdict_of(findings), Verdict::error);
  EXPECT_NE(
      findings[0].message.find("execution 3 showed data-race, and replays of its schedule do not"),
      std::string::npos);
  EXPECT_FALSE(findings[0].schedule.empty());
}

TEST_F(ConfirmTest, AReplayWithOtherOperationsIsNondeterminismThoughItShowsTheFinding) {
  const Detection race = detection(FindingKind::data_race, 1200, 1400);
  Candidate seen = candidate(race, 3, {3});
  seen.operation_digest = 77;
  const std::vector<Finding> findings = confirm_in(always({race}), {seen});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, FindingKind::nondeterminism);
}

TEST_F(ConfirmTest, NondeterminismNamesTheOperationsThatDiffer) {
  const Detection race = detection(FindingKind::data_race, 1200, 1400);
  uint64_t turn = 0;
  const std::vector<Finding> findings = confirm_in(
      [&](FakeWorld& world, const ExecutionRequest&) {
        RecordedEvent same;
        same.event.op = Op::yield;
        same.event.task = TaskId(0);
        same.event.site.pc = 900;
        RecordedEvent differs = same;
        differs.event.op = ++turn % 2 == 0 ? Op::sleep : Op::clock_read;
        differs.step = 2;
        world.recording.trace.events = {same, differs};
        return outcome_of({});
      },
      {candidate(race, 0, {0})});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].message,
            "the same schedule gave two executions: step 2, main: sleep at bank.cc:9, but another "
            "time step 2, main: clock at bank.cc:9");
}

TEST_F(ConfirmTest, NondeterminismsAreOneFinding) {
  const std::vector<Finding> findings =
      confirm_in(always({}), {candidate(detection(FindingKind::deadlock, 100), 0, {0, 1}),
                              candidate(detection(FindingKind::deadlock, 200), 1, {1, 2})});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].count, 3u);
}

// Under --points=sync no execution of the exploration says where races are.
TEST_F(ConfirmTest, WithPointsAtSynchronisationAReplayFindsWhatToWatch) {
  options_.points = PointMode::sync;
  options_.minimize = false;
  const PointKey raced = PointKey::in_module(1, 64);
  std::vector<PointKey> watched;
  const Detection check = detection(FindingKind::check_failed, 1400);
  confirm_in(
      [&](FakeWorld&, const ExecutionRequest& request) {
        ExecutionOutcome outcome = outcome_of({check});
        if (request.record) watched = *request.extra_points;
        if (!request.record) outcome.raced = {raced};
        return outcome;
      },
      {candidate(check, 0, {0})});
  EXPECT_EQ(watched, (std::vector<PointKey>{raced}));
}

// Shows a deadlock where the schedule holds switch 2, with as many operations as it has switches.
ExecutionOutcome needs_switch_2(FakeWorld&, const ExecutionRequest& request) {
  const Schedule& schedule = *followed(request);
  ExecutionOutcome outcome = outcome_of({});
  for (const ScheduleEntry& entry : schedule.entries) {
    if (entry.operation == 2) outcome.detections = {detection(FindingKind::deadlock, 500)};
  }
  return outcome;
}

TEST_F(ConfirmTest, TellsTheShortestSchedule) {
  const std::vector<Finding> findings = confirm_in(
      needs_switch_2, {candidate(detection(FindingKind::deadlock, 500), 0, {0}, /*switches=*/9)});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_TRUE(findings[0].minimal);
  const Schedule schedule = decode(findings[0].schedule).value();
  ASSERT_EQ(schedule.entries.size(), 1u);
  EXPECT_EQ(schedule.entries[0].operation, 2u);
  EXPECT_EQ(findings[0].replay, "replay " + findings[0].schedule);
}

TEST_F(ConfirmTest, WithoutMinimisingTheScheduleIsAsFound) {
  options_.minimize = false;
  const std::vector<Finding> findings = confirm_in(
      needs_switch_2, {candidate(detection(FindingKind::deadlock, 500), 0, {0}, /*switches=*/9)});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_FALSE(findings[0].minimal);
  EXPECT_EQ(decode(findings[0].schedule).value().entries.size(), 9u);
  EXPECT_EQ(executions_, 1u);
}

TEST_F(ConfirmTest, MinimisingDoesNotSwapOneFindingForAnother) {
  // Without switch 2 there is a deadlock at another place.
  const auto script = [](FakeWorld& world, const ExecutionRequest& request) {
    ExecutionOutcome outcome = needs_switch_2(world, request);
    if (outcome.detections.empty()) {
      outcome.detections = {detection(FindingKind::deadlock, 600)};
    }
    return outcome;
  };
  const std::vector<Finding> findings =
      confirm_in(script, {candidate(detection(FindingKind::deadlock, 500), 0, {0}, 9)});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(decode(findings[0].schedule).value().entries.size(), 1u);
}

}  // namespace
}  // namespace heddle
