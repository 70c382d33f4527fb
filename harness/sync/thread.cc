#include "sync/thread.h"

#include <errno.h>

#include "sync/misuse.h"

namespace heddle {
namespace {

Event event_about(Engine& engine, Op op, TaskId other, Site site) {
  Event event;
  event.op = op;
  event.task = engine.current().id;
  event.other = other;
  event.site = site;
  return event;
}

}  // namespace

Task* thread_create(Engine& engine, void* (*entry)(void*), void* argument, bool detached,
                    Site site) {
  engine.scheduling_point(Operation{Op::task_create, 0, false, ObjectId(), 0, site});
  Task* fresh = engine.create_task(entry, argument, site);
  if (fresh == nullptr) return nullptr;
  fresh->detached = detached;
  engine.record(event_about(engine, Op::task_create, fresh->id, site));
  return fresh;
}

int thread_join(Engine& engine, Task& target, void** result, Site site) {
  const Operation operation{Op::task_join, 0, false, ObjectId(), 0, site};
  engine.scheduling_point(operation);
  // POSIX has errors for these, which nobody asks for who has not lost count of the threads.
  if (&target == &engine.current()) misuse(engine, operation, "joins itself");
  if (target.detached) misuse(engine, operation, "joins {other}, which is detached", target.id);
  if (target.joined) {
    misuse(engine, operation, "joins {other}, which has been joined already", target.id);
  }
  target.joined = true;
  if (target.state != TaskState::ended) {
    if (engine.block(target.joiners, operation, kNoDeadline, /*spurious=*/false) ==
        Wake::cancelled) {
      target.joined = false;
      return ECANCELED;
    }
  }
  engine.advance_to(target.clock_ns);
  if (result != nullptr) *result = target.result;
  engine.record(event_about(engine, Op::task_join, target.id, site));
  return 0;
}

int thread_detach(Engine& engine, Task& target, Site site) {
  const Operation operation{Op::task_detach, 0, false, ObjectId(), 0, site};
  engine.scheduling_point(operation);
  if (target.detached) {
    misuse(engine, operation, "detaches {other}, which is detached already", target.id);
  }
  if (target.joined) {
    misuse(engine, operation, "detaches {other}, which has been joined already", target.id);
  }
  target.detached = true;
  engine.record(event_about(engine, Op::task_detach, target.id, site));
  return 0;
}

// value: 1 when the task acts on a request, which is what orders.
void Cancellation::record(Engine& engine, Op op, TaskId other, uint64_t value, Site site) const {
  Event event = event_about(engine, op, other, site);
  event.object = id;
  event.address = address;
  event.value = value;
  engine.record(event);
}

void Cancellation::request(Engine& engine, Task& target, Site site) {
  engine.scheduling_point(operation(Op::task_cancel, site));
  engine.cancel(target);
  record(engine, Op::task_cancel, target.id, 0, site);
}

void Cancellation::test(Engine& engine, Site site) {
  Operation operation = this->operation(Op::cancel_test, site);
  operation.only_reads = true;
  engine.scheduling_point(operation);
  record(engine, Op::cancel_test, TaskId::none(), 0, site);
}

void Cancellation::act(Engine& engine, Site site) {
  record(engine, Op::cancel_test, TaskId::none(), 1, site);
}

}  // namespace heddle
