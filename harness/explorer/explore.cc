#include "explorer/explore.h"

#include <algorithm>
#include <chrono>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "explorer/candidates.h"
#include "explorer/confirm.h"
#include "explorer/story.h"

namespace heddle {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kMostAtOnce = 64;  // executions before the user is asked and told again
constexpr size_t kMostKnown = 64;     // outcomes that are worth comparing each execution's with
constexpr int kMostHangs = 3;         // each costs seconds

uint64_t sum_or_limit(uint64_t a, uint64_t b) {
  return a > ExploreOptions::kNoLimit - b ? ExploreOptions::kNoLimit : a + b;
}

// The loop over executions.
class Exploration {
 public:
  Exploration(World& world, Strategy& strategy, const ExploreOptions& options,
              const ExploreCallbacks& callbacks)
      : world_(world),
        strategy_(strategy),
        options_(options),
        callbacks_(callbacks),
        start_(Clock::now()),
        end_at_execution_(options.executions),
        end_at_step_(options.steps) {
    request_.strategy = &strategy;
    request_.limits = options.limits;
    request_.body = options.body;
    request_.points = options.points;
    evidence_.vacuous = true;  // until two tasks overlap
    constexpr uint64_t kMostReserved = 1 << 16;
    digests_.reserve(std::min(options.executions, kMostReserved));
  }

  void run();
  Candidates& candidates() { return candidates_; }
  const Evidence& evidence() const { return evidence_; }
  void tell_outcomes(ExplorationResult& result) const;
  const char* ended_by() const { return ended_by_; }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  bool due();
  bool execute_some(const std::vector<PointKey>* extra, uint64_t most);
  void count(const TraceSummary& summary, bool pruned, uint64_t trace_class);
  void note_outcome();
  void note_detections(const std::vector<PointKey>* extra);
  void limit_steps();
  void complete(Candidate& candidate, const std::vector<PointKey>* extra);

