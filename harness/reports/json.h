// Reports for machines: heddle-report-1, described by heddle-report-1.schema.json.
#pragma once

#include <string>

#include "core/result.h"

namespace heddle {

// Equal bytes for equal results; times only where `verbose`. A finding's operations are the
// relevant ones; `heddle replay --format=json` gives all of an execution.
std::string json_report(const ExplorationResult& result, bool verbose);

// The same object with `execution`: all recorded operations, outcome, output.
std::string json_replay(const ReplayResult& replay);

}  // namespace heddle
