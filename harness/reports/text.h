// Reports for people.
#pragma once

#include <string>

#include "core/result.h"
#include "reports/text_options.h"

namespace heddle {

std::string text_report(const ExplorationResult& result, const TextOptions& options);

// One execution: its interleaving, what it ended with, what it printed, what was wrong.
std::string text_replay(const ReplayResult& replay, const TextOptions& options);

}  // namespace heddle
