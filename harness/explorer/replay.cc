#include "explorer/replay.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "explorer/story.h"

namespace heddle {
namespace {

ExecutionOutcome execute(World& world, Strategy& strategy, ExecutionRequest request) {
  request.strategy = &strategy;
  return world.execute_told(request);
}

Evidence evidence_of(const TraceSummary& summary) {
  Evidence evidence;
  evidence.executions = evidence.distinct_traces = 1;
  evidence.steps = summary.steps;
  evidence.choice_points = summary.choice_points;
  evidence.tasks = summary.tasks;
  evidence.most_at_once = summary.most_at_once;
  evidence.shared_objects = summary.shared_objects;
  evidence.weak_atomics = summary.weak_atomics;
  evidence.virtual_ns = summary.virtual_ns;
  evidence.vacuous = !summary.overlapped;
  return evidence;
}

Finding not_repeated(const TraceSummary& first, const TraceSummary& second) {
  Finding finding;
  finding.kind = FindingKind::nondeterminism;
  finding.message = absl::StrCat("the same schedule gave two executions: one of ", first.steps,
                                 " operations, one of ", second.steps);
  return finding;
}

// What was wrong comes before the races that may be behind it.
void sort_findings(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return (a.kind == FindingKind::data_race) < (b.kind == FindingKind::data_race);
  });
}

// Adds to failures the same execution with all memory that several tasks use.
void look_closer(World& world, Strategy& strategy, ExecutionRequest request,
                 const ReplayOptions& options, std::vector<Finding>& findings) {
  const bool any = std::any_of(findings.begin(), findings.end(),
                               [](const Finding& finding) { return is_failure(finding.kind); });
  if (!any) return;
  request.points = PointMode::all;
  std::vector<PointKey> all = execute(world, strategy, request).raced;
  all.insert(all.end(), options.watch.begin(), options.watch.end());
  request.points = PointMode::automatic;
  request.extra_points = &all;
  request.record = true;
  const ExecutionOutcome outcome = execute(world, strategy, request);
  const Recording recording = world.story();
  Teller teller(world, *options.symbolizer, recording);
  for (const Detection& detection : outcome.detections) {
    if (!is_failure(detection.kind)) continue;
    Finding closer = teller.tell(detection, "");
    for (Finding& finding : findings) {
      if (finding.kind != closer.kind || finding.message != closer.message) continue;
      finding.closer_steps = std::move(closer.steps);
      break;
    }
  }
}

}  // namespace

ReplayResult replay(World& world, Strategy& strategy, const ReplayOptions& options) {
  world.forget_points();
  ExecutionRequest request;
  request.limits = options.limits;
  request.body = options.body;
  request.extra_points = &options.watch;
  const ExecutionOutcome first = execute(world, strategy, request);

  std::vector<PointKey> watch = options.watch;
  watch.insert(watch.end(), first.raced.begin(), first.raced.end());
  request.extra_points = &watch;
  request.record = request.keep_output = true;
  const ExecutionOutcome second = execute(world, strategy, request);
  const std::string schedule = encode(last_schedule(world, options.origin, options.limits));
  const Recording recording = world.story();
  Teller teller(world, *options.symbolizer, recording);

  ReplayResult replayed;
  replayed.tasks = teller.tasks();
  replayed.steps = teller.steps();
  replayed.steps_left_out = teller.steps_left_out();
  replayed.outcome = second.outcomes;
  replayed.output = second.output;
  replayed.divergence = options.divergence(strategy);
  replayed.diverged = !replayed.divergence.empty();
  ExplorationResult& result = replayed.result;
  result.scenario = options.origin.scenario;
  result.parameters = options.parameters;
  result.strategy = strategy.name();
  result.ended_by = "executions";
  result.evidence = evidence_of(second.summary);
  if (first.summary.operation_digest != second.summary.operation_digest) {
    result.findings.push_back(not_repeated(first.summary, second.summary));
  }
  absl::flat_hash_set<std::string> known;
  for (const Detection& detection : second.detections) {
    if (!known.insert(teller.line_key(detection)).second) continue;
    result.findings.push_back(teller.tell(detection, second.output));
  }
  request.extra_points = &options.watch;
  request.record = false;
  look_closer(world, strategy, request, options, result.findings);
  sort_findings(result.findings);
  for (Finding& finding : result.findings) {
    finding.count = 1;
    finding.schedule = schedule;
    finding.replay = options.replay_command(schedule);
  }
  result.verdict = replayed.diverged ? Verdict::error : verdict_of(result.findings);
  return replayed;
}

}  // namespace heddle
