// pthread_cond_t (POSIX.1-2017): who is woken is a choice, and so are spurious wake-ups.
#pragma once

#include "sync/mutex.h"

namespace heddle {

class Condition : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::condition;

  // 0, ETIMEDOUT, ECANCELED. A spurious wake-up returns 0.
  int wait_until(Engine& engine, Mutex& mutex, uint64_t deadline_ns, Site site);
  void notify_one(Engine& engine, Site site);
  void notify_all(Engine& engine, Site site);

 private:
  Operation operation(Op op, Site site) const { return Operation{op, 0, false, id, address, site}; }
  WaitQueue waiters_;
};

}  // namespace heddle
