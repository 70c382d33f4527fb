// Waiting and waking; what to do when nobody can go on.
#include "engine/engine.h"

namespace heddle {
namespace {

bool has_changed(const Task::Look& look) {
  uint64_t now = 0;
  const auto* bytes = reinterpret_cast<const volatile unsigned char*>(look.address);
  for (uint32_t i = 0; i < look.size; ++i) now |= uint64_t{bytes[i]} << (8 * i);
  return now != look.value;
}

}  // namespace

Wake Engine::block(WaitQueue& queue, const Operation& operation, uint64_t deadline_ns,
                   bool spurious) {
  Task& self = *current_;
  if (self.cancels() && is_cancellation_point(operation.op)) return self.wake = Wake::cancelled;
  if (queue.waiters == nullptr) queue.waiters = transient_.make<TaskSet>();
  queue.waiters->add(self.id);
  self.state = TaskState::blocked;
  self.queue = &queue;
  self.waits_with = operation.op;
  self.waits_for = operation.object;
  self.waits_at = operation.address;
  self.waits_site = operation.site;
  self.deadline_ns = deadline_ns;
  runnable_.remove(self.id);
  if (deadline_ns != kNoDeadline) timed_.add(self.id);
  if (spurious) offer_spurious(self);
  Event event;
  event.op = operation.op;
  event.effect = Effect::blocked;
  event.task = self.id;
  event.other = queue.owner;
  event.object = operation.object;
  event.address = operation.address;
  event.site = operation.site;
  record(event);
  if (deadline_ns == kNoDeadline) check_hopeless(self);
  reschedule(PointReason::blocked);
  if (spurious) self.spurious_count = self.wake == Wake::spurious ? self.spurious_count + 1 : 0;
  return self.wake;
}

// A wait in a loop is called again after each spurious wake-up: those calls share the bound, until
// the task is woken in earnest or waits elsewhere.
void Engine::offer_spurious(Task& task) {
  const bool again = task.spurious_site == task.waits_site.pc && task.spurious_at == task.waits_at;
  if (!again) task.spurious_count = 0;
  task.spurious_site = task.waits_site.pc;
  task.spurious_at = task.waits_at;
  if (task.spurious_count < limits_.spurious) spurious_.add(task.id);
}

void Engine::watch(const uint32_t* word, uint32_t expected) {
  Task& self = *current_;
  const bool just_looked = self.looked.size != 0 && self.looked.operation + 1 == self.operations;
  if (just_looked) {
    self.watches = self.looked.second ? Task::Look() : self.looked;
    return;
  }
  self.watches = Task::Look();
  self.watches.address = reinterpret_cast<uintptr_t>(word);
  self.watches.value = expected;
  self.watches.size = sizeof(*word);
}

void Engine::unblock(Task& task, Wake wake) {
  if (task.queue != nullptr) task.queue->waiters->remove(task.id);
  task.queue = nullptr;
  task.state = TaskState::runnable;
  task.deadline_ns = kNoDeadline;
  task.wake = wake;
  timed_.remove(task.id);
  spurious_.remove(task.id);
  runnable_.add(task.id);
  const bool by_current = wake == Wake::notified || wake == Wake::cancelled;
  if (follows_ && by_current && &task != current_) strategy_->woken(task.id);
}

TaskId Engine::wake_one(WaitQueue& queue, const Operation& operation) {
  ++queue.notifies;
  if (queue.empty()) return TaskId::none();
  const TaskSet& waiters = *queue.waiters;
  TaskId chosen = waiters.first();
  const uint32_t count = waiters.count();
  if (count > 1) {
    ChoicePoint point;
    point.kind = ChoiceKind::waiter;
    point.position = position();
    ++current_->turn;
    spurious_offer_.clear();
    pending_[current_->id.index()] = operation;
    point.current = current_->id;
    point.fallback = chosen;
    point.enabled = &waiters;
    point.runnable = &waiters;
    point.spurious = &spurious_offer_;
    point.enabled_count = count;
    point.pending = pending_;
    point.number = ++choice_points_;
    point.tasks = task_count_;
    const TaskId wanted = ask(point);
    if (!(wanted == chosen)) log_choice(ChoiceKind::waiter, point.position, wanted, 0);
    chosen = wanted;
  }
  unblock(task(chosen), Wake::notified);
  return chosen;
}

uint32_t Engine::wake_all(WaitQueue& queue) {
  ++queue.notifies;
  if (queue.empty()) return 0;
  uint32_t woken = 0;
  for (TaskId id = queue.waiters->first(); id.valid(); id = queue.waiters->first()) {
    unblock(task(id), Wake::notified);
    ++woken;
  }
  return woken;
}

Wake Engine::compete(WaitQueue& queue, const Operation& operation, uint64_t deadline_ns) {
  Task& self = *current_;
  block(queue, operation, deadline_ns, /*spurious=*/false);
  // Chosen while the lock is free: still in the queue, as lock_freed leaves it there.
  if (self.queue == nullptr) return self.wake;
  unblock(self, Wake::notified);
  return Wake::notified;
}

void Engine::lock_taken(WaitQueue& queue) {
  queue.owner = current_->id;
  if (!queue.empty()) runnable_.remove_all(*queue.waiters);
}

void Engine::lock_freed(WaitQueue& queue) {
  queue.owner = TaskId::none();
  if (!queue.empty()) runnable_.add_all(*queue.waiters);
}

void Engine::set_open(WaitQueue& queue, bool open) {
  if (queue.empty()) return;
  if (open) {
    runnable_.add_all(*queue.waiters);
  } else {
    runnable_.remove_all(*queue.waiters);
  }
}

void Engine::sleep_until(uint64_t deadline_ns, const Operation& operation) {
  Task& self = *current_;
  start_operation(operation);
  Event event;
  event.op = operation.op;
  event.task = self.id;
  event.site = operation.site;
  event.value = deadline_ns > self.clock_ns ? deadline_ns - self.clock_ns : 0;
  record(event);
  if (deadline_ns <= self.clock_ns) return reschedule(PointReason::yielded);
  if (self.cancels()) return;
  self.state = TaskState::blocked;
  self.queue = nullptr;
  self.waits_with = operation.op;
  self.waits_for = ObjectId();
  self.waits_at = 0;
  self.waits_site = operation.site;
  self.deadline_ns = deadline_ns;
  runnable_.remove(self.id);
  timed_.add(self.id);
  reschedule(PointReason::blocked);
}

void Engine::cancel(Task& target) {
  target.cancel_requested = true;
  if (target.state != TaskState::blocked || !target.cancels()) return;
  if (!is_cancellation_point(target.waits_with)) return;
  if (target.clock_ns < current_->clock_ns) target.clock_ns = current_->clock_ns;
  unblock(target, Wake::cancelled);
}

namespace {

// Calls `visit` with each task that must let go before `waiter` can go on, until it returns true.
template <typename Visit>
bool any_owner(const Task& waiter, Visit visit) {
  if (waiter.queue == nullptr) return false;
  if (waiter.queue->owner.valid()) return visit(waiter.queue->owner);
  if (waiter.queue->owners == nullptr) return false;
  for (TaskId owner : *waiter.queue->owners) {
    if (visit(owner)) return true;
  }
  return false;
}

bool waits_for_ever(const Task& task) {
  return task.state == TaskState::blocked && task.deadline_ns == kNoDeadline;
}

}  // namespace

// The tasks whose waits can never end: one that must let go has ended, or is doomed itself.
void Engine::find_doomed(TaskSet& doomed) const {
  doomed.clear();
  for (uint32_t i = 0; i < task_count_; ++i) {
    if (waits_for_ever(tasks_[i])) doomed.add(TaskId(i));
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (TaskId id : doomed) {
      const bool stays = any_owner(tasks_[id.index()], [&](TaskId owner) {
        return tasks_[owner.index()].state == TaskState::ended || doomed.contains(owner);
      });
      if (stays) continue;
      doomed.remove(id);
      changed = true;
    }
  }
}

// Of several owners the one that explains the wait: the waiter itself, one that will never let go,
// or the first.
TaskId Engine::owner_to_tell(const Task& waiter, const TaskSet& doomed) const {
  const TaskSet& owners = *waiter.queue->owners;
  if (owners.contains(waiter.id)) return waiter.id;
  for (TaskId owner : owners) {
    if (tasks_[owner.index()].state == TaskState::ended || doomed.contains(owner)) return owner;
  }
  return owners.first();
}

uint32_t Engine::waits(WaitInfo* waits) const {
  TaskSet doomed;
  bool doomed_known = false;
  uint32_t count = 0;
  for (uint32_t i = 0; i < task_count_; ++i) {
    const Task& waiter = tasks_[i];
    if (waiter.state != TaskState::blocked) continue;
    WaitInfo& wait = waits[count++];
    wait = WaitInfo();
    wait.task = waiter.id;
    wait.op = waiter.waits_with;
    wait.object = waiter.waits_for;
    wait.address = waiter.waits_at;
    wait.site = waiter.waits_site;
    wait.timed = waiter.deadline_ns != kNoDeadline;
    wait.missed = waiter.waits_with == Op::futex_wait && has_changed(waiter.watches);
    if (waiter.queue == nullptr) continue;
    wait.owner = waiter.queue->owner;
    wait.notifies = waiter.queue->notifies;
    if (!wait.owner.valid() && waiter.queue->owners != nullptr) {
      if (!doomed_known) find_doomed(doomed);
      doomed_known = true;
      wait.owner = owner_to_tell(waiter, doomed);
      wait.further_owners = waiter.queue->owners->count() - 1;
    }
    wait.owner_ended = wait.owner.valid() && tasks_[wait.owner.index()].state == TaskState::ended;
  }
  return count;
}

void Engine::stuck() {
  WaitInfo* all = transient_.make<WaitInfo>(task_count_);
  const uint32_t count = waits(all);
  HEDDLE_CHECK(count > 0);
  stuck_ = true;
  abandon(judge_->judge_stuck(all, count));
}

// Whether following who must let go leads back to the waiter or to a task that has ended.
bool Engine::leads_nowhere(const Task& waiter) {
  to_follow_.clear();
  followed_.clear();
  const Task* at = &waiter;
  for (;;) {
    const bool nowhere = any_owner(*at, [&](TaskId owner) {
      const Task& holder = task(owner);
      if (owner == waiter.id || holder.state == TaskState::ended) return true;
      if (waits_for_ever(holder) && !followed_.contains(owner)) to_follow_.add(owner);
      return false;
    });
    if (nowhere) return true;
    const TaskId next = to_follow_.first();
    if (!next.valid()) return false;
    to_follow_.remove(next);
    followed_.add(next);
    at = &task(next);
  }
}

// A wait that can never end: the others may go on for a while, so that the story shows what becomes
// of them, then it is reported.
void Engine::check_hopeless(const Task& waiter) {
  if (hopeless_ || !leads_nowhere(waiter)) return;
  WaitInfo* all = transient_.make<WaitInfo>(task_count_);
  const uint32_t count = waits(all);
  uint32_t last = 0;
  while (!(all[last].task == waiter.id)) ++last;
  if (!judge_->judge_hopeless(all, count, last, &hopeless_why_)) return;
  hopeless_ = true;
  hopeless_until_ = operations_ + kHopelessSteps;
}

}  // namespace heddle
