// Scheduling points and choices: who may go on, whom the strategy picks, what is logged.
#include "base/rng.h"
#include "engine/engine.h"

namespace heddle {
namespace {

// A task that reads the same place this often, while nothing changes, is spinning.
constexpr uint32_t kSpinReads = 8;
// Reads after which another place is watched for repetition.
constexpr uint32_t kAnchorReads = 64;
// Virtual time that a clock reading or a yield takes; readings in a row take ever more.
constexpr uint64_t kClockReadNs = 1'000;
constexpr uint32_t kPatientClockReads = 100;
constexpr uint64_t kLongestClockReadNs = 10'000'000;

// In four lanes, as one would wait for its own multiplications.
uint64_t digest_of(const uintptr_t* word, const uintptr_t* end) {
  constexpr int kLanes = 4;
  uint64_t lanes[kLanes] = {1, 2, 3, 4};
  const auto mix = [](uint64_t lane, uint64_t value) {
    lane = (lane ^ value) * 0x9e3779b97f4a7c15ull;
    return lane ^ (lane >> 29);
  };
  for (; end - word >= kLanes; word += kLanes) {
    for (int i = 0; i < kLanes; ++i) lanes[i] = mix(lanes[i], word[i]);
  }
  for (; word < end; ++word) lanes[0] = mix(lanes[0], *word);
  return mix(mix(mix(lanes[0], lanes[1]), lanes[2]), lanes[3]);
}

}  // namespace

void Engine::set_stop(Task& task) {
  const uint32_t spin = task.accesses + kSpinAccesses - task.accesses % kSpinAccesses;
  task.stop_at = spin;
  if (!wants_stops_) return;
  const uint32_t wanted = strategy_->next_stop(task.id, task.operations, task.accesses);
  if (wanted != 0 && wanted < spin) task.stop_at = wanted;
}

void Engine::count_step(const Operation& operation) {
  ++steps_;
  log_.steps = steps_;
  log_.current = current_->id;
  // Whether an access is a point differs between an execution and its replay.
  if (operation.op != Op::read && operation.op != Op::write) log_.site = operation.site;
  if (steps_ > limits_.max_steps) limit_exceeded();
}

void Engine::start_operation(const Operation& operation) {
  Task& self = *current_;
  ++self.operations;
  ++operations_;
  self.accesses = 0;
  self.turn = 0;
  self.stop_at = kSpinAccesses;
  if (wants_stops_) set_stop(self);
  copy_fresh(pending_[self.id.index()], operation);
  if (alive_ > 1 && !overlapped_) overlapped_ = overlaps(operation.op);
  count_step(operation);
  if (hopeless_ && operations_ > hopeless_until_) give_up_when_due();
}

// Whether the current task acts while another lives that is not one of its creators. They may be
// about to do nothing but join it, as after `std::thread(f).join()`; what they do is looked at when
// they do it.
bool Engine::overlaps(Op op) const {
  if (op == Op::task_start || op == Op::task_create || op == Op::task_join) return false;
  uint32_t line = 1;  // alive in its line of creators, itself included
  for (TaskId id = current_->creator; id.valid(); id = tasks_[id.index()].creator) {
    if (tasks_[id.index()].state != TaskState::ended) ++line;
  }
  return alive_ > line;
}

void Engine::limit_exceeded() {
  Detection limit;
  limit.kind = FindingKind::step_limit;
  limit.access.task = current_->id;
  limit.access.site = pending_[current_->id.index()].site;
  abandon(limit);
}

void Engine::give_up_when_due() {
  Detection why = hopeless_why_;
  why.partial = true;
  abandon(why);
}

void Engine::scheduling_point(const Operation& operation) {
  Task& self = *current_;
  start_operation(operation);
  if (time_is_free_) {
    reschedule(PointReason::operation);
  } else if (spins(self)) {
    hold_back(self);
    reschedule(PointReason::yielded);
  } else if (self.operations - first_of_turn_ >= kPatience) {
    // It may be polling. Not held back: if it computes, no sleep may end before its time.
    self.clock_ns += kClockReadNs;
    reschedule(PointReason::yielded);
  } else {
    reschedule(PointReason::operation);
  }
  if (self.interrupted) runner_->interrupt(self);
}

void Engine::access_point(const Operation& operation) {
  Task& self = *current_;
  self.turn = 0;
  copy_fresh(pending_[self.id.index()], operation);
  count_step(operation);
  reschedule(PointReason::access);
}

void Engine::access_stop(const Operation& operation) {
  Task& self = *current_;
  const bool spinning = self.accesses % kSpinAccesses == 0;
  set_stop(self);
  self.turn = 0;
  pending_[self.id.index()] = operation;
  count_step(operation);
  if (spinning && !time_is_free_) hold_back(self);
  reschedule(spinning ? PointReason::yielded : PointReason::access);
}

void Engine::yield_point(const Operation& operation) {
  start_operation(operation);
  current_->clock_ns += kClockReadNs;
  reschedule(PointReason::yielded);
}

void Engine::split_point(const Operation& operation) {
  if (!splits_) return;
  pending_[current_->id.index()] = operation;
  Task& self = *current_;
  const uint32_t turn = self.turn;
  self.turn += Position::kSplitTurn;
  reschedule(PointReason::operation);
  self.turn = turn;
}

uint64_t Engine::read_clock() {
  Task& self = *current_;
  if (follows_) note_progress();
  uint64_t step = kClockReadNs;
  if (++self.clock_reads > kPatientClockReads) {
    const uint32_t doublings = self.clock_reads - kPatientClockReads;
    step = doublings < 14 ? kClockReadNs << doublings : kLongestClockReadNs;
    if (step > kLongestClockReadNs) step = kLongestClockReadNs;
  }
  return self.clock_ns += step;
}

// Of the clocks of those that could run and the deadlines of those that wait for one.
uint64_t Engine::earliest_time() const {
  uint64_t earliest = kNoDeadline;
  runnable_.visit([&](TaskId id) {
    const uint64_t clock = tasks_[id.index()].clock_ns;
    earliest = clock < earliest ? clock : earliest;
  });
  timed_.visit([&](TaskId id) {
    const uint64_t deadline = tasks_[id.index()].deadline_ns;
    earliest = deadline < earliest ? deadline : earliest;
  });
  return earliest;
}

// A sleeper may go ahead of tasks that could run, as long as none of these is held back for more
// than the slack.
void Engine::add_eligible_sleepers() {
  const uint64_t earliest = earliest_time();
  const uint64_t horizon =
      earliest > kNoDeadline - limits_.slack_ns ? kNoDeadline - 1 : earliest + limits_.slack_ns;
  timed_.visit([&](TaskId id) {
    if (task(id).deadline_ns <= horizon) scratch_.add(id);
  });
}

Engine::Candidates Engine::candidates() {
  if (timed_.empty()) {
    uint32_t count = runnable_.count();
    if (count == 0 && !held_back_.empty()) {
      release_held_back();
      count = runnable_.count();
    }
    return {&runnable_, count};
  }
  scratch_.assign(runnable_);
  add_eligible_sleepers();
  return {&scratch_, scratch_.count()};
}

// What the running task would do next if nothing that it looks at changed: a digest of its stack as
// the program sees it, of where the program is, and of what it has done elsewhere. 0: not known, or
// it is about to do something by which it gets on.
uint64_t Engine::own_state() const {
  const Operation& pending = pending_[current_->id.index()];
  switch (pending.op) {
    case Op::read:
    case Op::atomic_load:
    case Op::atomic_update:
    case Op::atomic_compare:
    case Op::atomic_store:
    case Op::mutex_lock:
    case Op::mutex_try_lock:
    case Op::mutex_unlock:
    case Op::semaphore_post:
    case Op::yield:
    case Op::sleep:
      break;
    default:
      if (!pending.gives_up) return 0;
  }
  // The frame that called us holds the operation's site as its return address.
  const auto* frame = static_cast<const uintptr_t*>(__builtin_frame_address(0));
  const auto* const end =
      reinterpret_cast<const uintptr_t*>(fibers_.fiber(current_->slot).stack_high);
  while (frame < end && frame[1] != pending.site.pc) {
    const auto* const next = reinterpret_cast<const uintptr_t*>(frame[0]);
    if (next <= frame) return 0;
    frame = next;
  }
  constexpr int64_t kDeepest = 8192;  // words
  if (frame >= end || end - frame > kDeepest) return 0;
  return (mix64(pending.site.pc ^ (current_->progress << 20)) ^ digest_of(frame, end)) | 1;
}

// The strategy's choice; it may also leave the execution.
TaskId Engine::ask(const ChoicePoint& point) {
  const TaskId wanted = strategy_->choose(point);
  if (!wanted.valid() && follows_) {
    hopeless_ = false;
    leave(false);
  }
  HEDDLE_CHECK(point.enabled->contains(wanted) || point.spurious->contains(wanted));
  return wanted;
}

// Fills in what own_state and own_place are for a strategy that follows.
void Engine::tell_state(ChoicePoint& point) const {
  point.own_state = point.own_place = 0;
  if (point.reason == PointReason::ended || !strategy_->wants_own_state()) return;
  const Operation& pending = pending_[current_->id.index()];
  point.own_state = own_state();
  point.own_place = mix64(pending.site.pc ^ (current_->progress << 20)) ^ pending.address;
}

// Who goes on. Calls from here to the switch are the last ones of their functions: after a switch
// the processor has no idea where any of them returns to.
//
// The default choice: keep running the current task; when it cannot or should not go on, the next
// one in turn, so that no default starves a spin-wait.
TaskId Engine::choose_next(PointReason reason) {
  const Candidates candidates = this->candidates();
  if (candidates.count == 0) stuck();
  const TaskSet& enabled = *candidates.enabled;
  spurious_offer_.clear();
  if (!spurious_.empty()) {
    spurious_offer_.assign(spurious_);
    spurious_offer_.remove_all(enabled);
  }
  Task& self = *current_;
  const bool may_stay = enabled.contains(self.id);
  const bool goes_on = reason == PointReason::operation || reason == PointReason::access;
  const TaskId fallback = goes_on && may_stay ? self.id : enabled.next_after(self.id);
  const bool several = candidates.count > 1 || !spurious_offer_.empty();
  if (!several && !every_point_) {
    ++self.turn;
    return fallback;
  }
  if (several) ++choice_points_;
  ChoicePoint& point = point_;
  point.reason = reason;
  point.position = position();
  ++self.turn;
  point.current = self.id;
  point.current_enabled = may_stay;
  point.fallback = fallback;
  point.enabled = &enabled;
  point.enabled_count = candidates.count;
  point.number = choice_points_;
  point.tasks = task_count_;
  if (follows_) tell_state(point);
  const TaskId chosen = ask(point);
  if (every_point_) every_point_ = strategy_->every_point();
  if (!(chosen == fallback)) log_choice(ChoiceKind::task, point.position, chosen, 0);
  return chosen;
}

void Engine::reschedule(PointReason reason) {
  resume(choose_next(reason));
}

// `next` goes ahead of those that could run, or whose time comes earlier.
void Engine::note_delay(const Task& next) {
  const uint64_t delay = next.deadline_ns - earliest_time();  // it is one of them
  if (delay > delay_ns_) delay_ns_ = delay;
}

void Engine::resume(TaskId chosen) {
  Task& next = task(chosen);
  if (!runnable_.contains(chosen)) {
    const bool by_time = timed_.contains(chosen) && !spurious_offer_.contains(chosen);
    if (by_time && follows_) note_delay(next);
    if (by_time && next.clock_ns < next.deadline_ns) next.clock_ns = next.deadline_ns;
    unblock(next, by_time ? Wake::timed_out : Wake::spurious);
  }
  if (&next != current_) switch_to(next);
}

void Engine::switch_to(Task& next) {
  Fiber& from = fibers_.fiber(current_->slot);
  current_ = &next;
  first_of_turn_ = next.operations;
  ++switches_;
  fibers_.switch_to(from, fibers_.fiber(next.slot));
}

uint32_t Engine::choose_value(uint32_t bound) {
  if (bound <= 1) return 0;
  const Position here = position();
  ++current_->turn;
  ++choice_points_;
  const uint32_t value = strategy_->choose_value(here, bound);
  HEDDLE_CHECK(value < bound);
  if (value != 0) log_choice(ChoiceKind::value, here, TaskId::none(), value);
  return value;
}

bool Engine::choose_aside() {
  Position here = position();
  here.turn = kAsideTurn;
  ++choice_points_;
  const bool taken = strategy_->choose_rare(here);
  if (taken) log_choice(ChoiceKind::value, here, TaskId::none(), 1);
  return taken;
}

void Engine::log_choice(ChoiceKind kind, const Position& position, TaskId chosen, uint32_t value) {
  HEDDLE_CHECK(log_.choice_count < ExecutionLog::kMaxChoices);
  log_.choices[log_.choice_count++] = Choice{position, kind, chosen, value};
}

// ---- Spin-waits ---------------------------------------------------------------------------------

// A task that repeats the same reads while nothing changes is held back until something does, or
// until nobody else can go on. Only operations count, never plain accesses: whether these are
// points must not change what the default choice is.
void Engine::note_read(uintptr_t address, uintptr_t pc) {
  Task& self = *current_;
  if (self.streak_changes != changes_ || self.streak_reads >= kAnchorReads) {
    self.streak_changes = changes_;
    self.streak_reads = 0;
    self.anchor_hits = 0;
    self.anchor_address = address;
    self.anchor_pc = pc;
    return;
  }
  ++self.streak_reads;
  if (self.anchor_address == address && self.anchor_pc == pc) ++self.anchor_hits;
}

void Engine::note_look(const Event& event) {
  Task& self = *current_;
  const Task::Look before = self.looked;
  Task::Look& look = self.looked;
  look.address = event.address;
  look.value = event.value;
  look.pc = event.site.pc;
  look.operation = self.operations;
  look.size = event.size <= 8 ? event.size : 0;
  look.second = before.operation + 1 == look.operation && before.address == look.address &&
                before.pc != look.pc;
}

void Engine::note_change() {
  ++changes_;
  if (!held_back_.empty()) release_held_back();
}

bool Engine::spins(const Task& task) const {
  return task.anchor_hits >= kSpinReads && task.streak_changes == changes_;
}

void Engine::hold_back(Task& task) {
  task.anchor_hits = 0;
  runnable_.remove(task.id);
  held_back_.add(task.id);
}

void Engine::release_held_back() {
  runnable_.add_all(held_back_);
  held_back_.clear();
}

// ---- What has happened --------------------------------------------------------------------------

void Engine::record(const Event& event) {
  const uint64_t what = (uint64_t{event.task.index()} << 48) |
                        (static_cast<uint64_t>(event.op) << 40) |
                        (static_cast<uint64_t>(event.effect) << 36);
  const bool plain = event.op == Op::read || event.op == Op::write;
  uint64_t& digest = plain ? access_digest_ : digest_;
  digest = (digest ^ what ^ (event.address << 3)) * 0x9e3779b97f4a7c15ull;
  digest ^= (digest >> 29) ^ (event.before * 0xff51afd7ed558ccdull);
  switch (event.op) {
    case Op::read:
    case Op::write:
    case Op::yield:
    case Op::sleep:
    case Op::check:
    case Op::clock_read:
      break;
    case Op::atomic_load:
      note_look(event);
      note_read(event.address, event.site.pc);
      break;
    case Op::semaphore_value:
    case Op::cancel_test:
      note_read(event.address, event.site.pc);
      break;
    case Op::atomic_store:
    case Op::atomic_update:
    case Op::atomic_compare:
      if (event.effect == Effect::done && event.value != event.before) {
        note_change();
      } else {
        note_read(event.address, event.site.pc);
      }
      break;
    default:
      if (event.effect == Effect::failed) {
        note_read(event.address, event.site.pc);
      } else if (event.effect == Effect::done) {
        note_change();
      }
  }
  if (event.op != Op::clock_read && event.op != Op::yield) current_->clock_reads = 0;
  if (event.op >= Op::atomic_load && event.op <= Op::fence && event.order != MemoryOrder::seq_cst) {
    ++weak_atomics_;
  }
  if (follows_) strategy_->happened(event);
  for (uint32_t i = 0; i < observer_count_; ++i) observers_[i]->on(event);
}

}  // namespace heddle
