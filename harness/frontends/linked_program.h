// What is wrong with how the program was compiled or linked, as far as the program itself shows.
#pragma once

#include <string>
#include <vector>

namespace heddle {

// Translation units that were compiled with optimisation: the compiler has merged or removed
// accesses before they were instrumented, so interleavings are missing. Sources as the compiler was
// given them; one line for each, ready to be printed after "heddle: ".
std::vector<std::string> optimised_units();

// The folder relative to which reports name source files: of the project that this program belongs
// to, as the first of its instrumented units says.
std::string source_root();

}  // namespace heddle
