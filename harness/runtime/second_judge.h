// A judge of data races other than Heddle's own detector: ThreadSanitizer, in builds that have
// HEDDLE_JUDGE=tsan. All that it is told goes through here and through the sheet of callbacks
// (judge_heddle/, judge_tsan/); all that it says, through Runtime::found_race.
#pragma once

#include <string>

#include "core/event.h"
#include "runtime/runtime.h"

namespace heddle {

class SecondJudge : public FiberWatcher, public OrderListener {
 public:
  // Host side, before the snapshot: runs executions of its own. Empty, or why it cannot judge.
  virtual std::string self_test() = 0;
  // Host side, after the last instruction of the execution: forgets it.
  virtual void end_execution() = 0;
  // A new block; what was known of its memory is void.
  virtual void allocated(uintptr_t start, size_t size) = 0;
  // By a library call on the program's behalf, or its release.
  virtual void accessed(uintptr_t address, size_t size, bool write, Site site) = 0;
  // Every event, before what it orders is told.
  virtual void on(const Event& event) = 0;
};

// Null where Heddle's own detector judges. On the main thread, before any fiber is made.
SecondJudge* make_second_judge(Runtime& runtime, Arena& permanent);

}  // namespace heddle
