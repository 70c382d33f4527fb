// `heddle check -- PROGRAM`: the program is started with the whole command in a variable of its
// environment; the run time in it (start.cc) then explores main instead of running it.
#pragma once

#include <string>
#include <vector>

#include "frontends/options.h"
#include "frontends/workbench.h"

namespace heddle {

// Starts the program in the place of this process. Throws Failure.
[[noreturn]] void call_checked(const CommandOptions& options);

// In that process: the command, or empty where it was started otherwise. Takes it out of the
// environment.
std::vector<std::string> take_check_command();

// Explores the body, which runs the program's main, or replays a schedule of it.
Answer check_program(const CommandOptions& options, const Body& body, Stage& stage,
                     const Console& console);

}  // namespace heddle
