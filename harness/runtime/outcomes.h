// The end results that heddle::outcome states, for the running execution.
#pragma once

#include <string>
#include <vector>

namespace heddle {

void add_outcome(const char* value);
std::vector<std::string> take_outcomes();  // and forgets them

}  // namespace heddle
