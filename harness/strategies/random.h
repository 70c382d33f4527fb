// Every choice uniformly at random: the simplest strategy, fair with probability 1.
#pragma once

#include "base/rng.h"
#include "core/strategy.h"

namespace heddle {

class RandomStrategy : public Strategy {
 public:
  explicit RandomStrategy(uint64_t seed) : seed_(seed) {}

  const char* name() const override { return "random"; }
  bool begin(ExecutionNumber number) override;
  TaskId choose(const ChoicePoint& point) override;
  uint32_t choose_value(const Position& position, uint32_t bound) override;

 private:
  const uint64_t seed_;
  Rng rng_;
};

}  // namespace heddle
