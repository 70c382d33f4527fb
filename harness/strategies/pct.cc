#include "strategies/pct.h"

#include <cmath>

#include "base/check.h"
#include "strategies/draw.h"

namespace heddle {
namespace {
constexpr uint64_t kSalt = 2;  // no two strategies share a stream
// Before any execution has been measured: the size of a small test.
constexpr uint64_t kFirstLength = 64;

uint32_t log2_rounded_up(uint64_t value) {
  uint32_t log = 0;
  while (log < 31 && (uint64_t{1} << log) < value) ++log;
  return log;
}

// The current task has nothing to do: it yielded, or sleeps, or waits with a time-out that may come
// at once (else the highest would never sleep, and each of its waits would time out).
bool gives_way(const ChoicePoint& point) {
  if (point.reason == PointReason::yielded) return true;
  return point.reason == PointReason::blocked &&
         (point.current_enabled || point.pending[point.current.index()].op == Op::sleep);
}
}  // namespace

Pct::Pct(uint64_t seed, uint32_t depth) : seed_(seed), depth_(depth), own_(kMaxTasks) {
  HEDDLE_CHECK(depth >= 1 && depth <= kMaxDepth);
}

bool Pct::begin(ExecutionNumber number) {
  rng_ = Rng::for_execution(seed_, number.stream(), kSalt);
  order_.clear();
  waiting_.clear();
  admitted_ = 0;
  lowest_ = 0;
  drawn_for_ = length_ > 0 ? length_ : kFirstLength;
  change_count_ = 0;
  next_change_ = 0;
  odds_ = 0;
  if (has_depth(number.number)) {
    draw_change_points();
  } else {
    odds_ = 1u << rng_.below(1 + log2_rounded_up(drawn_for_));
  }
  return true;
}

// The i-th change point drawn gives priority i, wherever it comes in time (section 3 of the paper).
void Pct::draw_change_points() {
  const uint32_t depth = 1 + rng_.below(depth_);
  const uint32_t range = static_cast<uint32_t>(drawn_for_ < UINT32_MAX ? drawn_for_ : UINT32_MAX);
  change_count_ = depth - 1;
  for (uint32_t i = 0; i < change_count_; ++i) {
    const ChangePoint change = {1 + uint64_t{rng_.below(range)}, i + 1};
    uint32_t at = i;
    for (; at > 0 && changes_[at - 1].number > change.number; --at) changes_[at] = changes_[at - 1];
    changes_[at] = change;
  }
}

TaskId Pct::choose(const ChoicePoint& point) {
  if (point.kind == ChoiceKind::waiter) return any_enabled(point, rng_);
  for (; admitted_ < point.tasks; ++admitted_) {
    own_[admitted_] = drawn();
    order_.add(TaskId(admitted_), own_[admitted_]);
  }
  take_back(point);
  if (gives_way(point)) give_way(point);
  if (point.reason == PointReason::ended) order_.remove(point.current);
  const TaskId woken = maybe_spurious(point, rng_);
  if (woken.valid()) return woken;

  TaskId chosen = order_.highest(*point.enabled);
  // `<=`: choices of other kinds are counted too, and a change waits for the next one of this kind.
  while (next_change_ < change_count_ && changes_[next_change_].number <= point.number) {
    lower(chosen, changes_[next_change_++].priority);
    chosen = order_.highest(*point.enabled);
  }
  if (odds_ != 0 && rng_.below(odds_) == 0) {
    lower(chosen, 1 + static_cast<Priority>(rng_.next() >> 3));
    chosen = order_.highest(*point.enabled);
  }
  HEDDLE_CHECK(chosen.valid());
  return chosen;
}

// Whoever runs, and whoever could run without its sleep or time-out, gives way no longer.
void Pct::take_back(const ChoicePoint& point) {
  for (const TaskId task : waiting_) {
    if (!point.runnable->contains(task)) continue;
    waiting_.remove(task);
    order_.change(task, own_[task.index()]);
  }
  waiting_.remove(point.current);
  if (gives_way_now(point.current)) order_.change(point.current, own_[point.current.index()]);
}

// A wait that is over at once and one that outlasts everything else, and all between: as long as a
// change point lets a task fall, who drew a priority may go on in its stead.
void Pct::give_way(const ChoicePoint& point) {
  const bool behind_all = rng_.below(2) == 0;
  order_.change(point.current, behind_all ? --lowest_ : drawn());
  if (point.reason == PointReason::blocked) waiting_.add(point.current);
}

void Pct::lower(TaskId task, Priority priority) {
  const bool waits = gives_way_now(task);
  own_[task.index()] = priority;
  order_.change(task, waits ? --lowest_ : priority);
}

uint32_t Pct::choose_value(const Position& position, uint32_t bound) {
  static_cast<void>(position);
  return rng_.below(bound);
}

void Pct::end(const TraceSummary& trace) {
  if (has_depth(trace.number) && trace.choice_points <= drawn_for_) ++covered_;
  if (trace.choice_points > most_points_) most_points_ = trace.choice_points;
  if (trace.tasks > most_tasks_) most_tasks_ = trace.tasks;
  if (trace.number < kLearningExecutions && trace.choice_points > length_) {
    length_ = trace.choice_points;
  }
}

double Pct::bound(uint32_t tasks, uint64_t choice_points, uint32_t depth) {
  const double n = tasks > 1 ? tasks : 1;
  const double k = choice_points > 1 ? static_cast<double>(choice_points) : 1;
  return 1 / (n * std::pow(k, depth - 1.0));
}

// 1 - (1 - p)^N without cancellation for the small p that are usual.
double Pct::at_least_once(double probability, uint64_t executions) {
  if (probability >= 1) return executions > 0 ? 1 : 0;
  return -std::expm1(static_cast<double>(executions) * std::log1p(-probability));
}

Pct::Guarantee Pct::guarantee(double threshold) const {
  for (uint32_t depth = depth_; depth >= 1; --depth) {
    const double once = bound(most_tasks_, most_points_, depth) / depth_;
    const double probability = at_least_once(once, covered_);
    if (probability > threshold) return {depth, probability, covered_};
  }
  return {};
}

}  // namespace heddle
