#include "explorer/join.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "explorer/confirm.h"
#include "explorer/tally.h"

namespace heddle {
namespace {

class Join {
 public:
  Join(const std::vector<ExplorationResult>& shards, Strategy& strategy, Tally& tally)
      : shards_(shards), strategy_(strategy), tally_(tally), next_(shards.size()) {}

  void run();
  std::vector<Finding> findings();

 private:
  const ShardPart& part(size_t shard) const { return *shards_[shard].shard; }
  Detection stand_in(const Finding& finding);
  void take(size_t shard, uint64_t ordinal);

  const std::vector<ExplorationResult>& shards_;
  Strategy& strategy_;
  Tally& tally_;
  std::vector<uint64_t> next_;                        // by shard: the ordinal that comes next
  absl::flat_hash_map<std::string, uintptr_t> keys_;  // numbers of findings that are the same
};

// Findings that are the same get detections that are, as long as these are compared by places.
Detection Join::stand_in(const Finding& finding) {
  Detection detection;
  detection.kind = finding.kind;
  detection.note = finding.severity == Severity::note;
  detection.access.site.pc = keys_.emplace(finding.key, keys_.size() + 1).first->second;
  return detection;
}

// The ranges ascend.
bool contains(const Finding& finding, uint64_t ordinal) {
  const auto after =
      std::upper_bound(finding.seen_in.begin(), finding.seen_in.end(), ordinal,
                       [](uint64_t wanted, const auto& range) { return wanted < range.first; });
  return after != finding.seen_in.begin() && ordinal <= std::prev(after)->second;
}

void Join::take(size_t shard, uint64_t ordinal) {
  const ShardPart& from = part(shard);
  const ShardExecution& execution = from.all[ordinal];
  PlainExecution plain;
  plain.summary = execution.summary;
  plain.trace_class = execution.trace_class;
  ExecutionOutcome outcome;
  outcome.summary = execution.summary;
  for (const Finding& finding : from.findings) {
    if (contains(finding, ordinal)) outcome.detections.push_back(stand_in(finding));
  }
  Schedule schedule;
  if (execution.outcome >= 0) {
    const std::string& value = from.outcomes[static_cast<size_t>(execution.outcome)];
    outcome.outcomes.push_back(value);
    for (const OutcomeCount& known : shards_[shard].outcomes) {
      if (known.value != value) continue;
      const absl::StatusOr<Schedule> decoded = decode(known.schedule);
      if (decoded.ok()) schedule = *decoded;
      break;
    }
  }
  const ExecutionNumber number{execution.summary.number, 0};
  strategy_.begin(number);
  strategy_.end(execution.summary);
  KnownWitness witness(std::move(schedule));  // the rest a shard has told already
  tally_.take(number, outcome, plain, witness);
}

void Join::run() {
  for (uint64_t number = 0;; ++number) {
    const size_t shard = number % shards_.size();
    const std::vector<ShardExecution>& all = part(shard).all;
    uint64_t& next = next_[shard];
    if (next == all.size()) {
      tally_.due();
      return;  // it had come to its end
    }
    while (next < all.size() && all[next].summary.number == number) {
      if (tally_.due()) return;
      take(shard, next++);
    }
  }
}

// Each as the shard tells it whose execution is the first.
std::vector<Finding> Join::findings() {
  std::vector<Confirmed> all;
  for (const Candidate& candidate : tally_.candidates().all()) {
    const size_t shard = candidate.execution % shards_.size();
    for (const Finding& finding : part(shard).findings) {
      if (!(DetectionKey::of(stand_in(finding)) == candidate.key)) continue;
      all.push_back({finding, candidate.executions, all.size()});
      all.back().finding.execution = candidate.execution;
      break;
    }
  }
  return in_order(std::move(all), part(0).told_delay_ns);
}

}  // namespace

ExplorationResult join_shards(const std::vector<ExplorationResult>& shards, Strategy& strategy,
                              const ExploreCallbacks& callbacks) {
  const ExplorationResult& first = shards.front();
  ExploreOptions options;
  options.executions = first.shard->executions;
  options.steps = first.shard->steps;
  options.after = first.shard->after;
  options.keep_going = first.shard->keep_going;
  options.told_delay_ns = first.shard->told_delay_ns;
  Tally tally(/*searches=*/false, options, callbacks);
  Join join(shards, strategy, tally);
  join.run();

  ExplorationResult result;
  result.scenario = first.scenario;
  result.parameters = first.parameters;
  result.strategy = first.strategy;
  result.seed = first.seed;
  result.evidence = tally.evidence();
  result.evidence.uninstrumented = first.evidence.uninstrumented;
  for (const ExplorationResult& shard : shards) {
    result.evidence.worker_restarts += shard.evidence.worker_restarts;
    result.seconds = std::max(result.seconds, shard.seconds);
  }
  // A shard that did not come to its end has ended the whole.
  result.ended_by = tally.ended_by() != nullptr ? tally.ended_by() : first.ended_by;
  tally.tell_outcomes(result);
  if (callbacks.strengthen) callbacks.strengthen(result.evidence, false);
  result.findings = join.findings();
  result.verdict = verdict_of(result.findings);
  return result;
}

}  // namespace heddle
