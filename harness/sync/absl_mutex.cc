#include "sync/absl_mutex.h"

#include "sync/lock_misuse.h"

namespace heddle {

// For writers `value` is the depth, as a mutex's, for readers who unlock it is 0.
void AbslMutex::record(Engine& engine, Op op, Effect effect, uint64_t value, Site site) const {
  Event event;
  event.op = op;
  event.effect = effect;
  event.task = engine.current().id;
  event.other = writer_;
  event.object = id;
  event.address = address;
  event.value = value;
  event.site = site;
  engine.record(event);
}

AbslMutex::Reader** AbslMutex::reader(TaskId task) {
  Reader** at = &readers_;
  while (*at != nullptr && !((*at)->task == task)) at = &(*at)->next;
  return at;
}

AbslMutex::Mode AbslMutex::held(Engine& engine) const {
  const TaskId self = engine.current().id;
  if (writer_ == self) return Mode::write;
  for (const Reader* at = readers_; at != nullptr; at = at->next) {
    if (at->task == self) return Mode::read;
  }
  return Mode::none;
}

// Whoever wants to write waits for the readers; one alone is who could end that.
void AbslMutex::close_writers(Engine& engine) {
  engine.lock_taken(for_writing_);
  for_writing_.owner = readers_->next == nullptr ? readers_->task : TaskId::none();
}

void AbslMutex::enter(Engine& engine, Mode mode, Op op, Site site) {
  const TaskId self = engine.current().id;
  if (mode == Mode::write) {
    writer_ = self;
    engine.lock_taken(for_writing_);
    engine.lock_taken(for_reading_);
  } else {
    Reader** at = reader(self);
    if (*at == nullptr) {
      Reader* fresh = spare_ == nullptr ? engine.arena().make<Reader>() : spare_;
      if (fresh == spare_) spare_ = fresh->next;
      *fresh = Reader{self, 0, nullptr};
      *at = fresh;
    }
    ++(*at)->depth;
    close_writers(engine);
  }
  engine.hold_lock(id, address, site);
  record(engine, op, Effect::done, mode == Mode::write ? 1 : 0, site);
}

void AbslMutex::leave(Engine& engine, Mode mode, Site site) {
  if (mode == Mode::write) {
    writer_ = TaskId::none();
    record(engine, Op::mutex_unlock, Effect::done, 0, site);
    engine.lock_freed(for_reading_);
    engine.lock_freed(for_writing_);
  } else {
    Reader** at = reader(engine.current().id);
    Reader* own = *at;
    if (--own->depth == 0) {
      *at = own->next;
      own->next = spare_;
      spare_ = own;
    }
    record(engine, Op::rwlock_unlock, Effect::done, 0, site);
    if (readers_ == nullptr) {
      engine.lock_freed(for_writing_);
    } else {
      close_writers(engine);
    }
  }
  engine.release_lock(id);
}

void AbslMutex::take_back(Engine& engine, Mode mode, Site site) {
  WaitQueue& queue = mode == Mode::write ? for_writing_ : for_reading_;
  while (closed(mode)) engine.compete(queue, operation(op_of(mode), site), kNoDeadline);
  enter(engine, mode, op_of(mode), site);
}

void AbslMutex::lock(Engine& engine, Mode mode, Site site) {
  engine.scheduling_point(operation(op_of(mode), site));
  take_back(engine, mode, site);
}

bool AbslMutex::try_lock(Engine& engine, Mode mode, Site site) {
  const Op op = mode == Mode::read ? Op::read_lock : Op::mutex_try_lock;
  Operation operation = this->operation(op, site);
  operation.only_reads = closed(mode);
  operation.gives_up = true;
  engine.scheduling_point(operation);
  if (closed(mode)) {
    record(engine, op, Effect::failed, 0, site);
    return false;
  }
  enter(engine, mode, op, site);
  return true;
}

void AbslMutex::unlock(Engine& engine, Mode mode, Site site) {
  const Op op = mode == Mode::write ? Op::mutex_unlock : Op::rwlock_unlock;
  engine.scheduling_point(operation(op, site));
  if (held(engine) != mode) abandon_lock_misuse(engine, *this, nullptr, site);
  leave(engine, mode, site);
  wake_sleepers(engine);
}

// Not a notify that the program has made: whoever sleeps on then has not lost one.
void AbslMutex::wake_sleepers(Engine& engine) {
  engine.wake_all(sleepers_);
  sleepers_.notifies = 0;
}

bool AbslMutex::wait_for_change(Engine& engine, Mode mode, bool changed, uint64_t deadline_ns,
                                Site site) {
  const Operation operation = this->operation(Op::condition_wait, site);
  engine.scheduling_point(operation);
  leave(engine, mode, site);
  if (changed) wake_sleepers(engine);
  const Wake wake = engine.block(sleepers_, operation, deadline_ns, /*spurious=*/false);
  const bool timed_out = wake == Wake::timed_out;
  record(engine, Op::condition_wait, timed_out ? Effect::timed_out : Effect::done, 0, site);
  if (timed_out) engine.split_point(this->operation(op_of(mode), site));
  take_back(engine, mode, site);
  return !timed_out;
}

Event AbslCondVar::event(Engine& engine, Op op, Site site) const {
  Event event;
  event.op = op;
  event.task = engine.current().id;
  event.object = id;
  event.address = address;
  event.site = site;
  return event;
}

bool AbslCondVar::wait_until(Engine& engine, AbslMutex& mutex, uint64_t deadline_ns, Site site) {
  const Operation operation = this->operation(Op::condition_wait, site);
  engine.scheduling_point(operation);
  const AbslMutex::Mode mode = mutex.held(engine);
  if (mode == AbslMutex::Mode::none) abandon_lock_misuse(engine, mutex, nullptr, site);
  mutex.leave(engine, mode, site);
  mutex.wake_sleepers(engine);
  const Wake wake = engine.block(waiters_, operation, deadline_ns, /*spurious=*/true);
  if (wake == Wake::notified) take_time(engine);
  Event event = this->event(engine, Op::condition_wait, site);
  if (wake == Wake::timed_out) event.effect = Effect::timed_out;
  if (wake == Wake::spurious) event.effect = Effect::woken_spuriously;
  engine.record(event);
  if (wake != Wake::notified) engine.split_point(mutex.operation(AbslMutex::op_of(mode), site));
  mutex.take_back(engine, mode, site);
  return wake == Wake::timed_out;
}

void AbslCondVar::signal(Engine& engine, Site site) {
  const Operation operation = this->operation(Op::condition_signal, site);
  engine.scheduling_point(operation);
  give_time(engine);
  Event event = this->event(engine, Op::condition_signal, site);
  event.other = engine.wake_one(waiters_, operation);
  event.value = event.other.valid() ? 1 : 0;
  engine.record(event);
}

void AbslCondVar::signal_all(Engine& engine, Site site) {
  engine.scheduling_point(operation(Op::condition_broadcast, site));
  give_time(engine);
  Event event = this->event(engine, Op::condition_broadcast, site);
  event.value = engine.wake_all(waiters_);
  engine.record(event);
}

}  // namespace heddle
