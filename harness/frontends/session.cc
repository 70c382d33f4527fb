#include "frontends/session.h"

#include <fnmatch.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/rng.h"
#include "frontends/failure.h"
#include "frontends/parameters.h"
#include "frontends/suggest.h"
#include "reports/json.h"
#include "reports/story.h"
#include "reports/symbols.h"
#include "reports/tables.h"
#include "reports/text.h"
#include "strategies/pct.h"
#include "strategies/portfolio.h"
#include "strategies/pos.h"
#include "strategies/random.h"
#include "strategies/replay.h"
#include "strategies/script.h"

namespace heddle {
namespace {

// ---- Strategies ---------------------------------------------------------------------------------

struct MadeStrategy {
  std::unique_ptr<Strategy> strategy;
  const Pct* pct = nullptr;  // it, or its member that is one: states a bound
};

MadeStrategy make_random(uint64_t seed, uint32_t) {
  return {std::make_unique<RandomStrategy>(seed), nullptr};
}

MadeStrategy make_pct(uint64_t seed, uint32_t depth) {
  auto pct = std::make_unique<Pct>(seed, depth);
  const Pct* bare = pct.get();
  return {std::move(pct), bare};
}

MadeStrategy make_pos(uint64_t seed, uint32_t) {
  return {std::make_unique<Pos>(seed), nullptr};
}

MadeStrategy make_portfolio(uint64_t seed, uint32_t depth) {
  MadeStrategy pct = make_pct(seed, depth);
  std::vector<std::unique_ptr<Strategy>> members;
  members.push_back(make_random(seed, depth).strategy);
  members.push_back(std::move(pct.strategy));
  members.push_back(make_pos(seed, depth).strategy);
  return {std::make_unique<Portfolio>(std::move(members)), pct.pct};
}

// A new strategy is one more row.
struct StrategyRow {
  const char* name;
  const char* help;
  MadeStrategy (*make)(uint64_t seed, uint32_t depth);
};
constexpr StrategyRow kStrategies[] = {
    {"portfolio", "random, pct and pos in turn", make_portfolio},
    {"random", "every choice uniformly", make_random},
    {"pct", "priorities that change at few points", make_pct},
    {"pos", "priorities that dependent operations draw anew", make_pos},
};

MadeStrategy make_strategy(const CommandOptions& options) {
  for (const StrategyRow& row : kStrategies) {
    if (options.strategy == row.name) return row.make(options.seed, options.depth);
  }
  HEDDLE_CHECK(false);
  return {};
}

// Of a bug that deep a pass says something worth saying.
constexpr double kLeastProbability = 0.01;

void state_bound(const Pct& pct, Evidence& evidence) {
  const Pct::Guarantee guarantee = pct.guarantee(kLeastProbability);
  evidence.pct_depth = static_cast<int>(guarantee.depth);
  evidence.pct_probability = guarantee.probability;
  evidence.pct_executions = guarantee.executions;
}

ReplayFactory replay_factory() {
  ReplayFactory factory;
  factory.make = [](const Schedule& schedule) { return std::make_unique<Replay>(schedule); };
  factory.divergence = [](const Strategy& strategy) {
    return static_cast<const Replay&>(strategy).divergence_text();
  };
  return factory;
}

// ---- Small tools --------------------------------------------------------------------------------

// What the body's first fiber calls. Runs under control: nothing but the call.
struct BodyArgument {
  const Scenario* scenario = nullptr;
  Parameters parameters;
};
void* run_body(void* argument) {
  const BodyArgument& body = *static_cast<const BodyArgument*>(argument);
  body.scenario->body(body.parameters);
  return nullptr;
}

uint64_t digest_of(const char* text) {
  uint64_t digest = 0;
  for (const char* at = text; *at != 0; ++at) digest = mix64(digest ^ static_cast<uint8_t>(*at));
  return digest;
}

ExecutionLimits limits_of(const CommandOptions& options) {
  ExecutionLimits limits;
  limits.max_steps = options.max_steps;
  limits.slack_ns = options.slack_ns;
  limits.spurious = options.spurious;
  return limits;
}

// The whole command; a string too long for a shell has to come from a file.
std::string replay_command(const CommandOptions& options, const std::string& scenario,
                           const std::string& schedule) {
  constexpr size_t kLongestArgument = 100'000;
  const std::string limit = options.max_steps == CommandOptions::kDefaultMaxSteps
                                ? ""
                                : absl::StrCat(" --max-steps=", options.max_steps);
  if (schedule.size() <= kLongestArgument) {
    return absl::StrCat(options.program, " replay ", schedule, limit);
  }
  return absl::StrCat(options.program, " replay ", scenario, " --schedule=@FILE", limit,
                      "  (FILE holds the schedule string of the JSON report)");
}

std::function<std::string(const std::string&)> replay_command_for(const CommandOptions& options,
                                                                  const std::string& scenario) {
  return [&options, scenario](const std::string& schedule) {
    return replay_command(options, scenario, schedule);
  };
}

TextOptions text_options(const CommandOptions& options, const Console& console) {
  TextOptions text;
  text.columns = console.columns;
  text.color = console.color;
  text.all = options.all;
  text.verbose = options.verbose;
  text.quiet = options.quiet;
  return text;
}

bool is_schedule(const std::string& text) {
  const size_t dot = text.find('.');
  return dot != std::string::npos && dot >= 2 && text[0] == 'h' &&
         std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(dot),
                     absl::ascii_isdigit);
}

}  // namespace

