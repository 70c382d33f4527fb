#include "sync/rwlock.h"

#include <errno.h>

#include "sync/lock_misuse.h"

namespace heddle {

void RwLock::record(Engine& engine, Op op, Effect effect, uint64_t value, Site site) const {
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

RwLock::Reader** RwLock::find_reader(TaskId task) {
  Reader** at = &readers_;
  while (*at != nullptr && !((*at)->task == task)) at = &(*at)->next;
  return at;
}

bool RwLock::in_use() const {
  return writer_.valid() || readers_ != nullptr || !read_waiters_.empty() ||
         !write_waiters_.empty();
}

bool RwLock::may_enter(const Request& request) const {
  if (writer_.valid()) return false;
  if (request.mode == Mode::write) return readers_ == nullptr;
  return !request.prefers_writers || readers_ == nullptr || !waiting_writer_.valid();
}

// After every change: who of the waiting may go on, and who keeps the others from it.
void RwLock::update(Engine& engine, bool prefers_writers) {
  prefers_writers_ = prefers_writers;
  const bool read = may_enter({Mode::read, prefers_writers, kNoDeadline});
  const bool write = may_enter({Mode::write, prefers_writers, kNoDeadline});
  read_waiters_.owner = read ? TaskId::none() : writer_.valid() ? writer_ : waiting_writer_;
  write_waiters_.owner = writer_;
  write_waiters_.owners = nullptr;
  if (readers_ != nullptr) {
    if (readers_->next == nullptr) {
      write_waiters_.owner = readers_->task;
    } else {
      write_waiters_.owners = reader_set_;
    }
  }
  engine.set_open(read_waiters_, read);
  engine.set_open(write_waiters_, write);
}

void RwLock::enter(Engine& engine, Mode mode, Site site) {
  const TaskId self = engine.current().id;
  bool outermost = true;
  if (mode == Mode::write) {
    writer_ = self;
  } else {
    Reader** reader = find_reader(self);
    outermost = *reader == nullptr;
    if (outermost) {
      Reader* fresh = spare_readers_;
      if (fresh == nullptr) {
        fresh = engine.arena().make<Reader>();
      } else {
        spare_readers_ = fresh->next;
      }
      *fresh = Reader{self, 0, nullptr};
      *reader = fresh;
      if (reader_set_ == nullptr) reader_set_ = engine.arena().make<TaskSet>();
      reader_set_->add(self);
    }
    ++(*reader)->depth;
  }
  update(engine, prefers_writers_);
  if (outermost) engine.hold_lock(id, address, site);
  record(engine, op_of(mode), Effect::done, 0, site);
}

Wake RwLock::wait(Engine& engine, const Request& request, const Operation& operation) {
  if (request.mode == Mode::read) {
    return engine.compete(read_waiters_, operation, request.deadline_ns);
  }
  const TaskId self = engine.current().id;
  if (!waiting_writer_.valid()) waiting_writer_ = self;
  update(engine, request.prefers_writers);
  const Wake wake = engine.compete(write_waiters_, operation, request.deadline_ns);
  if (waiting_writer_ == self) {
    waiting_writer_ = write_waiters_.empty() ? TaskId::none() : write_waiters_.waiters->first();
  }
  update(engine, request.prefers_writers);
  return wake;
}

int RwLock::lock(Engine& engine, const Request& request, Site site) {
  const bool gives_up = request.deadline_ns != kNoDeadline;
  const Operation operation{op_of(request.mode), 0, false, id, address, site, gives_up};
  engine.scheduling_point(operation);
  if (writer_ == engine.current().id) return EDEADLK;
  prefers_writers_ = request.prefers_writers;
  while (!may_enter(request)) {
    update(engine, request.prefers_writers);
    if (wait(engine, request, operation) == Wake::timed_out) {
      record(engine, operation.op, Effect::timed_out, 0, site);
      return ETIMEDOUT;
    }
  }
  enter(engine, request.mode, site);
  return 0;
}

int RwLock::try_lock(Engine& engine, const Request& request, Site site) {
  const Op op = op_of(request.mode);
  engine.scheduling_point(Operation{op, 0, !may_enter(request), id, address, site, true});
  prefers_writers_ = request.prefers_writers;
  if (!may_enter(request)) {
    record(engine, op, Effect::failed, 0, site);
    return EBUSY;
  }
  enter(engine, request.mode, site);
  return 0;
}

void RwLock::leave_as_reader(Engine& engine, Reader** reader, Site site) {
  Reader* own = *reader;
  const bool last = --own->depth == 0;
  if (last) {
    *reader = own->next;
    own->next = spare_readers_;
    spare_readers_ = own;
    reader_set_->remove(engine.current().id);
  }
  record(engine, Op::rwlock_unlock, Effect::done, 0, site);
  if (last) engine.release_lock(id);
}

void RwLock::unlock(Engine& engine, Site site) {
  engine.scheduling_point(Operation{Op::rwlock_unlock, 0, false, id, address, site});
  Reader** reader = find_reader(engine.current().id);
  if (writer_ == engine.current().id) {
    writer_ = TaskId::none();
    record(engine, Op::rwlock_unlock, Effect::done, 1, site);
    engine.release_lock(id);
  } else if (*reader != nullptr) {
    leave_as_reader(engine, reader, site);
  } else {
    abandon_lock_misuse(engine, *this, nullptr, site);
  }
  update(engine, prefers_writers_);
}

}  // namespace heddle
