#include "explorer/explore.h"

#include <algorithm>
#include <utility>

#include "explorer/confirm.h"
#include "explorer/tally.h"

namespace heddle {
namespace {

constexpr uint64_t kMostAtOnce = 64;  // executions before the user is asked and told again

// The execution that the world has just run.
class LiveWitness : public Witness {
 public:
  LiveWitness(const World& world, const ExploreOptions& options, const ExecutionOutcome& outcome,
              const std::vector<PointKey>* extra)
      : world_(world), options_(options), outcome_(outcome), extra_(extra) {}

  Schedule schedule() override { return last_schedule(world_, options_.origin, options_.limits); }

  std::vector<PointKey> watch(const Detection& detection) override {
    std::vector<PointKey> keys = outcome_.raced;
    if (extra_ != nullptr) keys.insert(keys.end(), extra_->begin(), extra_->end());
    if (detection.kind == FindingKind::data_race || detection.kind == FindingKind::use_after_free) {
      keys.push_back(world_.point_key(detection.access.address));
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

 private:
  const World& world_;
  const ExploreOptions& options_;
  const ExecutionOutcome& outcome_;
  const std::vector<PointKey>* extra_;
};

// The loop over executions.
class Exploration {
 public:
  Exploration(World& world, Strategy& strategy, const ExploreOptions& options, ExecutionSink& sink)
      : world_(world), strategy_(strategy), options_(options), sink_(sink) {
    request_.strategy = &strategy;
    request_.limits = options.limits;
    request_.body = options.body;
    request_.points = options.points;
  }

  void run();

 private:
  bool execute_some(const std::vector<PointKey>* extra, uint64_t most);
  bool is_own(uint64_t number) const { return number % options_.shard.of == options_.shard.index; }
  uint64_t stride() const {
    return request_.number.number < kLearningExecutions ? 1 : options_.shard.of;
  }
  void go_on();

  World& world_;
  Strategy& strategy_;
  const ExploreOptions& options_;
  ExecutionSink& sink_;
  ExecutionRequest request_;
  ExecutionOutcome outcome_;  // of the last execution that had something to tell …
  bool told_ = false;         // … if that is the last one of all
};

void Exploration::run() {
  while (execute_some(nullptr, kMostAtOnce)) {
    if (!told_) continue;
    const uint64_t number = request_.number.number;
    go_on();
    if (strategy_.follows()) continue;  // it has learned already
    if (outcome_.raced.empty() || options_.points == PointMode::sync) continue;
    const std::vector<PointKey> raced = std::move(outcome_.raced);
    if (number < kLearningExecutions) {
      world_.learn(raced);
      continue;
    }
    if (options_.points == PointMode::all) continue;
    const ExecutionNumber next = request_.number;
    for (uint32_t child = 1; child <= kChildren; ++child) {
      request_.number = {number, child};
      if (!execute_some(&raced, 1)) return;
    }
    request_.number = next;
  }
}

// To the next number. Those from which is learned are everybody's.
void Exploration::go_on() {
  uint64_t& number = request_.number.number;
  number += stride();
  if (number < kLearningExecutions) return;
  while (!is_own(number)) ++number;
}

// From request_.number on, which is then that of `outcome_`, if there is something to tell
// (`told_`), or else the next one's. False: none has taken place, the exploration is over.
bool Exploration::execute_some(const std::vector<PointKey>* extra, uint64_t most) {
  if (sink_.due()) return false;
  request_.extra_points = extra;
  const bool learning = request_.number.number < kLearningExecutions;
  const bool whole = options_.shard.of == 1;
  BatchRequest wanted;
  wanted.request = request_;
  wanted.stride = stride();
  wanted.most = std::min(most, sink_.executions_left());
  if (learning && !whole) wanted.most = 1;
  wanted.most_steps = sink_.steps_left();
  wanted.known_outcomes = &sink_.known_outcomes();
  PlainExecutions plain;
  std::optional<ExecutionOutcome> last = world_.execute_some(wanted, plain);
  for (const PlainExecution& execution : plain.all) {
    if (is_own(request_.number.number)) sink_.take(execution);
    go_on();
  }
  told_ = last.has_value();
  if (plain.exhausted) sink_.exhausted();
  if (!told_) return !plain.exhausted;
  outcome_ = *std::move(last);
  if (outcome_.more_shared) {
    world_.learn(outcome_.raced);
    strategy_.repeat();
    return true;
  }
  if (!is_own(request_.number.number)) return true;
  PlainExecution counted;
  counted.summary = outcome_.summary;
  counted.pruned = strategy_.pruned();
  counted.trace_class = strategy_.trace_class(outcome_.summary.digest);
  LiveWitness witness(world_, options_, outcome_, extra);
  sink_.take(request_.number, outcome_, counted, witness);
  return true;
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
  Exploration(world, strategy, options, tally).run();

  ExplorationResult result;
  result.scenario = options.origin.scenario;
  result.parameters = options.parameters;
  result.strategy = strategy.name();
  result.seed = options.seed;
  result.seconds = tally.seconds();
  result.ended_by = tally.ended_by();
  result.evidence = tally.evidence();
  result.evidence.worker_restarts = world.restarts();
  tally.tell_outcomes(result);
  if (callbacks.strengthen) {
    callbacks.strengthen(result.evidence, result.ended_by == "exhausted");
  }
  result.findings = confirm(tally.candidates().all(), world, options, callbacks);
  result.verdict = verdict_of(result.findings);
  return result;
}

}  // namespace heddle
