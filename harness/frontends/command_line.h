// The command line as a function: one command, its answer, its exit status.
#pragma once

#include "frontends/stage.h"
#include "heddle/scenario.h"

namespace heddle {

// Never throws. `scenarios` ends with a null name.
int cli_main(int argc, const char* const* argv, Stage& stage, const Scenario* scenarios);

}  // namespace heddle
