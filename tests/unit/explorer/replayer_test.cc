#include "explorer/replayer.h"

#include <gtest/gtest.h>

#include "unit/explorer/fake_world.h"

namespace heddle {
namespace {

TaskRecord task(uint32_t id, uint32_t creator, uint32_t child) {
  TaskRecord record;
  record.id = TaskId(id);
  record.creator = id == 0 ? TaskId::none() : TaskId(creator);
  record.child = child;
  return record;
}

FakeWorld world_with_choices() {
  FakeWorld world([](FakeWorld&, const ExecutionRequest&) { return ExecutionOutcome(); });
  world.last_tasks = {task(0, 0, 0), task(1, 0, 1), task(2, 0, 2), task(3, 2, 1), task(4, 3, 1)};
  return world;
}

TEST(LastSchedule, NamesMentionedTasksAndTheirCreatorsOnly) {
  FakeWorld world = world_with_choices();
  world.last_choices = {{{TaskId(0), 5, 0, 0}, ChoiceKind::task, TaskId(4), 0}};
  const Schedule schedule = last_schedule(world, {"a.b", {{"threads", 2}}, 42}, ExecutionLimits());
  // Task 1 is nobody's business; 2 and 3 are there because they create.
  EXPECT_EQ(schedule.tasks, (std::vector<TaskName>{{0, 0}, {0, 2}, {1, 1}, {2, 1}}));
  ASSERT_EQ(schedule.entries.size(), 1u);
  EXPECT_EQ(schedule.entries[0], (ScheduleEntry{ChoiceKind::task, 0, 5, 0, 0, 3}));
  EXPECT_EQ(schedule.scenario, "a.b");
  EXPECT_EQ(schedule.digest, 42u);
  EXPECT_EQ(decode(encode(schedule)).value(), schedule);
}

TEST(LastSchedule, ValuesAreNoTasks) {
  FakeWorld world = world_with_choices();
  world.last_choices = {{{TaskId(1), 2, 3, 4}, ChoiceKind::value, TaskId::none(), 77}};
  const Schedule schedule = last_schedule(world, {"a.b", {}, 0}, ExecutionLimits());
  EXPECT_EQ(schedule.tasks.size(), 2u);
  EXPECT_EQ(schedule.entries[0], (ScheduleEntry{ChoiceKind::value, 1, 2, 3, 4, 77}));
}

TEST(LastSchedule, CarriesTheOptionsThatChangeWhichChoicesThereAre) {
  FakeWorld world = world_with_choices();
  ExecutionLimits limits;
  limits.spurious = 3;
  limits.slack_ns = 7;
  const Schedule schedule = last_schedule(world, {"a.b", {}, 0}, limits);
  EXPECT_EQ(schedule.spurious, 3u);
  EXPECT_EQ(schedule.slack_ns, 7u);
}

TEST(Replayer, RunsAsExecutionZeroUnderTheOptionsOfTheSchedule) {
  ExecutionRequest seen;
  FakeWorld world([&](FakeWorld&, const ExecutionRequest& request) {
    seen = request;
    return ExecutionOutcome();
  });
  const ReplayFactory factory = fake_replays();
  Replayer replayer(world, Body(), ExecutionLimits{.max_steps = 5}, factory);
  Schedule schedule;
  schedule.scenario = "a.b";
  schedule.spurious = 9;
  schedule.slack_ns = 8;
  replayer.run(schedule);
  EXPECT_EQ(seen.number.number, 0u);
  EXPECT_EQ(seen.limits.max_steps, 5u);
  EXPECT_EQ(seen.limits.spurious, 9u);
  EXPECT_EQ(seen.limits.slack_ns, 8u);
  EXPECT_FALSE(seen.record);
  replayer.record(schedule, {PointKey::in_module(1, 2)});
  EXPECT_TRUE(seen.record);
  EXPECT_EQ(world.extras.back(), (std::vector<PointKey>{PointKey::in_module(1, 2)}));
}

}  // namespace
}  // namespace heddle
