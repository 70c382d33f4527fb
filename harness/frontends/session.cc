#include "frontends/session.h"

#include <fnmatch.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "frontends/failure.h"
#include "frontends/other_judge.h"
#include "frontends/parameters.h"
#include "frontends/read_file.h"
#include "frontends/schedule_file.h"
#include "frontends/suggest.h"
#include "reports/symbols.h"
#include "reports/tables.h"
#include "strategies/script.h"

namespace heddle {
namespace {

std::string replay_command(const CommandOptions& options, const std::string& scenario,
                           const std::string& schedule) {
  const std::string word = schedule_word(schedule);
  const std::string limit = options.max_steps == CommandOptions::kDefaultMaxSteps
                                ? ""
                                : absl::StrCat(" --max-steps=", options.max_steps);
  if (word == schedule) return absl::StrCat(options.program, " replay ", schedule, limit);
  return absl::StrCat(options.program, " replay ", scenario, " --schedule=", word, limit);
}

std::function<std::string(const std::string&)> replay_command_for(const CommandOptions& options,
                                                                  const std::string& scenario) {
  return [&options, scenario](const std::string& schedule) {
    return replay_command(options, scenario, schedule);
  };
}

}  // namespace

// A scenario with its sizes, ready to run.
class Session::Call {
 public:
  Call(const Scenario& scenario, const Parameters& parameters, const CommandOptions& options)
      : scenario_(scenario), parameters_(parameters) {
    target_.name = scenario.name;
    target_.body = {run_body, this};
    target_.changed_sizes = changed_sizes(scenario, parameters);
    target_.all_sizes = all_sizes(scenario, parameters);
    target_.replay_command = replay_command_for(options, scenario.name);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Target& target() const { return target_; }

 private:
  // What the body's first fiber calls. Runs under control: nothing but the call.
  static void* run_body(void* self) {
    const Call& call = *static_cast<const Call*>(self);
    call.scenario_.body(call.parameters_);
    return nullptr;
  }

  const Scenario& scenario_;
  const Parameters parameters_;
  Target target_;
};

Session::Session(Stage& stage, const Scenario* scenarios)
    : workbench_(stage), scenarios_(scenarios) {}

// ---- Scenarios ----------------------------------------------------------------------------------

const Scenario& Session::scenario(const std::string& name) const {
  std::vector<std::string> names;
  for (const Scenario* scenario = scenarios_; scenario->name != nullptr; ++scenario) {
    if (name == scenario->name) return *scenario;
    names.push_back(scenario->name);
  }
  fail_usage(absl::StrCat("unknown scenario ", name),
             did_you_mean(name, names, "`heddle list` shows all"));
}

std::vector<const Scenario*> Session::matching(const std::vector<std::string>& patterns) const {
  std::vector<const Scenario*> all;
  std::vector<bool> used(patterns.size(), false);
  for (const Scenario* scenario = scenarios_; scenario->name != nullptr; ++scenario) {
    bool matches = patterns.empty();
    for (size_t i = 0; i < patterns.size(); ++i) {
      if (::fnmatch(patterns[i].c_str(), scenario->name, 0) != 0) continue;
      matches = used[i] = true;
    }
    if (matches) all.push_back(scenario);
  }
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (used[i]) continue;
    fail_usage(absl::StrCat("no scenario matches ", patterns[i]), "`heddle list` shows all");
  }
  return all;
}

// ---- Commands -----------------------------------------------------------------------------------

Answer Session::list(const CommandOptions& options, const Console& console) {
  std::vector<ListRow> rows;
  for (const Scenario* scenario : matching(options.patterns)) {
    rows.push_back({scenario->name, scenario->expectation, scenario->lesson});
  }
  return {text_list(rows, text_options(options, console)), kExitPass};
}

ExplorationResult Session::explore_scenario(const Scenario& scenario, const CommandOptions& options,
                                            const Console& console) {
  const Call call(scenario, parameters_for(scenario, options), options);
  return workbench_.explore(call.target(), options, console);
}

Answer Session::run(const CommandOptions& options, const Console& console) {
  const ExplorationResult result = explore_scenario(scenario(options.scenario), options, console);
  return {workbench_.report(result, options, console), exit_status(result)};
}

Answer Session::outcomes(const CommandOptions& options, const Console& console) {
  const ExplorationResult result = explore_scenario(scenario(options.scenario), options, console);
  return {workbench_.report_outcomes(result, options, console), exit_status(result)};
}

namespace {

// The kinds of error that were found, expected ones first and in their order.
std::vector<std::string> found_kinds(const ExplorationResult& result,
                                     const std::vector<std::string>& expected) {
  std::vector<std::string> found;
  for (const Finding& finding : result.findings) {
    const std::string kind = word(finding.kind);
    const bool known = std::find(found.begin(), found.end(), kind) != found.end();
    if (finding.severity == Severity::error && !known) found.push_back(kind);
  }
  std::stable_sort(found.begin(), found.end(), [&](const std::string& a, const std::string& b) {
    return std::find(expected.begin(), expected.end(), a) <
           std::find(expected.begin(), expected.end(), b);
  });
  return found;
}

VerifyRow verify_row(const Scenario& scenario, const ExplorationResult& result,
                     const CommandOptions& options) {
  std::vector<std::string> expected = absl::StrSplit(scenario.expectation, ", ");
  if (expected == std::vector<std::string>{"pass"}) expected.clear();
  const std::vector<std::string> found = found_kinds(result, expected);
  VerifyRow row;
  row.scenario = scenario.name;
  row.expected = scenario.expectation;
  row.actual = found.empty() ? "pass" : absl::StrJoin(found, ", ");
  row.ok = found == expected;
  row.executions = result.evidence.executions;
  row.seconds = result.seconds;
  if (row.ok) return row;
  for (const Finding& finding : result.findings) {
    const std::string kind = word(finding.kind);
    if (std::find(expected.begin(), expected.end(), kind) == expected.end()) {
      row.note = finding.replay;
      return row;
    }
  }
  row.note = absl::StrCat(options.program, " run ", scenario.name, " --seed=", options.seed,
                          " --strategy=", options.strategy, " --executions=", options.executions);
  return row;
}

}  // namespace

Answer Session::verify(const CommandOptions& options, const Console& console) {
  std::vector<VerifyRow> rows;
  int status = kExitPass;
  const std::string other = options.both_judges ? find_other_judge(options) : "";
  for (const Scenario* scenario : matching(options.patterns)) {
    const ExplorationResult result = explore_scenario(*scenario, options, console);
    if (result.ended_by == "interrupted") {
      status = kExitInterrupted;
      break;
    }
    rows.push_back(verify_row(*scenario, result, options));
    if (!other.empty()) {
      VerifyRow& row = rows.back();
      row.judges =
          compare_judgements(judgement_of(result), ask_other_judge(other, scenario->name, options));
      row.ok = row.ok && row.judges == "agree";
    }
    if (rows.back().ok) continue;
    if (result.verdict == Verdict::error) status = kExitError;
    if (status == kExitPass) status = kExitFail;
  }
  return {text_verify(rows, text_options(options, console)), status};
}

// ---- Replay -------------------------------------------------------------------------------------

Session::Course Session::follow_schedule(const std::string& text, const CommandOptions& options) {
  const Schedule schedule = read_schedule(text);
  Course course;
  course.scenario = &scenario(schedule.scenario);
  if (!is_schedule(options.scenario) && options.scenario != schedule.scenario) {
    fail_usage(
        absl::StrCat("the schedule is of ", schedule.scenario, ", not of ", options.scenario),
        absl::StrCat("write `", options.program, " replay ", schedule.scenario, " …`"));
  }
  course.parameters = parameters_for(*course.scenario, schedule, options);
  course.track = workbench_.follow(schedule, options);
  return course;
}

Session::Course Session::follow_named(const Scenario& scenario, const NamedSchedule& named,
                                      const CommandOptions& options) {
  const auto broken = [&](absl::string_view why) {
    fail_environment(absl::StrCat("@", named.name, " of ", scenario.name, ": ", why),
                     "correct it in the table of scenarios");
  };
  const auto steps = parse_script(named.steps);
  if (!steps.ok()) broken(steps.status().message());
  const auto variable = workbench_.symbols().global(named.watched);
  if (!variable.ok()) broken(variable.status().message());
  absl::StatusOr<std::unique_ptr<Script>> script;
  workbench_.world().lend(
      [&] { script = Script::create(*steps, named.watched, variable->address, variable->size); });
  if (!script.ok()) broken(script.status().message());
  Course course;
  course.scenario = &scenario;
  course.parameters = parameters_for(scenario, options);
  Track& track = course.track;
  track.in_process = options.in_process;
  track.limits = limits_of(options);
  track.strategy = *std::move(script);
  track.divergence = [](const Strategy& strategy) {
    return static_cast<const Script&>(strategy).error();
  };
  constexpr uintptr_t kGranule = 8;
  for (uintptr_t at = variable->address & ~(kGranule - 1); at < variable->address + variable->size;
       at += kGranule) {
    track.watch.push_back(workbench_.world().point_key(at));
  }
  return course;
}

Session::Course Session::course_of(const CommandOptions& options) {
  if (is_schedule(options.scenario)) {
    if (!options.schedule.empty()) {
      fail_usage("two schedules are given", "leave out one of them");
    }
    return follow_schedule(options.scenario, options);
  }
  const Scenario& named_scenario = scenario(options.scenario);
  if (options.schedule.empty()) {
    fail_usage("`heddle replay` needs a schedule",
               absl::StrCat("write `", options.program, " replay ", named_scenario.name,
                            " --schedule=S`, or the schedule string alone"));
  }
  if (options.schedule[0] != '@') return follow_schedule(options.schedule, options);
  const std::string name = options.schedule.substr(1);
  std::vector<std::string> names;
  for (const NamedSchedule* named = named_scenario.schedules;
       named != nullptr && named->name != nullptr; ++named) {
    if (name == named->name) return follow_named(named_scenario, *named, options);
    names.push_back(absl::StrCat("@", named->name));
  }
  if (!read_file(name)) {
    fail_usage(absl::StrCat(named_scenario.name, " has no schedule ", options.schedule,
                            ", and there is no such file"),
               did_you_mean(options.schedule, names, "write @NAME, @path/to/file or the string"));
  }
  return follow_schedule(schedule_text(options.schedule), options);
}

Answer Session::replay(const CommandOptions& options, const Console& console) {
  const Course course = course_of(options);
  const Call call(*course.scenario, course.parameters, options);
  const ReplayResult replayed = workbench_.replay(call.target(), course.track);
  return {workbench_.report(replayed, options, console), exit_status(replayed.result)};
}

}  // namespace heddle
