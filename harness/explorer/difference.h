// Where two executions of one schedule part.
#pragma once

#include <string>
#include <vector>

#include "core/symbolizer.h"
#include "explorer/replayer.h"

namespace heddle {

// Replays it twice, recorded, and names the operations in which these differ; empty: they do not.
// `finding`, if not null, gets the tasks and steps of the second one.
std::string difference_of_replays(Replayer& replayer, Symbolizer& symbolizer,
                                  const Schedule& schedule, const std::vector<PointKey>& watch,
                                  Finding* finding);

}  // namespace heddle
