#include "strategies/pct.h"

#include <cmath>

#include "base/check.h"
#include "strategies/draw.h"

namespace heddle {
namespace {
constexpr uint64_t kSalt = 2;  // no two strategies share a stream
// Before any execution has been measured: the size of a small test.
constexpr uint64_t kFirstLength = 64;

// The current task has nothing to do: it yielded, or sleeps, or waits with a time-out that may come
// at once (else the highest would never sleep, and each of its waits would time out).
bool gives_way(const ChoicePoint& point) {
  if (point.reason == PointReason::yielded) return true;
  return point.reason == PointReason::blocked &&
         (point.current_enabled || point.pending[point.current.index()].op == Op::sleep);
}
}  // namespace

Pct::Pct(uint64_t seed, uint32_t depth) : seed_(seed), depth_(depth) {
  HEDDLE_CHECK(depth >= 1 && depth <= kMaxDepth);
}

bool Pct::begin(ExecutionNumber number) {
  rng_ = Rng::for_execution(seed_, number.stream(), kSalt);
  order_.clear();
  admitted_ = 0;
  lowest_ = 0;
  drawn_for_ = length_ > 0 ? length_ : kFirstLength;
  draw_change_points();
  return true;
}

// The i-th change point drawn gives priority i, wherever it comes in time (section 3 of the paper).
void Pct::draw_change_points() {
  const uint32_t depth = 1 + rng_.below(depth_);
  const uint32_t range = static_cast<uint32_t>(drawn_for_ < UINT32_MAX ? drawn_for_ : UINT32_MAX);
  change_count_ = depth - 1;
  next_change_ = 0;
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
    order_.add(TaskId(admitted_), kDrawnFloor + 1 + static_cast<Priority>(rng_.next() >> 2));
  }
  if (gives_way(point)) order_.change(point.current, --lowest_);
  if (point.reason == PointReason::ended) order_.remove(point.current);
  const TaskId woken = maybe_spurious(point, rng_);
  if (woken.valid()) return woken;

  TaskId chosen = order_.highest(*point.enabled);
  // `<=`: choices of other kinds are counted too, and a change waits for the next one of this kind.
  while (next_change_ < change_count_ && changes_[next_change_].number <= point.number) {
    order_.change(chosen, changes_[next_change_++].priority);
    chosen = order_.highest(*point.enabled);
  }
  HEDDLE_CHECK(chosen.valid());
  return chosen;
}

uint32_t Pct::choose_value(const Position& position, uint32_t bound) {
  static_cast<void>(position);
  return rng_.below(bound);
}

void Pct::end(const TraceSummary& trace) {
  if (trace.choice_points <= drawn_for_) ++covered_;
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
