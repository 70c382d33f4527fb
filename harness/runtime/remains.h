// What a worker leaves in memory that others see: its program may have written there, too.
#pragma once

#include "engine/execution_log.h"
#include "runtime/recorder.h"

namespace heddle {

// The worker has ended. Keeps what can be true, so that reading it does no harm, and forgets the
// rest: all choices and tasks, or the whole story. Host side.
void keep_plausible(ExecutionLog& log, Recorder& story, ExecutionNumber number);

}  // namespace heddle
