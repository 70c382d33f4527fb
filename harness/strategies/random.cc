#include "strategies/random.h"

#include "strategies/draw.h"

namespace heddle {
namespace {
constexpr uint64_t kSalt = 1;  // no two strategies share a stream
}  // namespace

bool RandomStrategy::begin(ExecutionNumber number) {
  rng_ = Rng::for_execution(seed_, number.stream(), kSalt);
  return true;
}

// In a long execution: whether the running task is kept without a draw among all.
bool RandomStrategy::goes_on(const ChoicePoint& point) {
  if (point.number <= kLongAfter || !point.current_enabled) return false;
  if (point.reason != PointReason::operation && point.reason != PointReason::access) return false;
  return point.kind == ChoiceKind::task && rng_.below(kStride) != 0;
}

// A task that has yielded may run on at once: with no preference for it, others soon have their
// turn, and what happens only when nobody comes in between stays possible.
TaskId RandomStrategy::choose(const ChoicePoint& point) {
  const TaskId woken = maybe_spurious(point, rng_);
  if (woken.valid()) return woken;
  return goes_on(point) ? point.current : any_enabled(point, rng_);
}

uint32_t RandomStrategy::choose_value(const Position& position, uint32_t bound) {
  static_cast<void>(position);
  return rng_.below(bound);
}

}  // namespace heddle
