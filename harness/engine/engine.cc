// Life of an execution and of its tasks. Choices: scheduling.cc. Waiting: blocking.cc.
#include "engine/engine.h"

#include "base/rng.h"

namespace heddle {
namespace {

// For each task that there may ever be, `each` elements that read as zero. They are not written to
// here: most are never used, and a start of the program would pay for megabytes of pages.
template <typename T>
T* fresh_array(Arena& permanent, size_t each = 1) {
  return static_cast<T*>(permanent.allocate(kMaxTasks * each * sizeof(T), 64));
}

}  // namespace

Engine::Engine(Arena& permanent, Arena& transient, Arena& log, FiberPool& fibers)
    : transient_(transient),
      transient_mark_(transient.mark()),
      fibers_(fibers),
      log_(ExecutionLog::make(log)) {
  tasks_ = fresh_array<Task>(permanent);
  held_ = fresh_array<HeldLock>(permanent, Task::kMaxHeld);
  pending_ = fresh_array<Operation>(permanent);
  slot_task_ = fresh_array<TaskId>(permanent);
  slot_execution_ = fresh_array<uint64_t>(permanent);
}

void Engine::add_observer(Observer* observer) {
  HEDDLE_CHECK(observer_count_ < kMaxObservers);
  observers_[observer_count_++] = observer;
}

void Engine::remove_observer(Observer* observer) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < observer_count_; ++i) {
    if (observers_[i] != observer) observers_[kept++] = observers_[i];
  }
  observer_count_ = kept;
}

void Engine::begin(Strategy& strategy, ExecutionNumber number, const ExecutionLimits& limits) {
  transient_.release_to(transient_mark_);
  strategy_ = &strategy;
  wants_stops_ = strategy.wants_stops();
  every_point_ = strategy.every_point();
  follows_ = strategy.follows();
  splits_ = strategy.splits();
  time_is_free_ = limits.slack_ns == kFreeTime;
  limits_ = limits;
  ++execution_;
  task_count_ = alive_ = most_alive_ = 0;
  runnable_.clear();
  timed_.clear();
  spurious_.clear();
  held_back_.clear();
  point_ = ChoicePoint();
  point_.runnable = &runnable_;
  point_.spurious = &spurious_offer_;
  point_.pending = pending_;
  choice_points_ = steps_ = operations_ = changes_ = 0;
  log_.begin(number);
  first_of_turn_ = 0;
  digest_ = access_digest_ = 0;
  switches_ = weak_atomics_ = 0;
  delay_ns_ = 0;
  returned_ = stuck_ = hopeless_ = overlapped_ = false;
  detection_count_ = 0;
  summary_ = TraceSummary();
  summary_.number = number.number;
  for (uint32_t i = 0; i < observer_count_; ++i) observers_[i]->on_begin();
}

void Engine::run(Strategy& strategy, ExecutionNumber number, const ExecutionLimits& limits,
                 void* (*entry)(void*), void* argument) {
  HEDDLE_CHECK(current_ == nullptr);
  begin(strategy, number, limits);
  Task& body = new_task(TaskId::none());
  body.entry = entry;
  body.argument = argument;
  HEDDLE_CHECK(fibers_.ensure(body.slot));
  fibers_.prepare(body.slot, fiber_main, &body);
  runner_->prepare(body);
  current_ = &body;
  fibers_.switch_to(fibers_.host(), fibers_.fiber(body.slot));
  current_ = nullptr;
  finish();
}

void Engine::finish() {
  summary_.ending = returned_ ? Ending::returned : stuck_ ? Ending::stuck : Ending::left;
  summary_.operation_digest = digest_;
  summary_.digest = mix64(digest_ ^ mix64(access_digest_));
  summary_.steps = steps_;
  summary_.choice_points = choice_points_;
  summary_.tasks = task_count_;
  summary_.most_at_once = most_alive_;
  summary_.overlapped = overlapped_;
  summary_.switches = switches_;
  summary_.delay_ns = delay_ns_;
  summary_.weak_atomics = weak_atomics_;
  summary_.virtual_ns = tasks_[0].clock_ns;
}

// Where a task's stack and heap lie must not depend on the order in which tasks of different
// creators come to be: the body's children count upwards, deeper ones go by a hash of their name.
uint32_t Engine::slot_for(const Task* creator, uint32_t child) const {
  if (creator == nullptr) return 0;
  constexpr uint32_t kHalf = kMaxTasks / 2;
  uint32_t slot =
      creator->slot == 0 && child < kHalf
          ? child
          : kHalf + static_cast<uint32_t>(mix64((uint64_t{creator->slot} << 32) | child) % kHalf);
  while (slot_execution_[slot] == execution_) slot = slot + 1 == kMaxTasks ? 1 : slot + 1;
  return slot;
}

