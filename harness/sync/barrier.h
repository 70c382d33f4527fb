// pthread_barrier_t: tasks wait for each other, round after round (POSIX.1-2017,
// pthread_barrier_wait).
#pragma once

#include "sync/objects.h"

namespace heddle {

class Barrier : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::barrier;

  // Whether the caller was the last of `count` (> 0) to arrive: glibc's serial thread.
  bool wait(Engine& engine, uint32_t count, Site site);

  bool waited_for() const { return !waiters_.empty(); }

 private:
  void record(Engine& engine, bool leaves, Site site) const;

  WaitQueue waiters_;
  uint32_t arrived_ = 0;  // in this round
};

}  // namespace heddle
