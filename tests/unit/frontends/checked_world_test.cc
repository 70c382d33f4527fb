#include "frontends/checked_world.h"

#include <gtest/gtest.h>

#include "unit/explorer/fake_world.h"

namespace heddle {
namespace {

FakeWorld::Script ends_with(int status, const std::string& output) {
  return [=](FakeWorld&, const ExecutionRequest& request) {
    EXPECT_TRUE(request.keep_output);
    ExecutionOutcome outcome;
    outcome.exit_status = status;
    outcome.output = output;
    return outcome;
  };
}

TEST(CheckedWorld, AnEndIsAnOutcome) {
  FakeWorld inner(ends_with(3, "a\nb\n"));
  const ExecutionOutcome outcome = CheckedWorld(inner, std::nullopt).execute(ExecutionRequest());
  EXPECT_EQ(outcome.outcomes, std::vector<std::string>({"exit status 3, output \"a\\nb\\n\""}));
  EXPECT_TRUE(outcome.detections.empty());
}

TEST(CheckedWorld, AnotherOutputIsAFinding) {
  FakeWorld inner(ends_with(0, "a\nb\n"));
  const ExecutionOutcome outcome = CheckedWorld(inner, "a\nc\n").execute(ExecutionRequest());
  ASSERT_EQ(outcome.detections.size(), 1u);
  EXPECT_EQ(outcome.detections[0].kind, FindingKind::output);
  EXPECT_STREQ(outcome.detections[0].detail, "line 2 of the output is \"b\", expected was \"c\"");
  EXPECT_TRUE(CheckedWorld(inner, "a\nb\n").execute(ExecutionRequest()).detections.empty());
}

TEST(CheckedWorld, WhatWasEndedByAFindingHasNoEndOfItsOwn) {
  FakeWorld inner(ends_with(-1, "cut"));
  const ExecutionOutcome outcome = CheckedWorld(inner, "whole").execute(ExecutionRequest());
  EXPECT_TRUE(outcome.outcomes.empty());
  EXPECT_TRUE(outcome.detections.empty());
}

TEST(CheckedWorld, SaysWhenAnswersWereLost) {
  FakeWorld inner(ends_with(0, ""));
  const CheckedWorld checked(inner, std::nullopt);
  EXPECT_FALSE(checked.lost_answers());
  inner.lost = true;
  EXPECT_TRUE(checked.lost_answers());
}

}  // namespace
}  // namespace heddle
