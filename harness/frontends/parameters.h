// The sizes of a scenario: defaults, limits, and what the command line or a schedule says.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/schedule.h"
#include "frontends/options.h"
#include "heddle/scenario.h"

namespace heddle {

using NamedSizes = std::vector<std::pair<std::string, uint64_t>>;

// The defaults with what the user asked for. Throws Failure: too large, or no such size.
Parameters parameters_for(const Scenario& scenario, const CommandOptions& options);

// Those of a schedule. Throws Failure where the user's flags say otherwise or the scenario has
// changed since.
Parameters parameters_for(const Scenario& scenario, const Schedule& schedule,
                          const CommandOptions& options);

NamedSizes all_sizes(const Scenario& scenario, const Parameters& parameters);
NamedSizes changed_sizes(const Scenario& scenario, const Parameters& parameters);

}  // namespace heddle
