#include "explorer/repetition.h"

#include "explorer/difference.h"

namespace heddle {

Repetition::Result Repetition::repeat(const Schedule& schedule) {
  const ExecutionOutcome outcome = replayer_.run(schedule).outcome;
  Result result{outcome.summary.operation_digest, joined_outcomes(outcome.outcomes), {}};
  for (const Detection& detection : outcome.detections) result.detections.push_back(detection.kind);
  return result;
}

bool Repetition::holds(const Schedule& schedule, const Result& last) {
  left_ = kEvery;
  if (failed_ || repeat(schedule) == last) return true;
  failed_ = true;
  if (!isolated_by_.empty() || !world_.isolate(true)) return false;
  const bool helps = repeat(schedule) == repeat(schedule);
  world_.isolate(false);
  if (!helps) return false;
  failed_ = false;
  // The second replay meets what the first has left.
  isolated_by_ = difference_of_replays(replayer_, symbolizer_, schedule, {}, nullptr);
  if (isolated_by_.empty()) isolated_by_ = "an execution came out differently when it was repeated";
  return world_.isolate(true);
}

}  // namespace heddle
