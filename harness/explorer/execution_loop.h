// The loop over the executions of an exploration, or of a share of it.
#pragma once

#include <cstdint>
#include <functional>

#include "explorer/explore.h"
#include "explorer/repetition.h"
#include "explorer/tally.h"

namespace heddle {

// Which executions, of those that are the shard's own.
struct Passage {
  uint64_t from = 0;  // the sink is told of these; earlier ones are run only to learn from …
  bool has_learned = false;  // … and that not again
  // Whether to leave before the execution of that number; may be empty. Asked now and then.
  std::function<bool(uint64_t next)> leave;
  Repetition* repetition = nullptr;  // null: none is repeated
};

// Runs executions until the sink wants no more. Returns the number of the one that would come next.
uint64_t run_executions(World& world, Strategy& strategy, const ExploreOptions& options,
                        ExecutionSink& sink, const Passage& passage);

// Whether an execution is followed by kChildren others, of the same number.
bool has_children(const ExploreOptions& options, uint64_t number, const ExecutionOutcome& outcome);

}  // namespace heddle
