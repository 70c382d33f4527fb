#include "explorer/replayer.h"

#include <algorithm>

#include "base/check.h"

namespace heddle {
namespace {

constexpr uint32_t kUnnamed = ~uint32_t{0};

// Gives the task and its creators indices of the schedule, creators first.
void mention(TaskId task, const std::vector<TaskRecord>& tasks, std::vector<bool>& mentioned) {
  for (TaskId at = task; at.valid() && !mentioned[at.index()]; at = tasks[at.index()].creator) {
    mentioned[at.index()] = true;
  }
}

}  // namespace

Schedule last_schedule(const World& world, const ScheduleOrigin& origin,
                       const ExecutionLimits& limits) {
  Schedule schedule;
  schedule.scenario = origin.scenario;
  schedule.parameters = origin.parameters;
  schedule.digest = origin.digest;
  schedule.spurious = limits.spurious;
  schedule.slack_ns = limits.slack_ns;
  const View<Choice> choices = world.choices();
  if (choices.count == 0) return schedule;

  const std::vector<TaskRecord> tasks = world.tasks();
  std::vector<bool> mentioned(tasks.size(), false);
  mentioned[0] = true;
  for (const Choice& choice : choices) {
    mention(choice.position.task, tasks, mentioned);
    if (choice.kind != ChoiceKind::value) mention(choice.chosen, tasks, mentioned);
  }
  std::vector<uint32_t> index(tasks.size(), kUnnamed);
  index[0] = 0;
  for (size_t i = 1; i < tasks.size(); ++i) {
    if (!mentioned[i]) continue;
    index[i] = static_cast<uint32_t>(schedule.tasks.size());
    // A task is created before it creates: its creator's id is smaller and has an index already.
    HEDDLE_CHECK(tasks[i].creator.index() < i && index[tasks[i].creator.index()] != kUnnamed);
    schedule.tasks.push_back({index[tasks[i].creator.index()], tasks[i].child});
  }
  schedule.entries.reserve(choices.count);
  for (const Choice& choice : choices) {
    ScheduleEntry entry;
    entry.kind = choice.kind;
    entry.task = index[choice.position.task.index()];
    entry.operation = choice.position.operation;
    entry.accesses = choice.position.accesses;
    entry.turn = choice.position.turn;
    entry.chosen = choice.kind == ChoiceKind::value ? choice.value : index[choice.chosen.index()];
    schedule.entries.push_back(entry);
  }
  return schedule;
}

ReplayedExecution Replayer::run(const Schedule& schedule, const std::vector<PointKey>* watch,
                                PointMode points) {
  std::unique_ptr<Strategy> strategy;
  world_.lend([&] { strategy = factory_.make(schedule); });
  ExecutionRequest request;
  request.strategy = strategy.get();
  request.limits = limits_;
  // Any number may stand in a schedule that somebody else wrote.
  request.limits.spurious =
      static_cast<uint32_t>(std::min<uint64_t>(schedule.spurious, UINT32_MAX));
  request.limits.slack_ns = schedule.slack_ns;
  request.body = body_;
  request.points = points;
  request.extra_points = watch;
  request.record = watch != nullptr;
  request.keep_output = watch != nullptr;
  ReplayedExecution replayed;
  replayed.outcome = world_.execute_told(request);
  replayed.divergence = factory_.divergence(*strategy);
  return replayed;
}

}  // namespace heddle
