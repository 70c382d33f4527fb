// What a worker leaves in memory that others see: its program may have written there, too.
#pragma once

#include "engine/execution_log.h"
#include "runtime/recorder.h"

namespace heddle {

class Remains {
 public:
  // Before there is any worker. Both lie in the shared memory.
  Remains(ExecutionLog& log, Recorder& story);

  // The worker has ended. Keeps what can be true, so that reading it does no harm, and forgets the
  // rest: all choices and tasks, or the whole story. The next worker finds both as they should be.
  void keep_plausible(ExecutionNumber number);

 private:
  ExecutionLog& log_;
  Recorder& story_;
  ExecutionLog empty_log_;
  alignas(Recorder) char empty_story_[sizeof(Recorder)];
};

}  // namespace heddle
