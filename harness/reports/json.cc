#include "reports/json.h"

#include <nlohmann/json.hpp>

#include "reports/names.h"
#include "reports/shard_json.h"

#ifndef HEDDLE_VERSION
#define HEDDLE_VERSION "0.1.0"  // the build gives the project's version
#endif

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;

const char* compiler_text() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

Json number_or_null(TaskId task) {
  return task.valid() ? Json(task.index()) : Json(nullptr);
}

Json tool_json() {
  return {{"name", "heddle"}, {"version", HEDDLE_VERSION}, {"compiler", compiler_text()}};
}

Json scenario_json(const ExplorationResult& result) {
  Json parameters = Json::object();
  for (const auto& [name, value] : result.parameters) parameters[name] = value;
  return {{"name", result.scenario}, {"parameters", parameters}};
}

Json evidence_json(const Evidence& evidence) {
  Json json = {{"kind", word(evidence.kind)},
               {"executions", evidence.executions},
               {"steps", evidence.steps},
               {"distinct_traces", evidence.distinct_traces}};
  if (evidence.kind == EvidenceKind::bounded) {
    json["bound"] = {{"limit", evidence.bound}};
  } else if (evidence.pct_depth > 0) {
    json["bound"] = {{"depth", evidence.pct_depth},
                     {"probability", evidence.pct_probability},
                     {"executions", evidence.pct_executions}};
  }
  if (evidence.kind != EvidenceKind::sampled) json["spurious"] = evidence.spurious;
  if (evidence.kind != EvidenceKind::sampled || evidence.share > 0) {
    json["blocked_executions"] = evidence.pruned;
  }
  if (evidence.worker_restarts > 0) json["worker_restarts"] = evidence.worker_restarts;
  if (!evidence.isolated_by.empty()) json["process_per_execution"] = evidence.isolated_by;
  if (evidence.share > 0) json["share_explored"] = evidence.share;
  json["memory_model"] = "sc";
  json["weak_atomics"] = evidence.weak_atomics;
  json["tasks"] = evidence.tasks;
  json["most_at_once"] = evidence.most_at_once;
  json["shared_objects"] = evidence.shared_objects;
  json["choice_points"] = evidence.choice_points;
  json["vacuous"] = evidence.vacuous;
  json["uninstrumented"] = evidence.uninstrumented;
  return json;
}

Json task_json(const TaskInfo& task) {
  return {
      {"id", task.id.index()}, {"name", task.name}, {"created_at", full_place(task.created_at)}};
}

Json operation_json(const Step& step) {
  Json json = {{"step", step.step},
               {"task", number_or_null(step.task)},
               {"kind", word(step.op)},
               {"object", step.object}};
  if (step.has_value) json["value"] = step.value;
  if (step.changes) json["before"] = step.before;
  if (step.duration_ns > 0) json["duration_ns"] = step.duration_ns;
  if (step.effect != Effect::done) json["effect"] = word(step.effect);
  if (step.other.valid()) json["other"] = step.other.index();
  json["file"] = step.place.file;
  json["line"] = step.place.line;
  json["function"] = step.place.function;
  json["locks"] = step.locks;
  return json;
}

Json wait_json(const Wait& wait) {
  Json json = {{"task", number_or_null(wait.task)}, {"for", wait.for_what}};
  if (wait.owner.valid()) json["owner"] = wait.owner.index();
  if (wait.further_owners > 0) json["further_owners"] = wait.further_owners;
  json["since"] = full_place(wait.since);
  return json;
}

template <typename Items, typename Convert>
Json array_json(const Items& items, Convert convert) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(convert(item));
  return json;
}

// A race's two accesses are its operations; else the relevant steps.
Json operations_json(const Finding& finding) {
  if (!finding.accesses.empty()) return array_json(finding.accesses, operation_json);
  Json json = Json::array();
  for (const Step& step : finding.steps) {
    if (step.relevant) json.push_back(operation_json(step));
  }
  return json;
}

Json place_json(const SourcePlace& place) {
  return {{"file", place.file}, {"line", place.line}, {"function", place.function}};
}

Json finding_json(const Finding& finding) {
  Json json = {
      {"kind", word(finding.kind)}, {"severity", word(finding.severity)}, {"judge", finding.judge}};
  if (finding.caused_by >= 0) json["caused_by"] = finding.caused_by;
  if (!finding.mistake.empty()) json["mistake"] = finding.mistake;
  json["message"] = finding.message.empty() ? finding.object : finding.message;
  json["count"] = finding.count;
  json["execution"] = finding.execution;
  json["schedule"] = finding.schedule;
  json["minimal"] = finding.minimal;
  if (finding.gave_up_after > 0) json["gave_up_after"] = finding.gave_up_after;
  if (finding.delay_ns > 0) json["delay_ns"] = finding.delay_ns;
  json["replay"] = finding.replay;
  json["tasks"] = array_json(involved_tasks(finding), task_json);
  json["operations"] = operations_json(finding);
  json["waits"] = array_json(finding.waits, wait_json);
  if (!finding.stack.empty()) json["stack"] = array_json(finding.stack, place_json);
  if (finding.partial) json["partial"] = true;
  if (!finding.explanation.empty()) json["explanation"] = finding.explanation;
  if (!finding.output.empty()) json["output"] = finding.output;
  return json;
}

Json outcome_json(const OutcomeCount& outcome) {
  return {{"value", outcome.value}, {"count", outcome.count}, {"schedule", outcome.schedule}};
}

Json suppressed_json(const Suppressed& suppressed) {
  Json json = {{"entry", suppressed.entry}, {"findings", suppressed.findings}};
  if (suppressed.expired) json["expired"] = true;
  return json;
}

Json report_json(const ExplorationResult& result) {
  Json json = {{"schema", "heddle-report-1"},
               {"tool", tool_json()},
               {"scenario", scenario_json(result)},
               {"verdict", word(result.verdict)},
               {"evidence", evidence_json(result.evidence)},
               {"strategy",
                {{"name", result.strategy}, {"seed", result.seed}, {"ended_by", result.ended_by}}},
               {"findings", array_json(result.findings, finding_json)}};
  if (!result.suppressed.empty())
    json["suppressed"] = array_json(result.suppressed, suppressed_json);
  if (result.shard) json["shard"] = shard_json(*result.shard);
  if (!result.outcomes.empty()) json["outcomes"] = array_json(result.outcomes, outcome_json);
  return json;
}

Json execution_json(const ReplayResult& replay) {
  Json json = {{"tasks", array_json(replay.tasks, task_json)},
               {"operations", array_json(replay.steps, operation_json)},
               {"left_out", replay.steps_left_out},
               {"outcome", replay.outcome},
               {"output", replay.output}};
  if (replay.diverged) json["divergence"] = replay.divergence;
  return json;
}

// ASCII only: whatever a program named or printed, control characters and direction marks included,
// reaches a terminal as \u escapes; bytes that are not UTF-8 become U+FFFD.
std::string dumped(const Json& json) {
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string json_report(const ExplorationResult& result, bool verbose) {
  Json json = report_json(result);
  if (verbose) {
    const double rate =
        result.seconds > 0 ? static_cast<double>(result.evidence.executions) / result.seconds : 0;
    json["statistics"] = {{"seconds", result.seconds},
                          {"executions_per_second", rate},
                          {"virtual_ns", result.evidence.virtual_ns}};
  }
  return dumped(json);
}

std::string json_replay(const ReplayResult& replay) {
  Json json = report_json(replay.result);
  json["execution"] = execution_json(replay);
  return dumped(json);
}

}  // namespace heddle
