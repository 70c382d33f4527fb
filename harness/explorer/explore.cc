#include "explorer/explore.h"

#include <algorithm>
#include <chrono>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_join.h"
#include "explorer/candidates.h"
#include "explorer/confirm.h"
#include "explorer/story.h"

namespace heddle {
namespace {

using Clock = std::chrono::steady_clock;

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
  bool execute(ExecutionNumber number, const std::vector<PointKey>* extra);
  void count(const TraceSummary& summary);
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
  ExecutionOutcome outcome_;  // of the last execution
  Candidates candidates_;
  Evidence evidence_;
  bool failed_ = false;  // an execution has shown an error
  absl::btree_map<std::string, OutcomeCount> outcomes_;
  uint64_t outcomes_left_out_ = 0;
  absl::flat_hash_set<uint64_t> digests_;  // its order never matters
  uint64_t end_at_execution_;
  uint64_t end_at_step_;
  const char* last_execution_by_ = "executions";  // what end_at_execution_ comes from
  const char* ended_by_ = nullptr;
};

void Exploration::run() {
  for (uint64_t number = 0;; ++number) {
    if (!execute({number, 0}, nullptr)) break;
    if (strategy_.follows()) continue;  // it has learned already
    if (outcome_.raced.empty() || options_.points == PointMode::sync) continue;
    const std::vector<PointKey> raced = std::move(outcome_.raced);
    if (number < kLearningExecutions) {
      world_.learn(raced);
      continue;
    }
    if (options_.points == PointMode::all) continue;
    for (uint32_t child = 1; child <= kChildren; ++child) {
      if (!execute({number, child}, &raced)) return;
    }
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

// False: it did not take place, the exploration is over.
bool Exploration::execute(ExecutionNumber number, const std::vector<PointKey>* extra) {
  if (due()) return false;
  if (!strategy_.begin(number)) {
    ended_by_ = "exhausted";
    return false;
  }
  request_.number = number;
  request_.extra_points = extra;
  outcome_ = world_.execute(request_);
  strategy_.end(outcome_.summary);
  if (outcome_.more_shared) {
    world_.learn(outcome_.raced);
    strategy_.repeat();
    return true;
  }
  if (strategy_.pruned()) {
    ++evidence_.pruned;
    evidence_.steps += outcome_.summary.steps;
    return true;
  }
  count(outcome_.summary);
  if (!outcome_.outcomes.empty()) note_outcome();
  if (!outcome_.detections.empty()) note_detections(extra);
  if (callbacks_.progress && evidence_.executions % kProgressEvery == 0) {
    callbacks_.progress({evidence_.executions, evidence_.steps, candidates_.size()});
  }
  return true;
}

void Exploration::count(const TraceSummary& summary) {
  digests_.insert(strategy_.trace_class(summary.digest));
  ++evidence_.executions;
  evidence_.steps += summary.steps;
  evidence_.choice_points += summary.choice_points;
  evidence_.weak_atomics += summary.weak_atomics;
  evidence_.tasks = std::max(evidence_.tasks, summary.tasks);
  evidence_.most_at_once = std::max(evidence_.most_at_once, summary.most_at_once);
  evidence_.shared_objects = std::max(evidence_.shared_objects, summary.shared_objects);
  evidence_.vacuous = evidence_.vacuous && !summary.overlapped;
  evidence_.virtual_ns = std::max(evidence_.virtual_ns, summary.virtual_ns);
  evidence_.distinct_traces = digests_.size();
}

void Exploration::note_outcome() {
  std::string value = absl::StrJoin(outcome_.outcomes, ", ");
  const auto known = outcomes_.find(value);
  if (known != outcomes_.end()) {
    ++known->second.count;
  } else if (outcomes_.size() == kMaxOutcomes) {
    ++outcomes_left_out_;
  } else {
    OutcomeCount fresh{value, 1, ""};
    fresh.schedule = encode(last_schedule(world_, options_.origin, options_.limits));
    if (callbacks_.replay_command) fresh.replay = callbacks_.replay_command(fresh.schedule);
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
  exploration.tell_outcomes(result);
  if (callbacks.strengthen) {
    callbacks.strengthen(result.evidence, result.ended_by == "exhausted");
  }
  result.findings = confirm(exploration.candidates().all(), world, options, callbacks);
  result.verdict = verdict_of(result.findings);
  return result;
}

}  // namespace heddle
