#include "frontends/merge.h"

#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "explorer/join.h"
#include "frontends/failure.h"
#include "frontends/read_file.h"
#include "frontends/schedule_file.h"
#include "frontends/strategies.h"
#include "frontends/suppressions.h"
#include "reports/json.h"
#include "reports/shard_json.h"
#include "reports/text.h"

namespace heddle {
namespace {

constexpr char kRemedy[] =
    "give the JSON report of each `heddle run --shard=i/n --format=json`, once";

ExplorationResult read(const std::string& path) {
  const std::optional<std::string> text = read_file(path);
  if (!text) fail_usage(absl::StrCat("there is no file ", path), kRemedy);
  absl::StatusOr<ExplorationResult> shard = read_shard(*text);
  if (!shard.ok()) {
    fail_usage(absl::StrCat(path, " is no report of a shard: ", shard.status().message()), kRemedy);
  }
  return *std::move(shard);
}

auto identity(const ExplorationResult& result) {
  const ShardPart& part = *result.shard;
  return std::make_tuple(result.scenario, result.parameters, result.strategy, result.seed, part.of,
                         part.executions, part.steps, part.after, part.keep_going,
                         part.told_delay_ns, part.depth, part.require_tasks);
}

std::vector<ExplorationResult> read_all(const std::vector<std::string>& paths) {
  if (paths.empty()) fail_usage("`heddle merge` needs reports", kRemedy);
  std::vector<ExplorationResult> shards;
  for (const std::string& path : paths) {
    shards.push_back(read(path));
    if (identity(shards.back()) != identity(shards.front())) {
      fail_usage(absl::StrCat(path, " is of another exploration than ", paths.front()),
                 "run all shards with the same flags");
    }
  }
  std::sort(shards.begin(), shards.end(),
            [](const auto& a, const auto& b) { return a.shard->index < b.shard->index; });
  const uint32_t of = shards.front().shard->of;
  for (uint32_t i = 0; i < of; ++i) {
    const bool missing = i >= shards.size() || shards[i].shard->index > i;
    const bool twice = !missing && shards[i].shard->index < i;
    if (missing || twice) {
      const uint32_t which = twice ? shards[i].shard->index : i;
      fail_usage(absl::StrCat("the report of shard ", which + 1, "/", of,
                              missing ? " is missing" : " is there twice"),
                 kRemedy);
    }
  }
  if (shards.size() > of) {
    fail_usage(absl::StrCat("the report of shard ", shards[of].shard->index + 1, "/", of,
                            " is there twice"),
               kRemedy);
  }
  return shards;
}

}  // namespace

Answer merge(const CommandOptions& options, const Console& console) {
  const Suppressions suppressions(options.suppressions);
  const std::vector<ExplorationResult> shards = read_all(options.patterns);
  const ShardPart& part = *shards.front().shard;
  CommandOptions run = options;
  run.strategy = shards.front().strategy;
  run.seed = shards.front().seed;
  run.depth = part.depth;
  run.slack_ns = part.told_delay_ns;
  run.require_tasks = part.require_tasks;
  const std::vector<StrategyName> known = strategy_names();
  const bool is_known = std::any_of(known.begin(), known.end(), [&](const StrategyName& strategy) {
    return strategy.name == run.strategy && run.strategy != kExhaustiveStrategy;
  });
  if (!is_known || run.depth < 1 || run.depth > largest_depth()) {
    fail_usage(absl::StrCat(options.patterns.front(), " is of a strategy that has no shards"),
               kRemedy);
  }
  const MadeStrategy made = make_strategy(run);
  ExploreCallbacks callbacks;
  callbacks.strengthen = [&](Evidence& evidence, bool exhausted) {
    made.state_bound(evidence, exhausted, run);
  };
  ExplorationResult result = join_shards(shards, *made.strategy, callbacks);
  finish(run, suppressions, result);
  keep_long_schedules(result.findings, ".", STDERR_FILENO);
  const std::string text = options.format == Format::json
                               ? json_report(result, options.verbose)
                               : text_report(result, text_options(options, console));
  return {text, exit_status(result)};
}

}  // namespace heddle
