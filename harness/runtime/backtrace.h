// Where a task stands: the program's part of its stack.
#pragma once

#include <ucontext.h>

#include "runtime/runtime.h"

namespace heddle {

// Fills in the detection's frames: of the running task, from its call into Heddle …
void note_stack(const Runtime& runtime, Detection& detection);
// … or from the instruction at which a signal has interrupted it.
void note_stack(const Runtime& runtime, const ucontext_t& interrupted, Detection& detection);

}  // namespace heddle
