// The strategies that --strategy takes: the only file that names them is strategies.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/strategy.h"
#include "frontends/options.h"

namespace heddle {

class Pct;

struct MadeStrategy {
  std::unique_ptr<Strategy> strategy;
  const Pct* pct = nullptr;  // it, or its member that is one: states a bound

  // Adds to the evidence what the strategy proves; call when the exploration has ended.
  void state_bound(Evidence& evidence) const;
};

// Precondition: the name is one of strategy_names().
MadeStrategy make_strategy(const std::string& name, uint64_t seed, uint32_t depth);

std::vector<StrategyName> strategy_names();
uint32_t largest_depth();

}  // namespace heddle
