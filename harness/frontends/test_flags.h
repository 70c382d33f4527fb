// How a test binary is told what to do: variables HEDDLE_SEED … and flags --heddle_seed … .
#pragma once

#include <string>
#include <vector>

namespace heddle {

// As flags of `heddle run`: "--seed=5". Variables first, so that flags win. Throws Failure for a
// --heddle_ flag that there is not.
std::vector<std::string> flags_of_environment();
std::vector<std::string> flags_of_arguments(const std::vector<std::string>& arguments);

// The arguments that this process was started with, its name first.
std::vector<std::string> process_arguments();

bool is_heddle_flag(const std::string& argument);

}  // namespace heddle
