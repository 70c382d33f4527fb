// The end results of an exploration as a page: `heddle outcomes`.
#pragma once

#include <string>

#include "core/result.h"
#include "reports/text_options.h"

namespace heddle {

std::string text_outcomes(const ExplorationResult& result, const TextOptions& options);

}  // namespace heddle
