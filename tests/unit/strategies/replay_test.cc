#include "strategies/replay.h"

#include <gtest/gtest.h>

#include "strategies/pct.h"
#include "strategies/random.h"
#include "unit/strategies/toy_machine.h"

namespace heddle {
namespace {

constexpr ChoiceKind kTask = ChoiceKind::task;

// The body with children 1 to 3, created in this order in every test but one.
Schedule schedule_of(std::vector<ScheduleEntry> entries) {
  Schedule schedule;
  schedule.tasks = {TaskName(), {0, 1}, {0, 2}, {0, 3}};
  schedule.entries = std::move(entries);
  return schedule;
}

void begin(Replay& replay) {
  replay.begin({0, 0});
  replay.task_created(TaskId(0), TaskId::none(), 0);
  for (uint32_t i = 1; i <= 3; ++i) replay.task_created(TaskId(i), TaskId(0), i);
}

TEST(Replay, FollowsItsEntriesAndTheDefaultElsewhere) {
  Replay replay(schedule_of({{kTask, 1, 2, 0, 0, 3}, {kTask, 1, 5, 0, 1, 2}}));
  begin(replay);
  HandMadePoint point({1, 2, 3}, 1);
  EXPECT_EQ(replay.choose(point.at(1)), TaskId(1));
  EXPECT_EQ(replay.choose(point.at(2)), TaskId(3));
  EXPECT_EQ(replay.choose(point.at(2, 0, 1)), TaskId(1));
  EXPECT_EQ(replay.choose(point.at(5)), TaskId(1));
  EXPECT_EQ(replay.choose(point.at(5, 0, 1)), TaskId(2));
  EXPECT_EQ(replay.choose(point.at(6)), TaskId(1));
  replay.end({});
  EXPECT_EQ(replay.divergence_text(), "");
}

TEST(Replay, KeepsACursorForEachTask) {
  Replay replay(schedule_of({{kTask, 1, 9, 0, 0, 3}, {kTask, 2, 2, 0, 0, 3}}));
  begin(replay);
  HandMadePoint first({1, 2, 3}, 1);
  HandMadePoint second({1, 2, 3}, 2);
  EXPECT_EQ(replay.choose(second.at(2)), TaskId(3));
  EXPECT_EQ(replay.choose(second.at(50)), TaskId(2));
  EXPECT_EQ(replay.choose(first.at(9)), TaskId(3));
  EXPECT_FALSE(replay.diverged());
}

TEST(Replay, KnowsTasksByNameNotByNumber) {
  Schedule schedule;
  schedule.tasks = {TaskName(), {0, 2}, {1, 1}};
  schedule.entries = {{kTask, 0, 1, 0, 0, 2}};
  Replay replay(schedule);
  replay.begin({0, 0});
  replay.task_created(TaskId(0), TaskId::none(), 0);
  replay.task_created(TaskId(1), TaskId(0), 1);
  replay.task_created(TaskId(2), TaskId(1), 1);
  replay.task_created(TaskId(3), TaskId(0), 2);
  replay.task_created(TaskId(4), TaskId(3), 1);
  HandMadePoint point({0, 1, 2, 3, 4}, 0);
  EXPECT_EQ(replay.choose(point.at(1)), TaskId(4));
}

TEST(Replay, WakesSpuriouslyWhoseTurnItWas) {
  Replay replay(schedule_of({{kTask, 1, 2, 0, 0, 3}}));
  begin(replay);
  HandMadePoint point({1, 2}, 1);
  EXPECT_EQ(replay.choose(point.spurious(3).at(2)), TaskId(3));
}

TEST(Replay, TellsKindsAtOnePlaceApart) {
  Replay replay(
      schedule_of({{ChoiceKind::waiter, 1, 2, 0, 0, 3}, {ChoiceKind::value, 1, 2, 0, 1, 4}}));
  begin(replay);
  HandMadePoint point({1, 2, 3}, 1);
  EXPECT_EQ(replay.choose(point.at(2)), TaskId(1));
  point.point().kind = ChoiceKind::waiter;
  EXPECT_EQ(replay.choose(point), TaskId(3));
  EXPECT_EQ(replay.choose_value({TaskId(1), 2, 0, 1}, 5), 4u);
  EXPECT_EQ(replay.choose_value({TaskId(1), 2, 0, 2}, 5), 0u);
  EXPECT_FALSE(replay.diverged());
}

TEST(Replay, StopsAtPlainAccessesThatHaveAnEntry) {
  Replay replay(
      schedule_of({{kTask, 1, 2, 3, 0, 2}, {kTask, 1, 2, 7, 0, 2}, {kTask, 1, 4, 1, 0, 3}}));
  begin(replay);
  EXPECT_TRUE(replay.wants_stops());
  EXPECT_EQ(replay.next_stop(TaskId(1), 1, 0), 0u);
  EXPECT_EQ(replay.next_stop(TaskId(2), 2, 0), 0u);
  EXPECT_EQ(replay.next_stop(TaskId(1), 2, 0), 3u);
  EXPECT_EQ(replay.next_stop(TaskId(1), 2, 3), 7u);
  EXPECT_EQ(replay.next_stop(TaskId(1), 2, 7), 0u);
  HandMadePoint point({1, 2, 3}, 1);
  EXPECT_EQ(replay.choose(point.at(2, 3)), TaskId(2));
  EXPECT_EQ(replay.choose(point.at(2, 7)), TaskId(2));
  EXPECT_EQ(replay.next_stop(TaskId(1), 4, 0), 1u);
  EXPECT_FALSE(replay.diverged());
  EXPECT_FALSE(Replay(schedule_of({{kTask, 1, 2, 0, 0, 2}})).wants_stops());
}

TEST(Replay, BeginsAnew) {
  Replay replay(schedule_of({{kTask, 1, 2, 0, 0, 3}}));
  HandMadePoint point({1, 2, 3}, 1);
  for (int i = 0; i < 2; ++i) {
    begin(replay);
    EXPECT_EQ(replay.choose(point.at(2)), TaskId(3));
    EXPECT_EQ(replay.choose(point.at(3)), TaskId(1));
  }
}

TEST(Replay, APassedEntryIsADivergenceAndTheRestIsFollowed) {
  Replay replay(schedule_of({{kTask, 1, 2, 4, 0, 3}, {kTask, 1, 5, 0, 0, 2}}));
  begin(replay);
  HandMadePoint point({1, 2, 3}, 1);
  EXPECT_EQ(replay.choose(point.at(3)), TaskId(1));
  EXPECT_EQ(replay.choose(point.at(5)), TaskId(2));
  EXPECT_EQ(replay.divergence().misfit, Replay::Misfit::passed);
  EXPECT_EQ(replay.divergence_text(),
            "choice 1 of 2 does not fit: main/1, before its operation 2 (+4 accesses), was to let "
            "run main/3, but main/1 met no such choice there");
}

TEST(Replay, ATaskThatCannotRunIsADivergence) {
  Replay replay(schedule_of({{kTask, 1, 2, 0, 0, 3}}));
  begin(replay);
  HandMadePoint point({1, 2}, 1);
  EXPECT_EQ(replay.choose(point.at(2)), TaskId(1));
  EXPECT_EQ(replay.divergence().misfit, Replay::Misfit::not_possible);
  EXPECT_NE(replay.divergence_text().find("but main/3 could not run"), std::string::npos);
}

TEST(Replay, ATaskThatNeverCameToBeIsADivergence) {
  Schedule schedule = schedule_of({{kTask, 1, 2, 0, 0, 4}});
  schedule.tasks.push_back({3, 2});
  Replay replay(schedule);
  begin(replay);
  HandMadePoint point({1, 2, 3}, 1);
  EXPECT_EQ(replay.choose(point.at(2)), TaskId(1));
  EXPECT_EQ(replay.divergence().misfit, Replay::Misfit::not_created);
  EXPECT_NE(replay.divergence_text().find("but main/3/2 had not been created yet"),
            std::string::npos);
}

TEST(Replay, AValueOutOfRangeIsADivergence) {
  Replay replay(schedule_of({{ChoiceKind::value, 1, 2, 0, 0, 6}}));
  begin(replay);
  EXPECT_EQ(replay.choose_value({TaskId(1), 2, 0, 0}, 5), 0u);
  EXPECT_EQ(replay.divergence_text(),
            "choice 1 of 1 does not fit: main/1, before its operation 2, was to get the value 6, "
            "but there were only 5 possibilities");
}

TEST(Replay, AnEntryThatIsNotReachedIsADivergence) {
  Replay replay(
      schedule_of({{kTask, 1, 2, 0, 0, 3}, {kTask, 2, 2, 0, 0, 1}, {kTask, 1, 8, 0, 0, 2}}));
  begin(replay);
  HandMadePoint point({1, 2, 3}, 1);
  replay.choose(point.at(2));
  replay.end({});
  EXPECT_EQ(replay.divergence().misfit, Replay::Misfit::not_reached);
  EXPECT_EQ(replay.divergence().entry, 1u);
}

TEST(Replay, RepeatsEveryExecutionOfOtherStrategies) {
  const std::vector<ToyMachine::Action> program(6);
  std::vector<ToyMachine::Action> yielding(5);
  for (ToyMachine::Action& action : yielding) action.yields = true;
  ToyMachine machine({program, yielding, program, yielding, {}});
  RandomStrategy random(3);
  Pct pct(3, 3);
  for (Strategy* strategy : std::initializer_list<Strategy*>{&random, &pct}) {
    for (uint64_t number = 0; number < 500; ++number) {
      const std::vector<uint32_t> order = machine.run(*strategy, {number, 0});
      const Schedule schedule = machine.schedule();
      Replay replay(schedule);
      ASSERT_EQ(machine.run(replay, {0, 0}), order);
      ASSERT_EQ(replay.divergence_text(), "");
      ASSERT_TRUE(machine.schedule() == schedule);
    }
  }
}

}  // namespace
}  // namespace heddle