Task& Engine::new_task(TaskId creator_id) {
  Task* creator = creator_id.valid() ? &task(creator_id) : nullptr;
  const TaskId id(task_count_++);
  Task& fresh = tasks_[id.index()];
  new (&fresh, Arena::PlacementTag()) Task();
  fresh.engine = this;
  fresh.id = id;
  fresh.creator = creator_id;
  fresh.child = creator == nullptr ? 0 : ++creator->children;
  fresh.slot = slot_for(creator, fresh.child);
  fresh.clock_ns = creator == nullptr ? 0 : creator->clock_ns;
  fresh.signals_blocked = creator == nullptr ? 0 : creator->signals_blocked;
  fresh.joiners.owner = id;
  fresh.held = held_ + size_t{id.index()} * Task::kMaxHeld;
  slot_execution_[fresh.slot] = execution_;
  slot_task_[fresh.slot] = id;
  log_.births[id.index()] = {creator_id, fresh.child};
  log_.task_count = task_count_;
  pending_[id.index()] = Operation{Op::task_start, 0, false, ObjectId(), 0, Site()};
  strategy_->task_created(id, creator_id, fresh.child);
  set_stop(fresh);  // asks the strategy, which has to know the task
  runnable_.add(id);
  if (++alive_ > most_alive_) most_alive_ = alive_;
  return fresh;
}

Task* Engine::create_task(void* (*entry)(void*), void* argument, Site site) {
  const TaskId creator = current_->id;
  if (task_count_ == kMaxTasks) {
    Detection limit;
    limit.kind = FindingKind::task_limit;
    limit.access.task = creator;
    limit.access.site = site;
    abandon(limit);
  }
  // The slot is known before the task exists, so that a refused stack leaves no trace.
  const uint32_t slot = slot_for(current_, current_->children + 1);
  if (!fibers_.ensure(slot)) return nullptr;
  Task& fresh = new_task(creator);
  HEDDLE_CHECK(fresh.slot == slot);
  fresh.entry = entry;
  fresh.argument = argument;
  fresh.created_at = site;
  fibers_.prepare(slot, fiber_main, &fresh);
  runner_->prepare(fresh);
  return &fresh;
}

void Engine::fiber_main(void* argument) {
  Task& self = *static_cast<Task*>(argument);
  // The runner ends the task through Engine::end_task or Engine::leave.
  self.engine->runner_->run(self);
  HEDDLE_CHECK(false);
  __builtin_trap();
}

void Engine::end_task() {
  Task& self = *current_;
  start_operation(Operation{Op::task_end, 0, false, ObjectId(), 0, Site()});
  Event event;
  event.op = Op::task_end;
  event.task = self.id;
  record(event);
  self.state = TaskState::ended;
  runnable_.remove(self.id);
  --alive_;
  wake_all(self.joiners);
  reschedule(PointReason::ended);
  HEDDLE_CHECK(false);
  __builtin_trap();
}

void Engine::leave(bool returned) {
  if (hopeless_) {
    hopeless_why_.partial = true;
    report(hopeless_why_);
  }
  returned_ = returned;
  Fiber& here = fibers_.fiber(current_->slot);
  fibers_.switch_to(here, fibers_.host());
  __builtin_trap();
}

bool Engine::report(const Detection& detection) {
  for (uint32_t i = 0; i < detection_count_; ++i) {
    const Detection& seen = detections_[i];
    if (seen.kind == detection.kind && seen.access.site == detection.access.site &&
        seen.earlier.site == detection.earlier.site) {
      return false;
    }
  }
  if (detection_count_ == kMaxDetections) return false;
  detections_[detection_count_] = detection;
  detections_[detection_count_++].step = steps_;
  return true;
}

void Engine::abandon(const Detection& detection) {
  hopeless_ = false;  // what ends the execution is told; what would have ended it later is not
  report(detection);
  leave(false);
}

Task* Engine::task_of(uintptr_t thread) {
  const int slot = FiberPool::slot_of(thread);
  return slot < 0 ? nullptr : task_in(static_cast<uint32_t>(slot));
}

Task* Engine::task_in(uint32_t slot) {
  return slot_execution_[slot] == execution_ ? &task(slot_task_[slot]) : nullptr;
}

void Engine::hold_lock(ObjectId object, uintptr_t address, Site site) {
  Task& self = *current_;
  if (self.held_count < Task::kMaxHeld) self.held[self.held_count] = {object, address, site};
  ++self.held_count;
}

void Engine::release_lock(ObjectId object) {
  Task& self = *current_;
  const uint32_t listed = self.held_count < Task::kMaxHeld ? self.held_count : Task::kMaxHeld;
  if (self.held_count > 0) --self.held_count;
  for (uint32_t i = listed; i-- > 0;) {
    if (!(self.held[i].object == object)) continue;
    for (uint32_t j = i + 1; j < listed; ++j) self.held[j - 1] = self.held[j];
    return;
  }
}

}  // namespace heddle
