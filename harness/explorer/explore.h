// An exploration: many executions of one body under one strategy, and what came of them.
//
// The loop itself does next to nothing for an execution without detections: no allocation, sums in
// plain counters, and one look into a hash set of trace digests. Everything that costs (replaying,
// minimising, symbols) waits until it has ended, so that no execution depends on it.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>

#include "core/result.h"
#include "core/symbolizer.h"
#include "engine/world.h"
#include "explorer/replayer.h"

namespace heddle {

// After the first execution with a finding an exploration ends at so many further operations.
inline constexpr uint64_t kOperationsAfterFinding = 10'000'000;
// Further executions that follow one which saw a race on memory that was no scheduling point.
inline constexpr uint32_t kChildren = 16;

struct ExploreOptions {
  static constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

  ScheduleOrigin origin;
  std::vector<std::pair<std::string, uint64_t>> parameters;  // all of them, for the report
  Body body;
  ExecutionLimits limits;
  PointMode points = PointMode::automatic;
  uint64_t seed = 1;            // for the report; the strategy has its own copy
  uint64_t executions = 1000;   // budget; children count
  uint64_t steps = kNoLimit;    // budget in operations over all executions
  uint64_t time_ns = kNoLimit;  // budget in real time
  uint64_t after = 100;         // executions to go on for after the first one with a finding
  bool keep_going = false;      // the whole budget instead
  bool minimize = true;
  // Of `of` explorations with the same options this is the one with that index: it runs its share.
  struct Shard {
    uint32_t index = 0;
    uint32_t of = 1;
  } shard;
  // Whether executions are repeated now and then to see whether they can be (repetition.h).
  bool check_repeats = false;
  // Processes that may run executions at a time. What comes of them does not depend on it.
  uint32_t jobs = 1;
  // A finding is a warning if tasks have to be held back for longer (TraceSummary::delay_ns).
  uint64_t told_delay_ns = kNoLimit;
};

struct ExploreProgress {
  uint64_t executions = 0;
  uint64_t steps = 0;
  uint64_t candidates = 0;  // findings, before those of equal source lines are merged
};

struct ExploreCallbacks {
  ReplayFactory replay;
  Symbolizer* symbolizer = nullptr;
  // The command line that replays a schedule string.
  std::function<std::string(const std::string&)> replay_command;
  // Whether the user wants it to end; asked every few executions. May be empty.
  std::function<bool()> interrupted;
  // Told every kProgressEvery executions. May be empty.
  std::function<void(const ExploreProgress&)> progress;
  // Another strategy like the one that is explored with, for mates. Empty: there are none.
  std::function<std::unique_ptr<Strategy>()> make_strategy;
  // Says what a strategy proves: pct's bound, exhaustion. May be empty.
  std::function<void(Evidence&, bool exhausted)> strengthen;
};
inline constexpr uint64_t kProgressEvery = 64;

// Precondition: the snapshot is taken. Findings are not explained yet: that is the reports' part.
ExplorationResult explore(World& world, Strategy& strategy, const ExploreOptions& options,
                          const ExploreCallbacks& callbacks);

// error: Heddle could not judge; fail: a finding of severity error; else pass.
Verdict verdict_of(const std::vector<Finding>& findings);

}  // namespace heddle
