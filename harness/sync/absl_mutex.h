// absl::Mutex and absl::CondVar: a lock for one writer or many readers, whose waiters may name a
// condition over what it guards.
//
// A condition is looked at by the task that waits for it, with the lock held, whenever another has
// given the lock up after working under it. That is when Abseil looks, too (there the task that
// unlocks does it for the others, which the conditions cannot tell).
#pragma once

#include "sync/objects.h"

namespace heddle {

class AbslMutex : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::absl_mutex;

  enum class Mode : uint8_t { none, read, write };

  void lock(Engine& engine, Mode mode, Site site);
  bool try_lock(Engine& engine, Mode mode, Site site);
  void unlock(Engine& engine, Mode mode, Site site);

  // How the running task holds it.
  Mode held(Engine& engine) const;

  // Gives the lock up, sleeps until another task has worked under it, and takes it back. `changed`:
  // the caller may have changed what others wait for, as it has not looked at its own condition
  // only. False: the deadline came. Precondition: the caller holds the lock in this mode.
  bool wait_for_change(Engine& engine, Mode mode, bool changed, uint64_t deadline_ns, Site site);

 private:
  friend class AbslCondVar;
  struct Reader {
    TaskId task;
    uint32_t depth = 0;
    Reader* next = nullptr;
  };

  Operation operation(Op op, Site site) const { return Operation{op, 0, false, id, address, site}; }
  static Op op_of(Mode mode) { return mode == Mode::read ? Op::read_lock : Op::mutex_lock; }
  void record(Engine& engine, Op op, Effect effect, uint64_t value, Site site) const;
  Reader** reader(TaskId task);
  bool closed(Mode mode) const { return writer_.valid() || (mode == Mode::write && readers_); }
  void enter(Engine& engine, Mode mode, Op op, Site site);
  void leave(Engine& engine, Mode mode, Site site);
  void take_back(Engine& engine, Mode mode, Site site);
  void close_writers(Engine& engine);
  void wake_sleepers(Engine& engine);

  TaskId writer_;
  Reader* readers_ = nullptr;
  Reader* spare_ = nullptr;
  WaitQueue for_writing_;
  WaitQueue for_reading_;
  WaitQueue sleepers_;  // wait for their conditions
};

class AbslCondVar : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::condition;

  // True: the deadline came. A spurious wake-up returns false.
  bool wait_until(Engine& engine, AbslMutex& mutex, uint64_t deadline_ns, Site site);
  void signal(Engine& engine, Site site);
  void signal_all(Engine& engine, Site site);

 private:
  Operation operation(Op op, Site site) const { return Operation{op, 0, false, id, address, site}; }
  Event event(Engine& engine, Op op, Site site) const;

  WaitQueue waiters_;
};

}  // namespace heddle
