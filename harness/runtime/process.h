// Start-up: what has to be in place before the program's first instruction under control.
#pragma once

#include "runtime/runtime.h"

namespace heddle {

// Makes the runtime on first call. Runs before the program's constructors; calls libc.
void start_process();

// The heap of the program, usable from the first malloc of the process on.
ProgramHeap& program_heap();
// The heap of everything else.
HostHeap& host_heap();

}  // namespace heddle
