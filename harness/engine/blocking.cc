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
  HEDDLE_CHECK(self.no_switch == 0);
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
  if (spurious && limits_.spurious > 0) {
    self.spurious_left = limits_.spurious;
    spurious_.add(self.id);
  }
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
  return self.wake;
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
    point.spurious = &spurious_offer_;
    point.enabled_count = count;
    point.pending = pending_;
    point.number = ++choice_points_;
    point.tasks = task_count_;
    const TaskId wanted = strategy_->choose(point);
    HEDDLE_CHECK(waiters.contains(wanted));
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

void Engine::sleep_until(uint64_t deadline_ns, const Operation& operation) {
  Task& self = *current_;
  start_operation(operation);
  Event event;
  event.op = operation.op;
  event.task = self.id;
  event.site = operation.site;
  event.value = deadline_ns > self.clock_ns ? deadline_ns - self.clock_ns : 0;
  record(event);
  if (self.no_switch > 0 || deadline_ns <= self.clock_ns) {
    if (self.no_switch == 0) reschedule(PointReason::yielded);
    return;
  }
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

uint32_t Engine::waits(WaitInfo* waits) const {
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
    wait.owner_ended = wait.owner.valid() && tasks_[wait.owner.index()].state == TaskState::ended;
  }
  return count;
}

void Engine::stuck() {
  WaitInfo* all = transient_.make<WaitInfo>(task_count_);
  const uint32_t count = waits(all);
  HEDDLE_CHECK(count > 0);
  abandon(judge_->judge_stuck(all, count));
}

// A wait that can never end: the others may go on for a while, so that the story shows what becomes
// of them, then it is reported.
void Engine::check_hopeless(const Task& waiter) {
  if (hopeless_) return;
  // Follow who could end the wait; most chains end at once with a task that can run.
  const Task* at = &waiter;
  for (uint32_t length = 0;; ++length) {
    const TaskId owner = at->queue == nullptr ? TaskId::none() : at->queue->owner;
    if (!owner.valid() || at->deadline_ns != kNoDeadline) return;
    at = &task(owner);
    if (at == &waiter || at->state == TaskState::ended) break;
    if (at->state != TaskState::blocked || length > task_count_) return;
  }
  WaitInfo* all = transient_.make<WaitInfo>(task_count_);
  const uint32_t count = waits(all);
  uint32_t last = 0;
  while (!(all[last].task == waiter.id)) ++last;
  if (!judge_->judge_hopeless(all, count, last, &hopeless_why_)) return;
  hopeless_ = true;
  hopeless_until_ = steps_ + kHopelessSteps;
}

}  // namespace heddle
