// Who listens to an execution: happens-before clocks, detectors, recorder.
#pragma once

#include "core/event.h"

namespace heddle {

// All calls run on fibers, between two user instructions: no allocation, no library call.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_begin() {}                // a new execution; must be O(1)
  virtual void on(const Event& event) = 0;  // the operation has taken effect
};

}  // namespace heddle
