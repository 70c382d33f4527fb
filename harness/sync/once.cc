#include "sync/once.h"

namespace heddle {

// value: 0 begins, 1 finishes (a release), 2 finds it done (an acquire).
Event Once::event(const Engine& engine, Effect effect, uint64_t value, Site site) const {
  Event event;
  event.op = Op::once;
  event.effect = effect;
  event.task = const_cast<Engine&>(engine).current().id;
  event.object = id;
  event.address = address;
  event.value = value;
  event.site = site;
  return event;
}

bool Once::begin(Engine& engine, bool already_done, Site site) {
  const Operation operation{Op::once, 0, done_ || already_done, id, address, site};
  engine.scheduling_point(operation);
  while (waiters_.owner.valid()) engine.block(waiters_, operation, kNoDeadline, false);
  if (done_ || already_done) {
    engine.record(event(engine, Effect::done, 2, site));
    return false;
  }
  waiters_.owner = engine.current().id;
  engine.record(event(engine, Effect::done, 0, site));
  return true;
}

void Once::finish(Engine& engine, bool completed, Site site) {
  done_ = completed;
  waiters_.owner = TaskId::none();
  engine.record(event(engine, completed ? Effect::done : Effect::failed, 1, site));
  engine.wake_all(waiters_);
}

}  // namespace heddle
