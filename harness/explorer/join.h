// Shards of an exploration, joined into what one exploration would have come to.
#pragma once

#include <vector>

#include "explorer/explore.h"

namespace heddle {

// Preconditions: one result of each index, in this order, all of the same exploration, each with
// its ShardPart. `strategy` is a fresh one like theirs: it is told of all executions. Of the
// callbacks `strengthen` and `replay_command` are used. As for `explore`, findings are not
// explained.
ExplorationResult join_shards(const std::vector<ExplorationResult>& shards, Strategy& strategy,
                              const ExploreCallbacks& callbacks);

}  // namespace heddle
