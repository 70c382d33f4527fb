// Commands about a whole program: `heddle check [flags] -- PROGRAM [ARGS...]`.
#pragma once

#include <string>
#include <vector>

namespace heddle {

struct ProgramWords {
  std::vector<const char*> before;  // what stands before `--`, with the command as `check`
  std::vector<std::string> called;  // the program and its arguments
  bool outcomes = false;            // it was `outcomes`: a way of checking it, as `replay` is
};

// Precondition: argc > 1. Throws Failure.
ProgramWords take_program(int argc, const char* const* argv);

}  // namespace heddle
