// The command line as a function: one command, its answer, its exit status.
#pragma once

#include <functional>

#include "frontends/stage.h"
#include "frontends/workbench.h"
#include "heddle/scenario.h"

namespace heddle {

// Never throws. `scenarios` ends with a null name.
int cli_main(int argc, const char* const* argv, Stage& stage, const Scenario* scenarios);

// What every command does around its work: where its answer goes, colour, progress, Ctrl-C. Throws
// Failure. The stage is closed when `command` returns.
int answer_command(const CommandOptions& options, Stage& stage,
                   const std::function<Answer(const Console&)>& command);
// Says what was thrown, in one line. The status of the process.
int status_of(const std::function<int()>& command);

}  // namespace heddle
