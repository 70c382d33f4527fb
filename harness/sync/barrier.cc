#include "sync/barrier.h"

namespace heddle {

void Barrier::record(Engine& engine, bool leaves, Site site) const {
  Event event;
  event.op = Op::barrier_wait;
  event.task = engine.current().id;
  event.object = id;
  event.address = address;
  event.value = leaves ? 1 : 0;
  event.site = site;
  engine.record(event);
}

bool Barrier::wait(Engine& engine, uint32_t count, Site site) {
  const Operation operation{Op::barrier_wait, 0, false, id, address, site};
  engine.scheduling_point(operation);
  record(engine, /*leaves=*/false, site);
  const bool last = ++arrived_ >= count;
  if (last) {
    arrived_ = 0;
    engine.wake_all(waiters_);
    // Whoever waits in a later round has missed nothing in this one.
    waiters_.notifies = 0;
  } else {
    engine.block(waiters_, operation, kNoDeadline, /*spurious=*/false);
  }
  record(engine, /*leaves=*/true, site);
  return last;
}

}  // namespace heddle
