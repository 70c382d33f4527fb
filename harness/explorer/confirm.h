// From candidates to findings: every candidate is repeated from its schedule, told as a story,
// merged with those of the same source lines, and minimised.
#pragma once

#include <vector>

#include "explorer/candidates.h"
#include "explorer/explore.h"

namespace heddle {

// Verdict errors first, then by severity and first execution; within an execution what went wrong
// precedes the races that may be behind it. Candidates that cannot be repeated become one
// `nondeterminism` finding.
std::vector<Finding> confirm(const std::vector<Candidate>& candidates, World& world,
                             const ExploreOptions& options, const ExploreCallbacks& callbacks);

}  // namespace heddle