std::vector<StrategyName> strategy_names() {
  std::vector<StrategyName> names;
  for (const StrategyRow& row : kStrategies) names.push_back({row.name, row.help});
  return names;
}

uint32_t largest_depth() {
  return Pct::kMaxDepth;
}

int exit_status(const ExplorationResult& result) {
  if (result.ended_by == "interrupted") return kExitInterrupted;
  switch (result.verdict) {
    case Verdict::pass:
      return kExitPass;
    case Verdict::fail:
      return kExitFail;
    case Verdict::error:
      break;
  }
  return kExitError;
}

struct Session::Call {
  Call(const Scenario& called, const Parameters& with)
      : scenario(called), argument{&called, with} {}
  Body body() { return {run_body, &argument}; }

  const Scenario& scenario;
  BodyArgument argument;
};

struct Session::Track {
  const Scenario* scenario = nullptr;
  Parameters parameters;
  ExecutionLimits limits;
  std::unique_ptr<Strategy> strategy;
  std::function<std::string(const Strategy&)> divergence;
  std::vector<PointKey> watch;
  bool other_build = false;
};

Session::Session(Stage& stage, const Scenario* scenarios)
    : stage_(stage),
      world_(stage.world()),
      scenarios_(scenarios),
      symbols_(std::make_unique<Symbols>(HEDDLE_SOURCE_ROOT)) {}

Session::~Session() {
  if (on_stage_) stage_.close();
}

// Before the first execution; later ones start from the same state.
void Session::set_stage() {
  if (on_stage_) return;
  const std::string error = stage_.open();
  if (!error.empty()) {
    fail_environment(error, "`heddle doctor` checks this machine");
  }
  on_stage_ = true;
  world_.take_snapshot();
}

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

ScheduleOrigin Session::origin_of(const Scenario& scenario, const Parameters& parameters) const {
  return {scenario.name, changed_sizes(scenario, parameters),
          mix64(world_.build_digest() ^ digest_of(scenario.name))};
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
  const Parameters parameters = parameters_for(scenario, options);
  set_stage();
  Call call(scenario, parameters);
  ExploreOptions explore_options;
  explore_options.origin = origin_of(scenario, parameters);
  explore_options.parameters = all_sizes(scenario, parameters);
  explore_options.body = call.body();
  explore_options.limits = limits_of(options);
  explore_options.points = options.points;
  explore_options.seed = options.seed;
  explore_options.executions = options.executions;
  explore_options.steps = options.steps;
  explore_options.time_ns = options.time_ns;
  explore_options.after = options.after;
  explore_options.keep_going = options.keep_going;
  explore_options.minimize = options.minimize;

  const MadeStrategy made = make_strategy(options);
  ExploreCallbacks callbacks;
  callbacks.replay = replay_factory();
  callbacks.symbolizer = symbols_.get();
  callbacks.replay_command = replay_command_for(options, scenario.name);
  callbacks.interrupted = console.interrupted;
  if (console.progress) {
    callbacks.progress = [&](const ExploreProgress& progress) {
      console.progress(progress, scenario.name);
    };
  }
  callbacks.strengthen = [&made](Evidence& evidence, bool) {
    if (made.pct != nullptr) state_bound(*made.pct, evidence);
  };
  ExplorationResult result = explore(world_, *made.strategy, explore_options, callbacks);
  explain(result);
  return result;
}

