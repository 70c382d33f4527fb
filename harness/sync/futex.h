// futex(2) within one process: the ground under C++20 atomic waits, semaphores, latches, barriers
// and futures of libstdc++.
#pragma once

#include "sync/objects.h"

namespace heddle {

class Futex : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::futex;

  // 0, EAGAIN (the word is not `expected`), ETIMEDOUT.
  int wait_until(Engine& engine, const uint32_t* word, uint32_t expected, uint64_t deadline_ns,
                 Site site);
  // How many were woken, at most `limit`.
  uint32_t wake(Engine& engine, uint32_t limit, Site site);

 private:
  WaitQueue waiters_;
};

}  // namespace heddle
