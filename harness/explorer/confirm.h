// From candidates to findings: every candidate is repeated from its schedule, told as a story,
// merged with those of the same source lines, and minimised.
#pragma once

#include <vector>

#include "explorer/candidates.h"
#include "explorer/explore.h"

namespace heddle {

// A finding with what is needed to merge and order it.
struct Confirmed {
  Finding finding;
  ExecutionSet executions;
  size_t order = 0;  // of its first detection
};

// Verdict errors first, then by severity and first execution; within an execution what went wrong
// precedes the races that may be behind it.
std::vector<Finding> in_order(std::vector<Confirmed> all, uint64_t told_delay_ns);

// In that order. Candidates that cannot be repeated become one `nondeterminism` finding.
std::vector<Finding> confirm(const std::vector<Candidate>& candidates, World& world,
                             const ExploreOptions& options, const ExploreCallbacks& callbacks);

}  // namespace heddle
