// How a task can end an execution against all rules: an exception that nobody catches, a fatal
// signal, abort, exit.
#pragma once

#include "runtime/runtime.h"

namespace heddle {

// For the time of an exploration: signal handlers on a stack of their own, std::terminate.
void install_crash_handlers(Runtime& runtime);
void remove_crash_handlers();
// Before each execution: the last one may have set its own.
void renew_terminate_handler();

// Ends the execution with a finding whose detail is `text` (cut to fit) and, if given, `more`.
[[noreturn]] void end_execution(Runtime& runtime, FindingKind kind, Site site, const char* text,
                                const char* more = nullptr);

// Ends the execution: the program is about to use memory that is Heddle's own.
[[noreturn]] void refuse_own_memory();

// The innermost return address on the running stack that is the program's.
Site program_site(Runtime& runtime);

}  // namespace heddle
