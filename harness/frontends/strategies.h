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

class Dfs;
class Pct;

struct MadeStrategy {
  std::unique_ptr<Strategy> strategy;
  const Pct* pct = nullptr;  // it, or its member that is one: states a bound

  const Dfs* dfs = nullptr;

  // Adds to the evidence what the strategy proves; call when the exploration has ended,
  // `exhausted`: because nothing is left to explore.
  void state_bound(Evidence& evidence, bool exhausted, const CommandOptions& options) const;
};

// options.strategy, made. Precondition: the name is one of strategy_names().
MadeStrategy make_strategy(const CommandOptions& options);

std::vector<StrategyName> strategy_names();
uint32_t largest_depth();

}  // namespace heddle
