// A whole program as body: its main, its exit status, its exit handlers and static destructors.
#pragma once

#include "runtime/runtime.h"

namespace heddle {

struct Program {
  int expected_status = 0;     // another one is an `exit` finding
  int status = 0;              // of the last execution that came to its end
  bool ended = false;          // the execution has come to its end: by exit, or main's return
  bool copies_folder = false;  // executions begin with a copy of the folder it was started in
};

// Runs thread-local destructors, exit handlers and static destructors, and ends the execution.
// Other tasks are cut off, as in a real process. Precondition: runtime.program is set.
[[noreturn]] void exit_program(Runtime& runtime, int status, Site site);
// main has returned. Called in its task.
[[noreturn]] void end_of_main(int status);
// As _exit does: nothing of the program's runs any more.
[[noreturn]] void exit_program_at_once(Runtime& runtime, int status, Site site);

}  // namespace heddle
