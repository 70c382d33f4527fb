#include "explorer/tally.h"

#include <algorithm>
#include <utility>

namespace heddle {
namespace {

constexpr int kMostHangs = 3;  // each costs seconds

uint64_t sum_or_limit(uint64_t a, uint64_t b) {
  return a > ExploreOptions::kNoLimit - b ? ExploreOptions::kNoLimit : a + b;
}

bool is_error(const Detection& detection) {
  return !detection.note && severity_of(detection.kind) == Severity::error;
}

}  // namespace

Tally::Tally(bool searches, const ExploreOptions& options, const ExploreCallbacks& callbacks)
    : searches_(searches),
      options_(options),
      callbacks_(callbacks),
      start_(Clock::now()),
      end_at_execution_(options.executions),
      end_at_step_(options.steps) {
  evidence_.vacuous = true;  // until two tasks overlap
  constexpr uint64_t kMostReserved = 1 << 16;
  digests_.reserve(std::min(options.executions, kMostReserved));
}

// ended_by_ then says why.
bool Tally::due() {
  if (ended_by_ != nullptr) return true;
  if (callbacks_.interrupted && callbacks_.interrupted()) {
    ended_by_ = "interrupted";
  } else if (passed() >= end_at_execution_) {
    ended_by_ = last_execution_by_;
  } else if (evidence_.steps >= end_at_step_) {
    ended_by_ = "steps";
  } else if (options_.time_ns != ExploreOptions::kNoLimit &&
             Clock::now() - start_ >= std::chrono::nanoseconds(options_.time_ns)) {
    ended_by_ = "time";
  }
  return ended_by_ != nullptr;
}

void Tally::take(const PlainExecution& execution) {
  const std::string* outcome = nullptr;
  if (execution.outcome > 0) {
    outcome = &known_outcomes_[execution.outcome - 1];
    ++outcomes_.at(*outcome).count;
  }
  keep_row(execution, outcome);
  count(execution);
}

void Tally::take(ExecutionNumber number, const ExecutionOutcome& outcome,
                 const PlainExecution& plain, Witness& witness) {
  const bool states = !outcome.outcomes.empty();
  std::string value = joined_outcomes(outcome.outcomes);
  keep_row(plain, states ? &value : nullptr);
  count(plain);
  if (plain.pruned) return;
  if (states) note_outcome(std::move(value), witness);
  if (!outcome.detections.empty()) note_detections(number, outcome, witness);
}

void Tally::count(const PlainExecution& execution) {
  const TraceSummary& summary = execution.summary;
  evidence_.steps += summary.steps;
  next_number_ = summary.number + 1;
  if (execution.pruned) {
    ++evidence_.pruned;
    return;
  }
  digests_.insert(execution.trace_class);
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

void Tally::keep_row(const PlainExecution& execution, const std::string* outcome) {
  if (options_.shard.of == 1 || execution.pruned) return;
  ShardExecution row{execution.summary, execution.trace_class, -1};
  if (outcome != nullptr) {
    std::vector<std::string>& all = rows_.outcomes;
    const auto known = std::find(all.begin(), all.end(), *outcome);
    row.outcome = known - all.begin();
    if (known == all.end()) all.push_back(*outcome);
  }
  rows_.all.push_back(row);
}

void Tally::tell_executions(ShardPart& part) const {
  part.all = rows_.all;
  part.outcomes = rows_.outcomes;
}

void Tally::note_outcome(std::string value, Witness& witness) {
  const auto known = outcomes_.find(value);
  if (known != outcomes_.end()) {
    ++known->second.count;
  } else if (outcomes_.size() == kMaxOutcomes) {
    ++outcomes_left_out_;
  } else {
    OutcomeCount fresh{value, 1, ""};
    fresh.schedule = encode(witness.schedule());
    if (callbacks_.replay_command) fresh.replay = callbacks_.replay_command(fresh.schedule);
    if (known_outcomes_.size() < kMostKnown) known_outcomes_.push_back(value);
    outcomes_.emplace(std::move(value), std::move(fresh));
  }
}

void Tally::tell_outcomes(ExplorationResult& result) const {
  for (const auto& [value, outcome] : outcomes_) result.outcomes.push_back(outcome);
  result.outcomes_left_out = outcomes_left_out_;
}

void Tally::note_error() {
  if (failed_) return;
  failed_ = true;
  const uint64_t by_after = sum_or_limit(passed(), options_.after);
  if (!options_.keep_going && by_after < end_at_execution_) {
    end_at_execution_ = by_after;
    last_execution_by_ = "after";
  }
  if (!searches_) limit_steps();
}

void Tally::note_detections(ExecutionNumber number, const ExecutionOutcome& outcome,
                            Witness& witness) {
  const std::vector<Detection>& all = outcome.detections;
  if (std::any_of(all.begin(), all.end(), is_error)) note_error();
  // A search has its end, unless executions have none.
  const auto endless = [](const Detection& found) { return found.kind == FindingKind::step_limit; };
  const bool cut_short = std::any_of(all.begin(), all.end(), endless);
  if (searches_ && cut_short) limit_steps();
  for (const Detection& detection : all) {
    bool fresh = false;
    Candidate& candidate = candidates_.admit(detection, fresh);
    // Who has to wait long may be thought not to: the execution that needs least is told.
    const uint64_t delay = outcome.summary.delay_ns;
    const bool sooner = candidate.delay_ns > options_.told_delay_ns && delay < candidate.delay_ns;
    if (fresh || sooner) {
      candidate.execution = number.number;
      candidate.delay_ns = delay;
      candidate.operation_digest = outcome.summary.operation_digest;
      candidate.cut_short = cut_short;
      candidate.schedule = witness.schedule();
      candidate.watch = witness.watch(candidate.detection);
    }
    candidate.executions.add(evidence_.executions - 1);
    // What Heddle does not control, it meets again in every execution.
    if (detection.kind == FindingKind::not_modelled) ended_by_ = "not-modelled";
    if (detection.kind == FindingKind::time_limit && ++hangs_ == kMostHangs) {
      ended_by_ = "time-limit";
    }
  }
}

void Tally::limit_steps() {
  end_at_step_ = std::min(end_at_step_, sum_or_limit(evidence_.steps, kOperationsAfterFinding));
}

}  // namespace heddle