Answer Session::run(const CommandOptions& options, const Console& console) {
  const ExplorationResult result = explore_scenario(scenario(options.scenario), options, console);
  const std::string text = options.format == Format::json
                               ? json_report(result, options.verbose)
                               : text_report(result, text_options(options, console));
  return {stage_.with_dir(text), exit_status(result)};
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
  for (const Scenario* scenario : matching(options.patterns)) {
    const ExplorationResult result = explore_scenario(*scenario, options, console);
    if (result.ended_by == "interrupted") {
      status = kExitInterrupted;
      break;
    }
    rows.push_back(verify_row(*scenario, result, options));
    if (rows.back().ok) continue;
    if (result.verdict == Verdict::error) status = kExitError;
    if (status == kExitPass) status = kExitFail;
  }
  return {text_verify(rows, text_options(options, console)), status};
}

// ---- Replay -------------------------------------------------------------------------------------

Session::Track Session::follow_schedule(const std::string& text, const CommandOptions& options) {
  const absl::StatusOr<Schedule> schedule = decode(text);
  if (!schedule.ok()) {
    fail_usage(std::string(schedule.status().message()), "copy the whole of it from the report");
  }
  Track track;
  track.scenario = &scenario(schedule->scenario);
  if (!is_schedule(options.scenario) && options.scenario != schedule->scenario) {
    fail_usage(
        absl::StrCat("the schedule is of ", schedule->scenario, ", not of ", options.scenario),
        absl::StrCat("write `", options.program, " replay ", schedule->scenario, " …`"));
  }
  track.parameters = parameters_for(*track.scenario, *schedule, options);
  track.limits = limits_of(options);
  track.limits.spurious = static_cast<uint32_t>(std::min<uint64_t>(schedule->spurious, UINT32_MAX));
  track.limits.slack_ns = schedule->slack_ns;
  const ReplayFactory factory = replay_factory();
  track.strategy = factory.make(*schedule);
  track.divergence = factory.divergence;
  track.other_build = schedule->digest != origin_of(*track.scenario, track.parameters).digest;
  return track;
}

Session::Track Session::follow_named(const Scenario& scenario, const NamedSchedule& named,
                                     const CommandOptions& options) {
  const auto broken = [&](absl::string_view why) {
    fail_environment(absl::StrCat("@", named.name, " of ", scenario.name, ": ", why),
                     "correct it in the table of scenarios");
  };
  const auto steps = parse_script(named.steps);
  if (!steps.ok()) broken(steps.status().message());
  const auto variable = symbols_->global(named.watched);
  if (!variable.ok()) broken(variable.status().message());
  auto script = Script::create(*steps, named.watched, variable->address, variable->size);
  if (!script.ok()) broken(script.status().message());
  Track track;
  track.scenario = &scenario;
  track.parameters = parameters_for(scenario, options);
  track.limits = limits_of(options);
  track.strategy = *std::move(script);
  track.divergence = [](const Strategy& strategy) {
    return static_cast<const Script&>(strategy).error();
  };
  constexpr uintptr_t kGranule = 8;
  for (uintptr_t at = variable->address & ~(kGranule - 1); at < variable->address + variable->size;
       at += kGranule) {
    track.watch.push_back(world_.point_key(at));
  }
  return track;
}

Session::Track Session::track_of(const CommandOptions& options) {
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
  std::ifstream file(name, std::ios::binary);
  if (!file) {
    fail_usage(absl::StrCat(named_scenario.name, " has no schedule ", options.schedule,
                            ", and there is no such file"),
               did_you_mean(options.schedule, names, "write @NAME, @path/to/file or the string"));
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return follow_schedule(std::string(absl::StripAsciiWhitespace(text)), options);
}

Answer Session::replay(const CommandOptions& options, const Console& console) {
  const Track track = track_of(options);
  const Scenario& scenario = *track.scenario;
  set_stage();
  Call call(scenario, track.parameters);
  ReplayOptions replay_options;
  replay_options.origin = origin_of(scenario, track.parameters);
  replay_options.parameters = all_sizes(scenario, track.parameters);
  replay_options.body = call.body();
  replay_options.limits = track.limits;
  replay_options.watch = track.watch;
  replay_options.symbolizer = symbols_.get();
  replay_options.replay_command = replay_command_for(options, scenario.name);
  replay_options.divergence = track.divergence;
  ReplayResult replayed = heddle::replay(world_, *track.strategy, replay_options);
  if (replayed.diverged && track.other_build) {
    absl::StrAppend(&replayed.divergence, " (it was made by another build)");
  }
  explain(replayed);
  const std::string text = options.format == Format::json
                               ? json_replay(replayed)
                               : text_replay(replayed, text_options(options, console));
  return {stage_.with_dir(text), exit_status(replayed.result)};
}

}  // namespace heddle
