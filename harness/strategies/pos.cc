#include "strategies/pos.h"

#include "base/check.h"
#include "strategies/draw.h"

namespace heddle {
namespace {

constexpr uint64_t kSalt = 3;  // no two strategies share a stream
// Where the size of an access is not told, it is longer than any single load.
constexpr uintptr_t kLongAccess = 4096;

bool is_plain(const Operation& operation) {
  return operation.op == Op::read || operation.op == Op::write;
}

uintptr_t end_of(const Operation& operation) {
  if (operation.size != 0) return operation.address + operation.size;
  return operation.address + (is_plain(operation) ? kLongAccess : 1);
}

bool sleeps(const ChoicePoint& point) {
  return point.reason == PointReason::blocked &&
         (point.current_enabled || point.pending[point.current.index()].op == Op::sleep);
}

}  // namespace

Pos::Pos(uint64_t seed) : seed_(seed), priorities_(kMaxTasks) {}

bool Pos::begin(ExecutionNumber number) {
  rng_ = Rng::for_execution(seed_, number.stream(), kSalt);
  waiting_.clear();
  admitted_ = 0;
  lowest_ = 0;
  return true;
}

bool Pos::dependent(const Operation& a, const Operation& b) {
  if (a.only_reads && b.only_reads) return false;
  if (a.object.valid() && a.object == b.object) return true;
  if (a.address == 0 || b.address == 0) return false;
  return a.address < end_of(b) && b.address < end_of(a);
}

// A yielder goes behind everybody. With each draw the band grows, so that a sleeper that keeps its
// place rises in it: nobody overtakes it for ever.
Pos::Priority Pos::sunk(const ChoicePoint& point) {
  --lowest_;
  if (!sleeps(point)) return lowest_;
  const auto band = static_cast<uint32_t>(-lowest_ < UINT32_MAX ? -lowest_ : UINT32_MAX);
  return -1 - static_cast<Priority>(rng_.below(band));
}

// What they have been woken for competes from now on.
void Pos::take_back_woken(const ChoicePoint& point) {
  waiting_.remove(point.current);
  for (const TaskId task : waiting_) {
    if (!point.runnable->contains(task)) continue;
    waiting_.remove(task);
    priorities_[task.index()] = drawn();
  }
}

// Of equal ones the older task.
TaskId Pos::highest(const TaskSet& enabled) const {
  TaskId best = TaskId::none();
  for (const TaskId task : enabled) {
    if (!best.valid() || priorities_[task.index()] > priorities_[best.index()]) best = task;
  }
  return best;
}

void Pos::redraw_dependent(const ChoicePoint& point, TaskId chosen) {
  const Operation& executed = point.pending[chosen.index()];
  for (const TaskId task : *point.enabled) {
    Priority& priority = priorities_[task.index()];
    // Who has given way keeps its place: its operation did not begin to compete yet.
    if (task == chosen || priority < 0) continue;
    if (dependent(executed, point.pending[task.index()])) priority = drawn();
  }
}

TaskId Pos::choose(const ChoicePoint& point) {
  if (point.kind == ChoiceKind::waiter) return any_enabled(point, rng_);
  for (; admitted_ < point.tasks; ++admitted_) priorities_[admitted_] = drawn();
  take_back_woken(point);
  // The current task has reached its next operation.
  const bool gives_way = point.reason == PointReason::yielded || sleeps(point);
  const bool sinks = gives_way && rng_.below(2) == 0;
  priorities_[point.current.index()] = sinks ? sunk(point) : drawn();
  if (sinks && sleeps(point)) waiting_.add(point.current);
  const TaskId woken = maybe_spurious(point, rng_);
  if (woken.valid()) return woken;
  const TaskId chosen = highest(*point.enabled);
  HEDDLE_CHECK(chosen.valid());
  redraw_dependent(point, chosen);
  return chosen;
}

uint32_t Pos::choose_value(const Position& position, uint32_t bound) {
  static_cast<void>(position);
  return rng_.below(bound);
}

}  // namespace heddle
