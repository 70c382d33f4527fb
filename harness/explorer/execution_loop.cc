#include "explorer/execution_loop.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

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
class Loop {
 public:
  Loop(World& world, Strategy& strategy, const ExploreOptions& options, ExecutionSink& sink,
       const Passage& passage)
      : world_(world), strategy_(strategy), options_(options), sink_(sink), passage_(passage) {
    request_.strategy = &strategy;
    request_.limits = options.limits;
    request_.body = options.body;
    request_.points = options.points;
    if (passage.has_learned) request_.number.number = passage.from;
  }

  uint64_t run();

 private:
  bool execute_some(const std::vector<PointKey>* extra, uint64_t most);
  bool is_own(uint64_t number) const {
    return number % options_.shard.of == options_.shard.index && number >= passage_.from;
  }
  uint64_t stride() const {
    return request_.number.number < kLearningExecutions ? 1 : options_.shard.of;
  }
  void go_on();
  bool repeat_last(Repetition& repetition, const PlainExecutions& plain);
  void take_unrepeatable(const PlainExecution& execution);

  World& world_;
  Strategy& strategy_;
  const ExploreOptions& options_;
  ExecutionSink& sink_;
  const Passage& passage_;
  ExecutionRequest request_;
  ExecutionOutcome outcome_;  // of the last execution that had something to tell …
  bool told_ = false;         // … if that is the last one of all
  Schedule repeated_;         // of the last execution that was repeated
};

bool Loop::repeat_last(Repetition& repetition, const PlainExecutions& plain) {
  // What was left in the middle has no end that could be reached again.
  if (plain.all.back().pruned) return true;
  repeated_ = last_schedule(world_, options_.origin, options_.limits);
  const PlainExecution& last = plain.all.back();
  Repetition::Result result;
  result.operations = last.summary.operation_digest;
  if (last.outcome > 0) result.outcome = sink_.known_outcomes()[last.outcome - 1];
  return repetition.holds(repeated_, result);
}

void Loop::take_unrepeatable(const PlainExecution& execution) {
  ExecutionOutcome outcome;
  outcome.summary = execution.summary;
  Detection& detection = outcome.detections.emplace_back();
  detection.kind = FindingKind::nondeterminism;
  if (execution.outcome > 0) {
    outcome.outcomes.push_back(sink_.known_outcomes()[execution.outcome - 1]);
  }
  PlainExecution plain = execution;
  plain.outcome = 0;
  KnownWitness witness(repeated_);
  sink_.take(request_.number, outcome, plain, witness);
}

uint64_t Loop::run() {
  while (!(passage_.leave && passage_.leave(request_.number.number)) &&
         execute_some(nullptr, kMostAtOnce)) {
    if (!told_) continue;
    const uint64_t number = request_.number.number;
    go_on();
    if (strategy_.follows()) continue;  // it has learned already
    const bool children = has_children(options_, number, outcome_);
    const std::vector<PointKey> raced = std::move(outcome_.raced);
    if (number < kLearningExecutions) {
      if (!raced.empty() && options_.points != PointMode::sync) world_.learn(raced);
      continue;
    }
    const ExecutionNumber next = request_.number;
    for (uint32_t child = 1; children && child <= kChildren; ++child) {
      request_.number = {number, child};
      if (!execute_some(&raced, 1)) return next.number;
    }
    request_.number = next;
  }
  return request_.number.number;
}

// To the next number. Those from which is learned are everybody's.
void Loop::go_on() {
  uint64_t& number = request_.number.number;
  number += stride();
  if (number < kLearningExecutions) return;
  while (!is_own(number)) ++number;
}

// From request_.number on, which is then that of `outcome_`, if there is something to tell
// (`told_`), or else the next one's. False: none has taken place, the exploration is over.
bool Loop::execute_some(const std::vector<PointKey>* extra, uint64_t most) {
  if (sink_.due()) return false;
  request_.extra_points = extra;
  const bool learning = request_.number.number < kLearningExecutions;
  const bool whole = options_.shard.of == 1 && passage_.from == 0;
  BatchRequest wanted;
  wanted.request = request_;
  wanted.stride = stride();
  wanted.most = std::min(most, sink_.executions_left());
  if (learning && !whole) wanted.most = 1;
  wanted.most_steps = sink_.steps_left();
  wanted.known_outcomes = &sink_.known_outcomes();
  Repetition* const repetition = extra == nullptr ? passage_.repetition : nullptr;
  if (repetition != nullptr) wanted.most = std::min(wanted.most, repetition->until_next());
  PlainExecutions plain;
  std::optional<ExecutionOutcome> last = world_.execute_some(wanted, plain);
  told_ = last.has_value();
  const bool due = repetition != nullptr && repetition->passed(plain.all.size() + (told_ ? 1 : 0));
  const bool repeats = !due || told_ || plain.all.empty() || repeat_last(*repetition, plain);
  for (const PlainExecution& execution : plain.all) {
    const bool last_one = &execution == &plain.all.back();
    if (is_own(request_.number.number)) {
      last_one && !repeats ? take_unrepeatable(execution) : sink_.take(execution);
    }
    go_on();
  }
  if (plain.exhausted) sink_.exhausted();
  if (!told_) return !plain.exhausted;
  outcome_ = *std::move(last);
  if (outcome_.more_shared) {
    world_.learn(outcome_.raced);
    strategy_.repeat();
    return true;
  }
  if (!is_own(request_.number.number) || strategy_.redoes()) return true;
  PlainExecution counted;
  counted.summary = outcome_.summary;
  counted.pruned = strategy_.pruned();
  counted.trace_class = strategy_.trace_class(outcome_.summary.digest);
  LiveWitness witness(world_, options_, outcome_, extra);
  sink_.take(request_.number, outcome_, counted, witness);
  return true;
}

}  // namespace

bool has_children(const ExploreOptions& options, uint64_t number, const ExecutionOutcome& outcome) {
  return number >= kLearningExecutions && options.points == PointMode::automatic &&
         !outcome.raced.empty();
}

uint64_t run_executions(World& world, Strategy& strategy, const ExploreOptions& options,
                        ExecutionSink& sink, const Passage& passage) {
  return Loop(world, strategy, options, sink, passage).run();
}

}  // namespace heddle
