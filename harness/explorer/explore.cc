#include "explorer/explore.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "explorer/confirm.h"
#include "explorer/execution_loop.h"
#include "explorer/tally.h"
#include "explorer/together.h"

namespace heddle {
namespace {

// Mates cost more than they give where this suffices.
constexpr double kAloneSeconds = 0.2;
constexpr double kWorthSeconds = 0.3;

// Whether what is left would take long enough to be shared out.
bool worth_mates(const Tally& tally, uint64_t next) {
  const double seconds = tally.seconds();
  if (next < kLearningExecutions || seconds < kAloneSeconds) return false;
  const auto done = static_cast<double>(std::max<uint64_t>(tally.evidence().executions, 1));
  return static_cast<double>(tally.executions_left()) * seconds / done >= kWorthSeconds;
}

// All executions, here or with mates. Returns how many had to be run again there.
uint64_t run_all(World& world, Strategy& strategy, const ExploreOptions& options,
                 const ExploreCallbacks& callbacks, Repetition* repetition, Tally& tally) {
  Passage passage;
  passage.repetition = repetition;
  const bool alone = options.jobs <= 1 || strategy.follows() || !callbacks.make_strategy;
  if (!alone) passage.leave = [&](uint64_t next) { return worth_mates(tally, next); };
  uint64_t restarts = 0;
  passage.from = run_executions(world, strategy, options, tally, passage);
  if (alone || tally.due()) return 0;
  passage.from =
      explore_together(world, strategy, options, callbacks, passage.from, tally, restarts);
  passage.has_learned = true;
  passage.leave = nullptr;
  // Nothing is left, unless no mate could be made.
  run_executions(world, strategy, options, tally, passage);
  return restarts;
}

}  // namespace

Verdict verdict_of(const std::vector<Finding>& findings) {
  Verdict verdict = Verdict::pass;
  for (const Finding& finding : findings) {
    if (is_verdict_error(finding.kind)) return Verdict::error;
    if (finding.severity == Severity::error) verdict = Verdict::fail;
  }
  return verdict;
}

ExplorationResult explore(World& world, Strategy& strategy, const ExploreOptions& options,
                          const ExploreCallbacks& callbacks) {
  world.forget_points();
  Tally tally(strategy.follows(), options, callbacks);
  std::optional<Repetition> repetition;
  if (options.check_repeats) {
    repetition.emplace(world, options, callbacks.replay, *callbacks.symbolizer);
  }
  const uint64_t restarts =
      run_all(world, strategy, options, callbacks, repetition ? &*repetition : nullptr, tally);

  ExplorationResult result;
  result.scenario = options.origin.scenario;
  result.parameters = options.parameters;
  result.strategy = strategy.name();
  result.seed = options.seed;
  result.seconds = tally.seconds();
  result.ended_by = tally.ended_by();
  result.evidence = tally.evidence();
  result.evidence.worker_restarts = world.restarts() + restarts;
  if (repetition) result.evidence.isolated_by = repetition->isolated_by();
  tally.tell_outcomes(result);
  if (callbacks.strengthen) {
    callbacks.strengthen(result.evidence, result.ended_by == "exhausted");
  }
  result.findings = confirm(tally.candidates().all(), world, options, callbacks);
  result.verdict = verdict_of(result.findings);
  if (options.shard.of > 1) {
    ShardPart& part = result.shard.emplace();
    part.index = options.shard.index;
    part.of = options.shard.of;
    part.executions = options.executions;
    part.steps = options.steps;
    part.after = options.after;
    part.keep_going = options.keep_going;
    part.told_delay_ns = options.told_delay_ns;
    part.findings = result.findings;
    tally.tell_executions(part);
  }
  return result;
}

}  // namespace heddle
