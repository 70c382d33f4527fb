// Every choice uniformly at random: the simplest strategy, fair with probability 1.
//
// Once an execution is long, its tasks take longer strides. Two tasks of n points each that are
// drawn anew at every point stay within about sqrt(n) of each other, so a uniform walk meets ever
// less that is new, and pays a context switch at every other point. Keeping the running task for a
// while lets tasks drift apart and costs an eighth of the switches; all choices stay possible.
#pragma once

#include "base/rng.h"
#include "core/strategy.h"
#include "strategies/draw.h"

namespace heddle {

class RandomStrategy : public Strategy {
 public:
  // Choice points of an execution before it counts as long; from then on a task that could go on
  // is drawn anew once in so many.
  static constexpr uint64_t kLongAfter = uint64_t{1} << 15;
  static constexpr uint32_t kStride = 16;

  explicit RandomStrategy(uint64_t seed) : seed_(seed) {}

  const char* name() const override { return "random"; }
  bool begin(ExecutionNumber number) override;
  TaskId choose(const ChoicePoint& point) override;
  uint32_t choose_value(const Position& position, uint32_t bound) override;
  bool choose_rare(const Position&) override { return is_rare(rng_); }

 private:
  bool goes_on(const ChoicePoint& point);

  const uint64_t seed_;
  Rng rng_;
};

}  // namespace heddle
