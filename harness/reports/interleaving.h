// The interleaving of a finding or a replay: a table with a column for each task, or a list where
// the tasks are too many for the terminal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/finding.h"
#include "reports/names.h"
#include "reports/text_options.h"

namespace heddle {

// Lines without line ends; empty when no step is to be shown. `left_out` counts steps of the
// execution that were not recorded.
std::vector<std::string> interleaving(const std::vector<Step>& steps, const TaskNames& names,
                                      uint64_t left_out, const TextOptions& options);

}  // namespace heddle
