// Schedules out of executions, and executions out of schedules.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/schedule.h"
#include "core/strategy.h"
#include "engine/world.h"

namespace heddle {

// What all schedules of one exploration have in common.
struct ScheduleOrigin {
  std::string scenario;
  std::vector<std::pair<std::string, uint64_t>> parameters;  // those that differ from the defaults
  uint64_t digest = 0;
};

// The choices of the last execution. Only tasks that it mentions, and their creators, are named.
Schedule last_schedule(const World& world, const ScheduleOrigin& origin,
                       const ExecutionLimits& limits);

// A strategy that follows a schedule, and what it says of having left it (empty: it did not).
struct ReplayFactory {
  std::function<std::unique_ptr<Strategy>(const Schedule&)> make;
  std::function<std::string(const Strategy&)> divergence;
};

struct ReplayedExecution {
  ExecutionOutcome outcome;
  std::string divergence;
};

// Runs schedules again, always in the same way: as execution 0, whatever it was found as.
class Replayer {
 public:
  Replayer(World& world, Body body, const ExecutionLimits& limits, const ReplayFactory& factory)
      : world_(world), body_(body), limits_(limits), factory_(factory) {}

  ReplayedExecution run(const Schedule& schedule) { return run(schedule, nullptr); }
  // The same, recorded for World::story, accesses to `watch` included.
  ReplayedExecution record(const Schedule& schedule, const std::vector<PointKey>& watch) {
    return run(schedule, &watch);
  }
  // The memory that several tasks use under this schedule, raced on or not.
  std::vector<PointKey> shared_memory(const Schedule& schedule) {
    return run(schedule, nullptr, PointMode::all).outcome.raced;
  }
  World& world() { return world_; }

 private:
  ReplayedExecution run(const Schedule& schedule, const std::vector<PointKey>* watch,
                        PointMode points = PointMode::automatic);

  World& world_;
  const Body body_;
  const ExecutionLimits limits_;  // but for spurious and slack, which are the schedule's
  const ReplayFactory& factory_;
};

}  // namespace heddle
