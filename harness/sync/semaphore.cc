#include "sync/semaphore.h"

#include <errno.h>
#include <limits.h>

namespace heddle {

void Semaphore::record(Engine& engine, Op op, Effect effect, uint32_t value, Site site) const {
  Event event;
  event.op = op;
  event.effect = effect;
  event.task = engine.current().id;
  event.object = id;
  event.address = address;
  event.value = value;
  event.site = site;
  engine.record(event);
}

void Semaphore::take(Engine& engine, volatile uint32_t* value, Site site) {
  *value = *value - 1;
  engine.set_open(waiters_, *value > 0);
  record(engine, Op::semaphore_wait, Effect::done, *value, site);
}

int Semaphore::wait(Engine& engine, volatile uint32_t* value, uint64_t deadline_ns, Site site) {
  Operation operation = this->operation(Op::semaphore_wait, site);
  operation.gives_up = deadline_ns != kNoDeadline;
  engine.scheduling_point(operation);
  while (*value == 0) {
    const Wake wake = engine.compete(waiters_, operation, deadline_ns);
    if (wake == Wake::timed_out) {
      record(engine, operation.op, Effect::timed_out, *value, site);
      return ETIMEDOUT;
    }
    if (wake == Wake::cancelled) {
      record(engine, operation.op, Effect::failed, *value, site);
      return ECANCELED;
    }
  }
  take(engine, value, site);
  return 0;
}

int Semaphore::try_wait(Engine& engine, volatile uint32_t* value, Site site) {
  Operation operation = this->operation(Op::semaphore_wait, site);
  operation.only_reads = *value == 0;
  operation.gives_up = true;
  engine.scheduling_point(operation);
  if (*value == 0) {
    record(engine, operation.op, Effect::failed, 0, site);
    return EAGAIN;
  }
  take(engine, value, site);
  return 0;
}

int Semaphore::post(Engine& engine, volatile uint32_t* value, Site site) {
  engine.scheduling_point(operation(Op::semaphore_post, site));
  if (*value == INT_MAX) {
    record(engine, Op::semaphore_post, Effect::failed, *value, site);
    return EOVERFLOW;
  }
  *value = *value + 1;
  record(engine, Op::semaphore_post, Effect::done, *value, site);
  engine.set_open(waiters_, true);
  return 0;
}

uint32_t Semaphore::value(Engine& engine, const volatile uint32_t* value, Site site) {
  Operation operation = this->operation(Op::semaphore_value, site);
  operation.only_reads = true;
  engine.scheduling_point(operation);
  const uint32_t found = *value;
  record(engine, operation.op, Effect::done, found, site);
  return found;
}

}  // namespace heddle