  World& world_;
  Strategy& strategy_;
  const ExploreOptions& options_;
  const ExploreCallbacks& callbacks_;
  const Clock::time_point start_;
  ExecutionRequest request_;
  ExecutionOutcome outcome_;  // of the last execution that had something to tell …
  bool told_ = false;         // … if that is the last one of all
  Candidates candidates_;
  Evidence evidence_;
  int hangs_ = 0;
  bool failed_ = false;  // an execution has shown an error
  absl::btree_map<std::string, OutcomeCount> outcomes_;
  std::vector<std::string> known_outcomes_;  // the first of them
  uint64_t outcomes_left_out_ = 0;
  absl::flat_hash_set<uint64_t> digests_;  // its order never matters
  uint64_t end_at_execution_;
  uint64_t end_at_step_;
  const char* last_execution_by_ = "executions";  // what end_at_execution_ comes from
  const char* ended_by_ = nullptr;
};

void Exploration::run() {
  while (execute_some(nullptr, kMostAtOnce)) {
    if (!told_) continue;
    const uint64_t number = request_.number.number++;
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

// Whether the exploration is to end before the next execution; ended_by_ then says why.
bool Exploration::due() {
  if (ended_by_ != nullptr) return true;
  if (callbacks_.interrupted && callbacks_.interrupted()) {
    ended_by_ = "interrupted";
  } else if (evidence_.executions >= end_at_execution_) {
    ended_by_ = last_execution_by_;
  } else if (evidence_.steps >= end_at_step_) {
    ended_by_ = "steps";
  } else if (options_.time_ns != ExploreOptions::kNoLimit &&
             Clock::now() - start_ >= std::chrono::nanoseconds(options_.time_ns)) {
    ended_by_ = "time";
  }
  return ended_by_ != nullptr;
}

// From request_.number on, which is then that of `outcome_`, if there is something to tell
// (`told_`), or else the next one's. False: none has taken place, the exploration is over.
bool Exploration::execute_some(const std::vector<PointKey>* extra, uint64_t most) {
  if (due()) return false;
  request_.extra_points = extra;
  BatchRequest wanted;
  wanted.request = request_;
  wanted.most = std::min(most, end_at_execution_ - evidence_.executions);
  wanted.most_steps = end_at_step_ - evidence_.steps;
  wanted.known_outcomes = &known_outcomes_;
  PlainExecutions plain;
  std::optional<ExecutionOutcome> last = world_.execute_some(wanted, plain);
  for (const PlainExecution& execution : plain.all) {
    ++request_.number.number;
    if (execution.outcome > 0) ++outcomes_.at(known_outcomes_[execution.outcome - 1]).count;
    count(execution.summary, execution.pruned, execution.trace_class);
  }
  told_ = last.has_value();
  if (plain.exhausted) ended_by_ = "exhausted";
  if (!told_) return !plain.exhausted;
  outcome_ = *std::move(last);
  if (outcome_.more_shared) {
    world_.learn(outcome_.raced);
    strategy_.repeat();
    return true;
  }
  const bool pruned = strategy_.pruned();
  count(outcome_.summary, pruned, strategy_.trace_class(outcome_.summary.digest));
  if (pruned) return true;
  if (!outcome_.outcomes.empty()) note_outcome();
  if (!outcome_.detections.empty()) note_detections(extra);
  return true;
}

void Exploration::count(const TraceSummary& summary, bool pruned, uint64_t trace_class) {
  evidence_.steps += summary.steps;
  if (pruned) {
    ++evidence_.pruned;
    return;
  }
  digests_.insert(trace_class);
  ++evidence_.executions;
  evidence_.choice_points += summary.choice_points;
  evidence_.weak_atomics += summary.weak_atomics;
  evidence_.tasks = std::max(evidence_.tasks, summary.tasks);
  evidence_.most_at_once = std::max(evidence_.most_at_once, summary.most_at_once);
  evidence_.shared_objects = std::max(evidence_.shared_objects, summary.shared_objects);
  evidence_.vacuous = evidence_.vacuous && !summary.overlapped;
  evidence_.virtual_ns = std::max(evidence_.virtual_ns, summary.virtual_ns);
  evidence_.distinct_traces = digests_.size();
  if (callbacks_.progress && evidence_.executions % kProgressEvery == 0) {
    callbacks_.progress({evidence_.executions, evidence_.steps, candidates_.size()});
  }
}

void Exploration::note_outcome() {
  std::string value = joined_outcomes(outcome_.outcomes);
  const auto known = outcomes_.find(value);
  if (known != outcomes_.end()) {
    ++known->second.count;
  } else if (outcomes_.size() == kMaxOutcomes) {
    ++outcomes_left_out_;
  } else {
    OutcomeCount fresh{value, 1, ""};
    fresh.schedule = encode(last_schedule(world_, options_.origin, options_.limits));
    if (callbacks_.replay_command) fresh.replay = callbacks_.replay_command(fresh.schedule);
    if (known_outcomes_.size() < kMostKnown) known_outcomes_.push_back(value);
    outcomes_.emplace(std::move(value), std::move(fresh));
  }
}

void Exploration::tell_outcomes(ExplorationResult& result) const {
  for (const auto& [value, outcome] : outcomes_) result.outcomes.push_back(outcome);
  result.outcomes_left_out = outcomes_left_out_;
}

void Exploration::note_detections(const std::vector<PointKey>* extra) {
  const auto is_error = [](const Detection& detection) {
    return !detection.note && severity_of(detection.kind) == Severity::error;
  };
  if (!failed_ && std::any_of(outcome_.detections.begin(), outcome_.detections.end(), is_error)) {
    failed_ = true;
    const uint64_t by_after = sum_or_limit(evidence_.executions, options_.after);
    if (!options_.keep_going && by_after < end_at_execution_) {
      end_at_execution_ = by_after;
      last_execution_by_ = "after";
    }
    if (!strategy_.follows()) limit_steps();
  }
  // A search has its end, unless executions have none.
  const auto endless = [](const Detection& found) { return found.kind == FindingKind::step_limit; };
  if (strategy_.follows() &&
      std::any_of(outcome_.detections.begin(), outcome_.detections.end(), endless)) {
    limit_steps();
  }
  for (const Detection& detection : outcome_.detections) {
    bool fresh = false;
    Candidate& candidate = candidates_.admit(detection, fresh);
    // Who has to wait long may be thought not to: the execution that needs least is told.
    const uint64_t delay = outcome_.summary.delay_ns;
    const bool sooner = candidate.delay_ns > options_.told_delay_ns && delay < candidate.delay_ns;
    if (fresh || sooner) complete(candidate, extra);
    candidate.executions.add(evidence_.executions - 1);
    // What Heddle does not control, it meets again in every execution.
    if (detection.kind == FindingKind::not_modelled) ended_by_ = "not-modelled";
    if (detection.kind == FindingKind::time_limit && ++hangs_ == kMostHangs) {
      ended_by_ = "time-limit";
    }
  }
}

void Exploration::limit_steps() {
  end_at_step_ = std::min(end_at_step_, sum_or_limit(evidence_.steps, kOperationsAfterFinding));
}

void Exploration::complete(Candidate& candidate, const std::vector<PointKey>* extra) {
  candidate.execution = request_.number.number;
  candidate.delay_ns = outcome_.summary.delay_ns;
  candidate.operation_digest = outcome_.summary.operation_digest;
  candidate.schedule = last_schedule(world_, options_.origin, options_.limits);
  candidate.watch = outcome_.raced;
  if (extra != nullptr) candidate.watch.insert(candidate.watch.end(), extra->begin(), extra->end());
  if (candidate.detection.kind == FindingKind::data_race ||
      candidate.detection.kind == FindingKind::use_after_free) {
    candidate.watch.push_back(world_.point_key(candidate.detection.access.address));
  }
  std::sort(candidate.watch.begin(), candidate.watch.end());
  candidate.watch.erase(std::unique(candidate.watch.begin(), candidate.watch.end()),
                        candidate.watch.end());
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
  Exploration exploration(world, strategy, options, callbacks);
  exploration.run();

  ExplorationResult result;
  result.scenario = options.origin.scenario;
  result.parameters = options.parameters;
  result.strategy = strategy.name();
  result.seed = options.seed;
  result.seconds = exploration.seconds();
  result.ended_by = exploration.ended_by();
  result.evidence = exploration.evidence();
  result.evidence.worker_restarts = world.restarts();
  exploration.tell_outcomes(result);
  if (callbacks.strengthen) {
    callbacks.strengthen(result.evidence, result.ended_by == "exhausted");
  }
  result.findings = confirm(exploration.candidates().all(), world, options, callbacks);
  result.verdict = verdict_of(result.findings);
  return result;
}

}  // namespace heddle
