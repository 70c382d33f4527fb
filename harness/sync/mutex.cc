#include "sync/mutex.h"

#include <errno.h>

namespace heddle {

Event Mutex::event(const Engine& engine, Op op, Effect effect, Site site) const {
  Event event;
  event.op = op;
  event.effect = effect;
  event.task = const_cast<Engine&>(engine).current().id;
  event.other = waiters_.owner;
  event.object = id;
  event.address = address;
  event.site = site;
  event.value = depth_;
  return event;
}

void Mutex::take(Engine& engine, Op op, uint32_t depth, Site site) {
  engine.lock_taken(waiters_);
  depth_ = depth;
  engine.hold_lock(id, address, site);
  engine.record(event(engine, op, Effect::done, site));
}

void Mutex::free(Engine& engine, Site site) {
  depth_ = 0;
  engine.record(event(engine, Op::mutex_unlock, Effect::done, site));
  engine.release_lock(id);
  engine.lock_freed(waiters_);
}

int Mutex::lock_until(Engine& engine, MutexType type, uint64_t deadline_ns, Site site) {
  const Operation operation = this->operation(Op::mutex_lock, site);
  engine.scheduling_point(operation);
  if (held_by(engine.current().id)) {
    if (type == MutexType::error_checking) return EDEADLK;
    if (type == MutexType::recursive) {
      ++depth_;
      engine.record(event(engine, Op::mutex_lock, Effect::done, site));
      return 0;
    }
    // A normal mutex waits for itself: the engine finds that nobody can end this.
  }
  while (held()) {
    if (engine.compete(waiters_, operation, deadline_ns) == Wake::timed_out) {
      engine.record(event(engine, Op::mutex_lock, Effect::timed_out, site));
      return ETIMEDOUT;
    }
  }
  take(engine, Op::mutex_lock, 1, site);
  return 0;
}

int Mutex::try_lock(Engine& engine, MutexType type, Site site) {
  Operation operation = this->operation(Op::mutex_try_lock, site);
  operation.only_reads = held();
  engine.scheduling_point(operation);
  if (type == MutexType::recursive && held_by(engine.current().id)) {
    ++depth_;
    engine.record(event(engine, Op::mutex_try_lock, Effect::done, site));
    return 0;
  }
  if (held()) {
    engine.record(event(engine, Op::mutex_try_lock, Effect::failed, site));
    return EBUSY;
  }
  take(engine, Op::mutex_try_lock, 1, site);
  return 0;
}

int Mutex::unlock(Engine& engine, MutexType type, Site site) {
  engine.scheduling_point(operation(Op::mutex_unlock, site));
  if (!held_by(engine.current().id)) {
    if (type != MutexType::normal) return EPERM;
    Detection misuse;
    misuse.kind = FindingKind::lock_misuse;
    misuse.access.task = engine.current().id;
    misuse.access.site = site;
    misuse.access.address = address;
    misuse.object = id;
    engine.abandon(misuse);
  }
  if (depth_ > 1) {
    --depth_;
    engine.record(event(engine, Op::mutex_unlock, Effect::done, site));
    return 0;
  }
  free(engine, site);
  return 0;
}

uint32_t Mutex::release_for_wait(Engine& engine, Site site) {
  const uint32_t depth = depth_;
  free(engine, site);
  return depth;
}

void Mutex::take_back(Engine& engine, uint32_t depth, Site site) {
  const Operation operation = this->operation(Op::mutex_lock, site);
  while (held()) engine.compete(waiters_, operation, kNoDeadline);
  take(engine, Op::mutex_lock, depth, site);
}

}  // namespace heddle
