#include "sync/futex.h"

#include <errno.h>

namespace heddle {

int Futex::wait_until(Engine& engine, const uint32_t* word, uint32_t expected, uint64_t deadline_ns,
                      Site site) {
  const Operation operation{Op::futex_wait, 4, false, id, address, site};
  engine.scheduling_point(operation);
  Event event;
  event.op = Op::futex_wait;
  event.size = 4;
  event.task = engine.current().id;
  event.object = id;
  event.address = address;
  event.before = *word;
  event.value = *word;
  event.site = site;
  int result = 0;
  if (*word != expected) {
    event.effect = Effect::failed;
    result = EAGAIN;
  } else {
    engine.watch(word, expected);
    const Wake wake = engine.block(waiters_, operation, deadline_ns, /*spurious=*/true);
    if (wake == Wake::notified) take_time(engine);
    if (wake == Wake::timed_out) {
      event.effect = Effect::timed_out;
      result = ETIMEDOUT;
    } else if (wake == Wake::spurious) {
      event.effect = Effect::woken_spuriously;
    }
  }
  engine.record(event);
  return result;
}

uint32_t Futex::wake(Engine& engine, uint32_t limit, Site site) {
  const Operation operation{Op::futex_wake, 4, false, id, address, site};
  engine.scheduling_point(operation);
  give_time(engine);
  uint32_t woken = 0;
  if (waiters_.empty()) {
    ++waiters_.notifies;
  } else if (limit >= waiters_.waiters->count()) {
    woken = engine.wake_all(waiters_);
  } else {
    while (woken < limit && engine.wake_one(waiters_, operation).valid()) ++woken;
  }
  Event event;
  event.op = Op::futex_wake;
  event.task = engine.current().id;
  event.object = id;
  event.address = address;
  event.value = woken;
  event.site = site;
  engine.record(event);
  return woken;
}

}  // namespace heddle
