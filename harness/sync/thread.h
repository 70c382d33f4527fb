// pthread_create, join, detach, cancel (POSIX.1-2017).
#pragma once

#include "sync/objects.h"

namespace heddle {

// Null: refused (EAGAIN).
Task* thread_create(Engine& engine, void* (*entry)(void*), void* argument, bool detached,
                    Site site);
// 0, ECANCELED. Joining oneself, or what is detached or joined already, is a finding.
int thread_join(Engine& engine, Task& target, void** result, Site site);
int thread_detach(Engine& engine, Task& target, Site site);

// The requests to cancel one task. POSIX promises no order of memory, but no handler runs before
// its request: what came before that is ordered before what the request causes.
class Cancellation : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::cancellation;

  void request(Engine& engine, Task& target, Site site);
  // The running task looks for one (pthread_testcancel) …
  void test(Engine& engine, Site site);
  // … or acts on it.
  void act(Engine& engine, Site site);

 private:
  Operation operation(Op op, Site site) const { return Operation{op, 0, false, id, address, site}; }
  void record(Engine& engine, Op op, TaskId other, uint64_t value, Site site) const;
};

}  // namespace heddle
