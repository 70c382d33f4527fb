#include "sync/mutex.h"

#include <errno.h>

#include "sync/misuse.h"

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

// The scheduling point before an operation; `misused` is what to say when the mutex is gone then.
void Mutex::begin(Engine& engine, const Operation& operation, const char* misused) {
  engine.scheduling_point(operation);
  if (destroyed()) misuse(engine, operation, misused, destroyed_by_);
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
  Operation operation = this->operation(Op::mutex_lock, site);
  operation.gives_up = deadline_ns != kNoDeadline;
  begin(engine, operation, "locks {}, which {other} has destroyed");
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
  operation.gives_up = true;
  begin(engine, operation, "tries to lock {}, which {other} has destroyed");
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
  begin(engine, operation(Op::mutex_unlock, site), "unlocks {}, which {other} has destroyed");
  if (!held_by(engine.current().id)) {
    if (type == MutexType::error_checking) return EPERM;
    unlock_by_other(engine, site);
  }
  if (depth_ > 1) {
    --depth_;
    engine.record(event(engine, Op::mutex_unlock, Effect::done, site));
    return 0;
  }
  free(engine, site);
  return 0;
}

void Mutex::unlock_by_other(Engine& engine, Site site) {
  const Operation operation = this->operation(Op::mutex_unlock, site);
  if (held()) misuse(engine, operation, "unlocks {}, which {other} holds", waiters_.owner);
  misuse(engine, operation, "unlocks {}, which nobody holds");
}

int Mutex::destroy(Engine& engine, Site site) {
  const Operation operation = this->operation(Op::destroy, site);
  if (destroyed()) {
    misuse(engine, operation, "destroys {}, which {other} has destroyed", destroyed_by_);
  }
  if (held()) misuse(engine, operation, "destroys {}, which {other} holds", waiters_.owner);
  if (!waiters_.empty()) {
    const TaskId waiter = waiters_.waiters->first();
    misuse(engine, operation, "destroys {}, which {other} waits for", waiter);
  }
  destroyed_by_ = engine.current().id;
  engine.record(event(engine, Op::destroy, Effect::done, site));
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
