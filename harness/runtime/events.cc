#include "runtime/events.h"

#include "runtime/access.h"
#include "runtime/second_judge.h"

namespace heddle {
namespace {

// Whether an event means that its task uses the object's memory at that moment. Who has waited may
// be told so when the object is gone already: a condition variable may be destroyed as soon as
// everybody has been notified; and the kernel wakes by address, whatever lies there.
bool uses_object(const Event& event) {
  switch (event.op) {
    case Op::condition_wait:
    case Op::barrier_wait:
      return event.effect == Effect::blocked;
    case Op::mutex_lock:
    case Op::mutex_unlock:
    case Op::condition_signal:
    case Op::condition_broadcast:
      return event.effect != Effect::failed;  // by misuse, which says enough
    case Op::mutex_try_lock:
    case Op::once:
    case Op::read_lock:
    case Op::write_lock:
    case Op::rwlock_unlock:
    case Op::semaphore_wait:
    case Op::semaphore_post:
      return true;
    default:
      return false;
  }
}

AccessInfo access_of(const Event& event, bool write) {
  AccessInfo access;
  access.task = event.task;
  access.write = write;
  access.atomic = true;
  access.size = event.size;
  access.address = event.address;
  access.site = event.site;
  return access;
}

}  // namespace

void EventOrder::on_begin() {
  runtime_.happens_before.begin_execution(runtime_.engine.task(TaskId(0)).clock_ns);
  runtime_.races.begin_execution();
  runtime_.heap_uses.begin_execution();
  if (runtime_.points_at == PointsAt::nothing) return;
  for (const PointKey& key : runtime_.points.outside_heap()) {
    runtime_.shadow.set_point(runtime_.address_of(key));
  }
  if (runtime_.points_at != PointsAt::followed) return;
  for (const uintptr_t place : runtime_.shared_places) runtime_.shadow.set_point(place);
}

void EventOrder::on(const Event& event) {
  HappensBefore& order = runtime_.happens_before;
  if (runtime_.second_judge != nullptr) runtime_.second_judge->on(event);
  if (event.op == Op::read || event.op == Op::write) return;  // ordered by nothing
  if (event.object.valid()) runtime_.objects.note_use(event.object, event.task);
  switch (event.op) {
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_update:
    case Op::atomic_compare:
      on_atomic(event);
      break;
    case Op::fence:
      order.fence(event.task, event.order);
      break;
    case Op::task_create:
      order.task_created(event.task, event.other, runtime_.engine.task(event.other).clock_ns);
      break;
    case Op::task_join:
      if (event.effect == Effect::done) order.joined(event.task, event.other);
      break;
    default:
      on_lock(event);
      if (event.address != 0 && uses_object(event)) {
        judge_access(runtime_, access_of(event, /*write=*/true), 1, nullptr);
      }
  }
}

void EventOrder::on_lock(const Event& event) {
  HappensBefore& order = runtime_.happens_before;
  const bool done = event.effect == Effect::done;
  switch (event.op) {
    case Op::mutex_lock:
    case Op::mutex_try_lock:
      // `value` is the depth: only the outermost lock and unlock order anything.
      if (done && event.value == 1) order.acquire(event.task, event.object);
      if (event.effect == Effect::failed) order.observe(event.task, event.object);
      break;
    case Op::mutex_unlock:
      if (done && event.value == 0) order.release_assign(event.task, event.object);
      break;
    case Op::once:
      // [thread.once.callonce]: every run, even one that threw, is ordered before the next.
      if (event.effect == Effect::blocked) break;
      if (event.value == 1) {
        order.release_assign(event.task, event.object);
      } else {
        order.acquire(event.task, event.object);
      }
      break;
    case Op::file_lock:
      if (done) order.acquire(event.task, event.object);
      break;
    case Op::file_open:
    case Op::file_close:
    case Op::file_read:
      if (event.object.valid()) order.observe(event.task, event.object);
      break;
    case Op::file_write:
    case Op::file_other:
      if (event.object.valid()) order.touch(event.task, event.object);
      break;
    case Op::file_unlock:
      order.release_join(event.task, event.object);
      break;
    default:
      on_shared(event);
  }
}

// What several may have at once: locks for reading, semaphores, barriers, requests.
void EventOrder::on_shared(const Event& event) {
  HappensBefore& order = runtime_.happens_before;
  const bool done = event.effect == Effect::done;
  switch (event.op) {
    case Op::read_lock:
      if (done) order.acquire_shared(event.task, event.object);
      if (event.effect == Effect::failed) order.observe(event.task, event.object);
      break;
    case Op::write_lock:
    case Op::semaphore_wait:
      if (done) order.acquire(event.task, event.object);
      if (event.effect == Effect::failed) order.observe(event.task, event.object);
      break;
    case Op::rwlock_unlock:
      // `value`: 1 after a writer, 0 after a reader.
      if (event.value == 1) {
        order.release_assign(event.task, event.object);
      } else {
        order.release_shared(event.task, event.object);
      }
      break;
    case Op::semaphore_post:
      order.release_join(event.task, event.object);
      break;
    case Op::semaphore_value:
      order.observe(event.task, event.object);
      break;
    case Op::task_cancel:
      order.release_join(event.task, event.object);
      break;
    case Op::signal_send:
      order.release_assign(event.task, event.object);
      break;
    case Op::signal_wait:
      if (done) order.acquire(event.task, event.object);
      break;
    case Op::cancel_test:
      if (event.value == 1) order.acquire(event.task, event.object);
      break;
    case Op::barrier_wait:
      // Arriving releases (value 0), leaving acquires (value 1).
      if (!done) break;
      if (event.value == 0) {
        order.release_join(event.task, event.object);
      } else {
        order.acquire(event.task, event.object);
      }
      break;
    default:
      break;
  }
}

void EventOrder::on_atomic(const Event& event) {
  HappensBefore& order = runtime_.happens_before;
  AccessKind kind = AccessKind::atomic_write;
  Epoch at;
  if (event.op == Op::atomic_load || event.effect == Effect::failed) {
    kind = AccessKind::atomic_read;
    at = order.atomic_load(event.task, event.object, event.order);
  } else if (event.op == Op::atomic_store) {
    at = order.atomic_store(event.task, event.object, event.order);
  } else {
    at = order.atomic_update(event.task, event.object, event.order);
  }
  if (runtime_.points_at == PointsAt::followed) {
    follow_atomic(runtime_, event.address, event.size);
  }
  const Detection* race = runtime_.races.check(at, order.clock(event.task), event.address,
                                               event.size, kind, event.site);
  judge_access(runtime_, access_of(event, kind == AccessKind::atomic_write), event.size, race);
}

}  // namespace heddle
