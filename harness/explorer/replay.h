// One execution under a given strategy, told completely: what `heddle replay` shows.
#pragma once

#include <functional>
#include <string>

#include "core/result.h"
#include "core/symbolizer.h"
#include "explorer/explore.h"

namespace heddle {

struct ReplayOptions {
  ScheduleOrigin origin;
  std::vector<std::pair<std::string, uint64_t>> parameters;  // all of them, for the report
  Body body;
  ExecutionLimits limits;       // spurious and slack as in the schedule
  std::vector<PointKey> watch;  // scheduling points from the start
  Symbolizer* symbolizer = nullptr;
  std::function<std::string(const std::string&)> replay_command;
  // What the strategy says of having left its track; empty: it did not.
  std::function<std::string(const Strategy&)> divergence;
};

// Runs the body twice: the first run finds the memory on which there are races, the second one,
// which must be equal, records the accesses to it as well. Findings are not explained yet.
ReplayResult replay(World& world, Strategy& strategy, const ReplayOptions& options);

}  // namespace heddle
