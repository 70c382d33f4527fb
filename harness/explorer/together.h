// Explores with mates: each runs a share of the executions, this process takes what they tell in
// the order in which it would have run them itself.
#pragma once

#include "explorer/explore.h"
#include "explorer/tally.h"

namespace heddle {

// The executions from `from` on, until the tally is complete. Returns the number from which on
// somebody else has to go on: mates could not be made, or do not live. `restarts` counts executions
// that were run again.
uint64_t explore_together(World& world, Strategy& strategy, const ExploreOptions& options,
                          const ExploreCallbacks& callbacks, uint64_t from, Tally& tally,
                          uint64_t& restarts);

}  // namespace heddle
