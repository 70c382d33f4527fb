#include "happens_before/happens_before.h"

#include "base/check.h"

namespace heddle {

HappensBefore::HappensBefore(Arena& arena) : arena_(arena) {
  tasks_ =
      static_cast<TaskState*>(arena.allocate(kMaxTasks * sizeof(TaskState), alignof(TaskState)));
  mark_ = arena.mark();
}

void HappensBefore::begin_execution(uint64_t& time_ns) {
  arena_.release_to(mark_);
  task_count_ = 0;
  objects_ = nullptr;
  object_count_ = 0;
  object_capacity_ = 0;
  start_task(TaskId(0), time_ns);
  TaskState& body = state(TaskId(0));
  body.clock.set(TaskId(0), body.now.clock(), arena_);
}

void HappensBefore::start_task(TaskId task, uint64_t& time_ns) {
  HEDDLE_CHECK(task.index() == task_count_ && task_count_ < kMaxTasks);
  ++task_count_;
  TaskState& fresh = state(task);
  fresh = TaskState();
  fresh.time_ns = &time_ns;
  fresh.now = Epoch(task, 1);
}

HappensBefore::TaskState& HappensBefore::state(TaskId task) {
  HEDDLE_CHECK(task.index() < task_count_);
  return tasks_[task.index()];
}

// Objects are numbered by first use, so a new one is at most a little beyond the known ones.
HappensBefore::ObjectState& HappensBefore::state(ObjectId object) {
  const uint32_t index = object.index();
  if (index >= object_capacity_) {
    uint32_t capacity = object_capacity_ == 0 ? 32 : object_capacity_;
    while (capacity <= index) capacity *= 2;
    auto* const larger = static_cast<ObjectState*>(
        arena_.allocate(capacity * sizeof(ObjectState), alignof(ObjectState)));
    for (uint32_t i = 0; i < object_count_; ++i) larger[i] = objects_[i];
    objects_ = larger;
    object_capacity_ = capacity;
  }
  while (object_count_ <= index) objects_[object_count_++] = ObjectState();
  return objects_[index];
}

// After the task's clock has been handed on: later accesses are not covered by what was.
void HappensBefore::advance(TaskState& task) {
  const TaskId id = task.now.task();
  task.now = Epoch(id, task.now.clock() + 1);
  task.clock.set(id, task.now.clock(), arena_);
}

void HappensBefore::task_created(TaskId parent, TaskId child, uint64_t& child_time_ns) {
  start_task(child, child_time_ns);
  TaskState& fresh = state(child);
  TaskState& creator = state(parent);
  fresh.clock.assign(creator.clock, arena_);
  fresh.clock.set(child, fresh.now.clock(), arena_);
  if (child_time_ns < *creator.time_ns) child_time_ns = *creator.time_ns;
  advance(creator);
}

void HappensBefore::joined(TaskId joiner, TaskId ended) {
  TaskState& waiter = state(joiner);
  TaskState& other = state(ended);
  waiter.clock.join(other.clock, arena_);
  if (*waiter.time_ns < *other.time_ns) *waiter.time_ns = *other.time_ns;
  // What was the other's stack is memory no more: accesses from now on are not like earlier ones.
  advance(waiter);
  if (listener_ != nullptr) listener_->joined(joiner, ended);
}

// Reads depend on changes, changes on reads and changes; reads do not depend on each other.
void HappensBefore::time_of_read(TaskState& task, ObjectState& object) {
  if (*task.time_ns < object.changed_ns) *task.time_ns = object.changed_ns;
  if (object.accessed_ns < *task.time_ns) object.accessed_ns = *task.time_ns;
}

void HappensBefore::time_of_change(TaskState& task, ObjectState& object) {
  if (*task.time_ns < object.accessed_ns) *task.time_ns = object.accessed_ns;
  object.accessed_ns = object.changed_ns = *task.time_ns;
}

void HappensBefore::acquire(TaskId task, ObjectId object) {
  TaskState& self = state(task);
  ObjectState& what = state(object);
  time_of_change(self, what);
  self.clock.join(what.release, arena_);
  if (what.readers != nullptr) self.clock.join(*what.readers, arena_);
  if (listener_ != nullptr) listener_->acquired(task, object, false);
}

void HappensBefore::acquire_shared(TaskId task, ObjectId object) {
  TaskState& self = state(task);
  ObjectState& what = state(object);
  time_of_read(self, what);
  self.clock.join(what.release, arena_);
  if (listener_ != nullptr) listener_->acquired(task, object, true);
}

void HappensBefore::observe(TaskId task, ObjectId object) {
  time_of_read(state(task), state(object));
}

void HappensBefore::touch(TaskId task, ObjectId object) {
  time_of_change(state(task), state(object));
}

void HappensBefore::release_assign(TaskId task, ObjectId object) {
  TaskState& self = state(task);
  ObjectState& what = state(object);
  time_of_change(self, what);
  what.release.assign(self.clock, arena_);
  if (what.readers != nullptr) what.readers->clear();
  advance(self);
  if (listener_ != nullptr) listener_->released(task, object, false);
}

void HappensBefore::release_shared(TaskId task, ObjectId object) {
  TaskState& self = state(task);
  ObjectState& what = state(object);
  time_of_read(self, what);
  if (what.readers == nullptr) what.readers = arena_.make<VectorClock>();
  what.readers->join(self.clock, arena_);
  advance(self);
  if (listener_ != nullptr) listener_->released(task, object, true);
}

void HappensBefore::release_join(TaskId task, ObjectId object) {
  TaskState& self = state(task);
  ObjectState& what = state(object);
  time_of_change(self, what);
  what.release.join(self.clock, arena_);
  advance(self);
  if (listener_ != nullptr) listener_->released(task, object, false);
}

// An acquire synchronises with the head of the release sequence it reads from; a relaxed load only
// once an acquire fence follows.
void HappensBefore::take(TaskState& task, ObjectState& object, MemoryOrder order) {
  VectorClock& into = acquires(order) ? task.clock : task.pending_acquire;
  if (!object.release.empty()) into.join(object.release, arena_);
}

Epoch HappensBefore::atomic_load(TaskId task, ObjectId object, MemoryOrder order) {
  TaskState& self = state(task);
  ObjectState& what = state(object);
  time_of_read(self, what);
  take(self, what, order);
  return self.now;
}

// A store begins a new release sequence, or none at all: since C++20 the same task's relaxed stores
// do not go on with its own.
Epoch HappensBefore::atomic_store(TaskId task, ObjectId object, MemoryOrder order) {
  TaskState& self = state(task);
  ObjectState& what = state(object);
  const Epoch at = self.now;
  time_of_change(self, what);
  if (releases(order)) {
    what.release.assign(self.clock, arena_);
    advance(self);
  } else if (!self.fence_release.empty()) {
    what.release.assign(self.fence_release, arena_);
  } else {
    what.release.clear();
  }
  return at;
}

// A read-modify-write goes on with the release sequence it reads from, whatever its own order.
Epoch HappensBefore::atomic_update(TaskId task, ObjectId object, MemoryOrder order) {
  TaskState& self = state(task);
  ObjectState& what = state(object);
  const Epoch at = self.now;
  time_of_change(self, what);
  take(self, what, order);
  if (releases(order)) {
    what.release.join(self.clock, arena_);
    advance(self);
  } else if (!self.fence_release.empty()) {
    what.release.join(self.fence_release, arena_);
  }
  return at;
}

void HappensBefore::fence(TaskId task, MemoryOrder order) {
  TaskState& self = state(task);
  if (acquires(order)) self.clock.join(self.pending_acquire, arena_);
  if (!releases(order)) return;
  self.fence_release.assign(self.clock, arena_);
  advance(self);
}

}  // namespace heddle
