// sem_t of one process (POSIX.1-2017, sem_wait). Who of those that wait gets a unit is the
// scheduler's choice, and newcomers may be faster, as with glibc's.
#pragma once

#include "sync/objects.h"

namespace heddle {

class Semaphore : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::semaphore;

  // `value` lies in the sem_t itself, so that one that was made before the execution has its own.
  // 0, ETIMEDOUT, ECANCELED.
  int wait(Engine& engine, volatile uint32_t* value, uint64_t deadline_ns, Site site);
  int try_wait(Engine& engine, volatile uint32_t* value, Site site);  // 0, EAGAIN
  int post(Engine& engine, volatile uint32_t* value, Site site);      // 0, EOVERFLOW
  uint32_t value(Engine& engine, const volatile uint32_t* value, Site site);

  bool waited_for() const { return !waiters_.empty(); }

 private:
  Operation operation(Op op, Site site) const { return Operation{op, 0, false, id, address, site}; }
  void take(Engine& engine, volatile uint32_t* value, Site site);
  void record(Engine& engine, Op op, Effect effect, uint32_t value, Site site) const;

  WaitQueue waiters_;  // nobody owns a semaphore: anybody may post
};

}  // namespace heddle
