// Exploring in the middle of a process: what lies around an exploration is part of the state that
// executions start from.
#pragma once

#include "base/ids.h"

namespace heddle {

// While it lives this process's main thread runs Heddle's own code. The frames of the caller's,
// which lie above `frame`, are saved by the next snapshot and restored like globals.
class OutsideScope {
 public:
  explicit OutsideScope(const void* frame);
  ~OutsideScope();
  OutsideScope(const OutsideScope&) = delete;
  OutsideScope& operator=(const OutsideScope&) = delete;
};

// Ends the execution, if one is running, with verdict error: a body cannot explore.
void refuse_within_execution(Site site);

}  // namespace heddle
