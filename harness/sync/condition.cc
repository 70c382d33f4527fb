#include "sync/condition.h"

#include <errno.h>

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

int Condition::wait_until(Engine& engine, Mutex& mutex, uint64_t deadline_ns, Site site) {
  const Operation operation = this->operation(Op::condition_wait, site);
  engine.scheduling_point(operation);
  if (!mutex.held_by(engine.current().id)) {
    Detection misuse;
    misuse.kind = FindingKind::lock_misuse;
    misuse.access.task = engine.current().id;
    misuse.access.site = site;
    misuse.access.address = mutex.address;
    misuse.object = mutex.id;
    engine.abandon(misuse);
  }
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
  mutex.take_back(engine, depth, site);
  if (wake == Wake::cancelled) return ECANCELED;
  return wake == Wake::timed_out ? ETIMEDOUT : 0;
}

void Condition::notify_one(Engine& engine, Site site) {
  const Operation operation = this->operation(Op::condition_signal, site);
  engine.scheduling_point(operation);
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
  engine.scheduling_point(operation(Op::condition_broadcast, site));
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
