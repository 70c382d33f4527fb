// What schedules are bound to: the program's own code.
#pragma once

#include <cstdint>

namespace heddle {

// Over names and sizes of the executable's functions, Heddle's left out; in no order. Relinking
// with another Heddle, which moves everything, does not change it; nor does an edit that leaves
// every function as long as it was, such as another constant. 0 for a stripped executable.
uint64_t digest_of_functions();

}  // namespace heddle
