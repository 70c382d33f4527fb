#include "sync/condition.h"

#include <errno.h>

#include "sync/misuse.h"

namespace heddle {
namespace {

Effect effect_of(Wake wake) {
  switch (wake) {
    case Wake::timed_out:
      return Effect::timed_out;
    case Wake::spurious:
      return Effect::woken_spuriously;
    case Wake::cancelled:
      return Effect::failed;
    case Wake::notified:
      break;
  }
  return Effect::done;
}

}  // namespace

void Condition::begin(Engine& engine, const Operation& operation, const char* misused) {
  engine.scheduling_point(operation);
  if (destroyed()) misuse(engine, operation, misused, destroyed_by_);
}

int Condition::wait_until(Engine& engine, Mutex& mutex, uint64_t deadline_ns, Site site) {
  const Operation operation = this->operation(Op::condition_wait, site);
  begin(engine, operation, "waits on {}, which {other} has destroyed");
  if (!mutex.held_by(engine.current().id)) {
    misuse(engine, operation, "waits on a condition variable with {}, but does not hold it",
           TaskId::none(), mutex.id);
  }
  if (!waiters_.empty() && !(mutex_ == mutex.id)) {
    misuse(engine, operation, "waits on {} with another mutex than {other}, who waits on it too",
           waiters_.waiters->first());
  }
  mutex_ = mutex.id;
  const uint32_t depth = mutex.release_for_wait(engine, site);
  const Wake wake = engine.block(waiters_, operation, deadline_ns, /*spurious=*/true);
  if (wake == Wake::notified) take_time(engine);
  Event event;
  event.op = Op::condition_wait;
  event.effect = effect_of(wake);
  event.task = engine.current().id;
  event.object = id;
  event.address = address;
  event.site = site;
  engine.record(event);
  if (wake != Wake::notified) mutex.split_before_take_back(engine, site);
  mutex.take_back(engine, depth, site);
  if (wake == Wake::cancelled) return ECANCELED;
  return wake == Wake::timed_out ? ETIMEDOUT : 0;
}

void Condition::destroy(Engine& engine, Site site) {
  const Operation operation = this->operation(Op::destroy, site);
  if (destroyed()) {
    misuse(engine, operation, "destroys {}, which {other} has destroyed", destroyed_by_);
  }
  if (!waiters_.empty()) {
    misuse(engine, operation, "destroys {} while {other} waits on it", waiters_.waiters->first());
  }
  destroyed_by_ = engine.current().id;
  Event event;
  event.op = Op::destroy;
  event.task = engine.current().id;
  event.object = id;
  event.address = address;
  event.site = site;
  engine.record(event);
}

void Condition::notify_one(Engine& engine, Site site) {
  const Operation operation = this->operation(Op::condition_signal, site);
  begin(engine, operation, "notifies {}, which {other} has destroyed");
  give_time(engine);
  Event event;
  event.op = Op::condition_signal;
  event.task = engine.current().id;
  event.other = engine.wake_one(waiters_, operation);
  event.object = id;
  event.address = address;
  event.value = event.other.valid() ? 1 : 0;
  event.site = site;
  engine.record(event);
}

void Condition::notify_all(Engine& engine, Site site) {
  begin(engine, operation(Op::condition_broadcast, site),
        "notifies {}, which {other} has destroyed");
  give_time(engine);
  Event event;
  event.op = Op::condition_broadcast;
  event.task = engine.current().id;
  event.value = engine.wake_all(waiters_);
  event.object = id;
  event.address = address;
  event.site = site;
  engine.record(event);
}

}  // namespace heddle
