#include "frontends/strategies.h"

#include "base/check.h"
#include "strategies/pct.h"
#include "strategies/portfolio.h"
#include "strategies/pos.h"
#include "strategies/random.h"

namespace heddle {
namespace {

MadeStrategy make_random(uint64_t seed, uint32_t) {
  return {std::make_unique<RandomStrategy>(seed), nullptr};
}

MadeStrategy make_pct(uint64_t seed, uint32_t depth) {
  auto pct = std::make_unique<Pct>(seed, depth);
  const Pct* bare = pct.get();
  return {std::move(pct), bare};
}

MadeStrategy make_pos(uint64_t seed, uint32_t) {
  return {std::make_unique<Pos>(seed), nullptr};
}

MadeStrategy make_portfolio(uint64_t seed, uint32_t depth) {
  MadeStrategy pct = make_pct(seed, depth);
  std::vector<std::unique_ptr<Strategy>> members;
  members.push_back(make_random(seed, depth).strategy);
  members.push_back(std::move(pct.strategy));
  members.push_back(make_pos(seed, depth).strategy);
  return {std::make_unique<Portfolio>(std::move(members)), pct.pct};
}

// A new strategy is one more row.
struct StrategyRow {
  const char* name;
  const char* help;
  MadeStrategy (*make)(uint64_t seed, uint32_t depth);
};
constexpr StrategyRow kStrategies[] = {
    {"portfolio", "random, pct and pos in turn", make_portfolio},
    {"random", "every choice uniformly", make_random},
    {"pct", "priorities that change at few points", make_pct},
    {"pos", "priorities that dependent operations draw anew", make_pos},
};

// Of a bug that deep a pass says something worth saying.
constexpr double kLeastProbability = 0.01;

}  // namespace

MadeStrategy make_strategy(const std::string& name, uint64_t seed, uint32_t depth) {
  for (const StrategyRow& row : kStrategies) {
    if (name == row.name) return row.make(seed, depth);
  }
  HEDDLE_CHECK(false);
  return {};
}

void MadeStrategy::state_bound(Evidence& evidence) const {
  if (pct == nullptr) return;
  const Pct::Guarantee guarantee = pct->guarantee(kLeastProbability);
  evidence.pct_depth = static_cast<int>(guarantee.depth);
  evidence.pct_probability = guarantee.probability;
  evidence.pct_executions = guarantee.executions;
}

std::vector<StrategyName> strategy_names() {
  std::vector<StrategyName> names;
  for (const StrategyRow& row : kStrategies) names.push_back({row.name, row.help});
  return names;
}

uint32_t largest_depth() {
  return Pct::kMaxDepth;
}

}  // namespace heddle
