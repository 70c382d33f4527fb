// "Did you mean …?"
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace heddle {

// The name nearest to what was typed, by edit distance; empty when none is near.
std::string nearest(absl::string_view typed, const std::vector<std::string>& names);

// "did you mean bank.locked? `heddle list` shows all", or the last part alone.
std::string did_you_mean(absl::string_view typed, const std::vector<std::string>& names,
                         absl::string_view otherwise);

}  // namespace heddle
