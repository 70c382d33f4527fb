// pthread_mutex_t: normal, recursive, error-checking (POSIX.1-2017, pthread_mutex_lock).
#pragma once

#include "sync/objects.h"

namespace heddle {

enum class MutexType : uint8_t { normal, recursive, error_checking };

class Mutex : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::mutex;

  // POSIX results: 0, EDEADLK, EBUSY, EAGAIN, ETIMEDOUT, EPERM.
  int lock(Engine& engine, MutexType type, Site site) {
    return lock_until(engine, type, kNoDeadline, site);
  }
  int lock_until(Engine& engine, MutexType type, uint64_t deadline_ns, Site site);
  int try_lock(Engine& engine, MutexType type, Site site);
  int unlock(Engine& engine, MutexType type, Site site);

  // For condition variables: gives the mutex up without a scheduling point and takes it back,
  // with the depth it had. Precondition of release_for_wait: held by the caller.
  uint32_t release_for_wait(Engine& engine, Site site);
  void take_back(Engine& engine, uint32_t depth, Site site);
  void split_before_take_back(Engine& engine, Site site) const {
    engine.split_point(operation(Op::mutex_lock, site));
  }

  // 0. Whoever uses it from now on does wrong, until the memory is made a mutex anew.
  int destroy(Engine& engine, Site site);
  bool destroyed() const { return destroyed_by_.valid(); }

  bool held_by(TaskId task) const { return waiters_.owner == task; }
  bool held() const { return waiters_.owner.valid(); }

 private:
  void begin(Engine& engine, const Operation& operation, const char* misused);
  [[noreturn]] void unlock_by_other(Engine& engine, Site site);
  void take(Engine& engine, Op op, uint32_t depth, Site site);
  void free(Engine& engine, Site site);
  Operation operation(Op op, Site site) const { return Operation{op, 0, false, id, address, site}; }
  Event event(const Engine& engine, Op op, Effect effect, Site site) const;

  WaitQueue waiters_;  // its owner is the mutex's
  uint32_t depth_ = 0;
  TaskId destroyed_by_;
};

}  // namespace heddle
