// Finds the mistake in the recorded steps of a finding, says it in sentences, and marks the steps
// that show it. Claims only what the steps prove.
#pragma once

#include <vector>

#include "core/result.h"

namespace heddle {

// Fills `explanation` where it is empty, and `relevant` and `note` of the steps.
void explain(Finding& finding);

// Sets caused_by where a data race stands behind a failure: the failure's own steps perform both of
// the racing accesses; and for further races on the memory of another one. Call it when all
// findings are known and explained.
void link_causes(std::vector<Finding>& findings);

// Explains and links the findings of a result.
void explain(ExplorationResult& result);

// The same for a replay, whose own steps are then relevant as far as they are to a finding; without
// such findings those where tasks meet.
void explain(ReplayResult& replay);

}  // namespace heddle
