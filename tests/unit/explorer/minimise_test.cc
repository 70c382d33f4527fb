#include "explorer/minimise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/rng.h"

namespace heddle {
namespace {

using Switches = std::set<uint32_t>;  // what distinguishes entries here: ScheduleEntry::operation

Schedule schedule_of(uint32_t count) {
  Schedule schedule;
  schedule.scenario = "a.b";
  for (uint32_t i = 0; i < count; ++i) {
    schedule.entries.push_back({ChoiceKind::value, 0, i, 0, 0, 1});
  }
  return schedule;
}

Switches switches_of(const Schedule& schedule) {
  Switches switches;
  for (const ScheduleEntry& entry : schedule.entries) switches.insert(entry.operation);
  return switches;
}

// Counts its attempts; a schedule shows the finding when the predicate says so.
struct Judge {
  explicit Judge(std::function<bool(const Switches&)> says) : shows(std::move(says)) {}
  std::function<Trial(const Schedule&)> attempt() {
    return [this](const Schedule& schedule) {
      ++attempts;
      Trial trial;
      trial.shows = shows(switches_of(schedule));
      trial.steps = steps_each;
      trial.followed = schedule;
      return trial;
    };
  }
  std::function<bool(const Switches&)> shows;
  uint64_t attempts = 0;
  uint64_t steps_each = 10;
};

bool contains(const Switches& all, const Switches& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

TEST(Minimise, KeepsExactlyWhatIsNeeded) {
  Judge judge([](const Switches& all) { return contains(all, {3, 17, 842}); });
  const Minimised result = minimise(schedule_of(1000), judge.attempt(), nullptr);
  EXPECT_EQ(switches_of(result.schedule), (Switches{3, 17, 842}));
  EXPECT_TRUE(result.minimal);
  EXPECT_TRUE(result.changed);
  EXPECT_LT(judge.attempts, 150u);
}

TEST(Minimise, WhatNeedsNoSwitchGetsNoneAtOnce) {
  Judge judge([](const Switches&) { return true; });
  const Minimised result = minimise(schedule_of(1000), judge.attempt(), nullptr);
  EXPECT_TRUE(result.schedule.entries.empty());
  EXPECT_EQ(judge.attempts, 1u);
}

TEST(Minimise, AnEmptyScheduleIsMinimalWithoutAnAttempt) {
  Judge judge([](const Switches&) { return true; });
  const Minimised result = minimise(schedule_of(0), judge.attempt(), nullptr);
  EXPECT_TRUE(result.minimal);
  EXPECT_FALSE(result.changed);
  EXPECT_EQ(judge.attempts, 0u);
}

TEST(Minimise, WhatNeedsAllIsLeftAlone) {
  Judge judge([](const Switches& all) { return all.size() == 12; });
  const Minimised result = minimise(schedule_of(12), judge.attempt(), nullptr);
  EXPECT_EQ(result.schedule, schedule_of(12));
  EXPECT_TRUE(result.minimal);
  EXPECT_FALSE(result.changed);
}

// Predicates that are not monotone: dropping one switch may make another one needed, or needless.
TEST(Minimise, IsOneMinimalForAnyPredicate) {
  Rng rng = Rng::for_execution(5, 5);
  for (int round = 0; round < 300; ++round) {
    const uint32_t count = 1 + rng.below(24);
    const uint64_t salt = rng.next();
    const Switches original = switches_of(schedule_of(count));
    Judge judge([&](const Switches& all) {
      if (all == original) return true;
      uint64_t hash = salt;
      for (const uint32_t one : all) hash = mix64(hash ^ one);
      return hash % 4 == 0;
    });
    const Minimised result = minimise(schedule_of(count), judge.attempt(), nullptr);
    ASSERT_TRUE(result.minimal);
    const Switches left = switches_of(result.schedule);
    ASSERT_TRUE(judge.shows(left));
    for (const uint32_t one : left) {
      Switches without = left;
      without.erase(one);
      ASSERT_FALSE(judge.shows(without)) << "round " << round << ", switch " << one;
    }
  }
}

TEST(Minimise, TakesTheChoicesMadeForTheScheduleTried) {
  // Switch 0 never has an effect: whoever follows a schedule does not make it.
  const auto attempt = [](const Schedule& schedule) {
    Trial trial;
    trial.shows = switches_of(schedule).count(5) != 0;
    trial.followed = schedule;
    if (!trial.followed.entries.empty() && trial.followed.entries[0].operation == 0) {
      trial.followed.entries.erase(trial.followed.entries.begin());
    }
    return trial;
  };
  const Minimised result = minimise(schedule_of(6), attempt, nullptr);
  EXPECT_EQ(switches_of(result.schedule), (Switches{5}));
}

TEST(Minimise, EndsAtItsLimitOfReplaysAndSaysSo) {
  Judge judge([](const Switches& all) { return all.size() == 64; });
  const Minimised result = minimise(schedule_of(64), judge.attempt(), nullptr, {.replays = 20});
  EXPECT_FALSE(result.minimal);
  EXPECT_EQ(judge.attempts, 20u);
}

TEST(Minimise, EndsAtItsLimitOfOperationsAndSaysSo) {
  Judge judge([](const Switches& all) { return all.size() == 64; });
  judge.steps_each = 100;
  const Minimised result = minimise(schedule_of(64), judge.attempt(), nullptr, {.steps = 1000});
  EXPECT_FALSE(result.minimal);
  EXPECT_EQ(judge.attempts, 10u);
}

TEST(Minimise, EndsWhenInterrupted) {
  Judge judge([](const Switches& all) { return all.size() == 64; });
  const auto interrupted = [&] { return judge.attempts == 3; };
  EXPECT_FALSE(minimise(schedule_of(64), judge.attempt(), interrupted).minimal);
  EXPECT_EQ(judge.attempts, 3u);
}

}  // namespace
}  // namespace heddle
