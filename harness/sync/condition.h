// pthread_cond_t (POSIX.1-2017): who is woken is a choice, and so are spurious wake-ups.
#pragma once

#include "sync/mutex.h"

namespace heddle {

class Condition : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::condition;

  // 0 (of a spurious wake-up, too), ETIMEDOUT, ECANCELED. Not to hold the mutex is a finding.
  int wait_until(Engine& engine, Mutex& mutex, uint64_t deadline_ns, Site site);
  // Like a mutex's: see there. Who has been notified may be on its way still.
  void destroy(Engine& engine, Site site);
  bool destroyed() const { return destroyed_by_.valid(); }
  void notify_one(Engine& engine, Site site);
  void notify_all(Engine& engine, Site site);

 private:
  Operation operation(Op op, Site site) const { return Operation{op, 0, false, id, address, site}; }
  void begin(Engine& engine, const Operation& operation, const char* misused);

  WaitQueue waiters_;
  ObjectId mutex_;  // of those who wait
  TaskId destroyed_by_;
};

}  // namespace heddle
