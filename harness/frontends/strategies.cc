#include "frontends/strategies.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "strategies/dfs.h"
#include "strategies/pct.h"
#include "strategies/portfolio.h"
#include "strategies/pos.h"
#include "strategies/random.h"

namespace heddle {
namespace {

MadeStrategy make_random(const CommandOptions& options) {
  return {std::make_unique<RandomStrategy>(options.seed)};
}

MadeStrategy make_pct(const CommandOptions& options) {
  auto pct = std::make_unique<Pct>(options.seed, options.depth);
  const Pct* bare = pct.get();
  return {std::move(pct), bare};
}

MadeStrategy make_pos(const CommandOptions& options) {
  return {std::make_unique<Pos>(options.seed)};
}

MadeStrategy make_portfolio(const CommandOptions& options) {
  MadeStrategy pct = make_pct(options);
  std::vector<std::unique_ptr<Strategy>> members;
  members.push_back(make_random(options).strategy);
  members.push_back(std::move(pct.strategy));
  members.push_back(make_pos(options).strategy);
  return {std::make_unique<Portfolio>(std::move(members)), pct.pct};
}

MadeStrategy make_dfs(const CommandOptions& options) {
  Dfs::Options search;
  search.reduce = options.reduction && !options.preemptions.has_value();
  search.preemptions = options.preemptions.value_or(Dfs::kNoBound);
  auto dfs = std::make_unique<Dfs>(search);
  const Dfs* bare = dfs.get();
  return {std::move(dfs), nullptr, bare};
}

// A new strategy is one more row.
struct StrategyRow {
  const char* name;
  const char* help;
  MadeStrategy (*make)(const CommandOptions& options);
};
constexpr StrategyRow kStrategies[] = {
    {"portfolio", "random, pct and pos in turn", make_portfolio},
    {"random", "every choice uniformly", make_random},
    {"pct", "priorities that change at few points", make_pct},
    {"pos", "priorities that dependent operations draw anew", make_pos},
    {kExhaustiveStrategy, "every execution, up to equivalence", make_dfs},
};

// Of a bug that deep a pass says something worth saying.
constexpr double kLeastProbability = 0.01;

}  // namespace

MadeStrategy make_strategy(const CommandOptions& options) {
  for (const StrategyRow& row : kStrategies) {
    if (options.strategy == row.name) return row.make(options);
  }
  HEDDLE_CHECK(false);
  return {};
}

namespace {

void state_search(const Dfs& dfs, bool exhausted, const CommandOptions& options,
                  Evidence& evidence) {
  if (!exhausted || dfs.incomplete()) {
    evidence.share = dfs.share();
    return;
  }
  evidence.spurious = options.spurious;
  evidence.kind = EvidenceKind::exhaustive;
  if (!options.preemptions.has_value()) return;
  evidence.kind = EvidenceKind::bounded;
  evidence.bound =
      absl::StrCat(*options.preemptions, " preemption", *options.preemptions == 1 ? "" : "s");
}

}  // namespace

void MadeStrategy::state_bound(Evidence& evidence, bool exhausted,
                               const CommandOptions& options) const {
  if (dfs != nullptr) state_search(*dfs, exhausted, options, evidence);
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
