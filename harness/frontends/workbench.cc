#include "frontends/workbench.h"

#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/rng.h"
#include "frontends/failure.h"
#include "frontends/linked_program.h"
#include "frontends/schedule_file.h"
#include "frontends/strategies.h"
#include "frontends/suppressions.h"
#include "reports/json.h"
#include "reports/outcomes.h"
#include "reports/printable.h"
#include "reports/story.h"
#include "reports/symbols.h"
#include "reports/text.h"
#include "strategies/replay.h"

namespace heddle {
namespace {

ReplayFactory replay_factory() {
  ReplayFactory factory;
  factory.make = [](const Schedule& schedule) { return std::make_unique<Replay>(schedule); };
  factory.divergence = [](const Strategy& strategy) {
    return static_cast<const Replay&>(strategy).divergence_text();
  };
  return factory;
}

uint32_t allowed_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const bool known = ::sched_getaffinity(0, sizeof(allowed), &allowed) == 0;
  return known ? static_cast<uint32_t>(std::max(1, CPU_COUNT(&allowed))) : 1;
}

// A pass that tested less than was asked for is none.
void require_tasks(const CommandOptions& options, ExplorationResult& result) {
  const uint32_t seen = result.evidence.vacuous ? 1 : result.evidence.most_at_once;
  if (result.verdict != Verdict::pass || seen >= options.require_tasks) return;
  Finding finding;
  finding.kind = FindingKind::check_failed;
  finding.message =
      absl::StrCat("at least ", options.require_tasks, " tasks at once were required, but there ",
                   seen == 1 ? "was " : "were ", seen);
  finding.count = result.evidence.executions;
  finding.explanation =
      "No schedule makes more of them run at the same time: look whether the body starts the "
      "threads that it is to test, and joins them only when all have started.";
  result.findings.push_back(finding);
  result.verdict = Verdict::fail;
}

// Findings that need patience say so.
void state_delays(const CommandOptions& options, ExplorationResult& result) {
  for (Finding& finding : result.findings) {
    if (finding.delay_ns <= options.slack_ns || finding.severity != Severity::warning) continue;
    absl::StrAppend(&finding.explanation, finding.explanation.empty() ? "" : " ",
                    "It needs a task that could run to be held back for ",
                    duration_text(finding.delay_ns),
                    " while a sleep or a time-out ends: more than --slack allows for.");
  }
}

}  // namespace

TextOptions text_options(const CommandOptions& options, const Console& console) {
  TextOptions text;
  text.columns = console.columns;
  text.color = console.color;
  text.all = options.all;
  text.verbose = options.verbose;
  text.quiet = options.quiet;
  return text;
}

ExecutionLimits limits_of(const CommandOptions& options) {
  ExecutionLimits limits;
  limits.max_steps = options.max_steps;
  const bool all = options.strategy == kExhaustiveStrategy;
  limits.slack_ns = all ? kFreeTime : options.slack_ns;
  limits.spurious = options.spurious;
  return limits;
}

bool is_schedule(const std::string& text) {
  const size_t dot = text.find('.');
  return dot != std::string::npos && dot >= 2 && text[0] == 'h' &&
         std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(dot),
                     absl::ascii_isdigit);
}

Schedule read_schedule(const std::string& text) {
  const absl::StatusOr<Schedule> schedule = decode(text);
  if (!schedule.ok()) {
    fail_usage(std::string(schedule.status().message()), "copy the whole of it from the report");
  }
  return *schedule;
}

Track Workbench::follow(const Schedule& schedule, const CommandOptions& options) {
  Track track;
  track.in_process = options.in_process;
  track.limits = limits_of(options);
  track.limits.spurious = static_cast<uint32_t>(std::min<uint64_t>(schedule.spurious, UINT32_MAX));
  track.limits.slack_ns = schedule.slack_ns;
  const ReplayFactory factory = replay_factory();
  world().lend([&] { track.strategy = factory.make(schedule); });
  track.divergence = factory.divergence;
  track.digest = schedule.digest;
  return track;
}

void finish(const CommandOptions& options, const Suppressions& suppressions,
            ExplorationResult& result) {
  suppressions.apply(result);
  explain(result);
  state_delays(options, result);
  if (!result.shard) require_tasks(options, result);
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

Workbench::Workbench(Stage& stage)
    : stage_(stage), symbols_(std::make_unique<Symbols>(source_root())) {}

Workbench::~Workbench() {
  leave_stage();
}

void Workbench::leave_stage() {
  if (on_stage_) stage_.close();
  on_stage_ = false;
}

// Before the first execution; later ones start from the same state.
void Workbench::set_stage(bool in_process) {
  if (on_stage_) return;
  std::error_code ignored;
  folder_ = std::filesystem::current_path(ignored).string();
  const std::string error = stage_.open(in_process);
  if (!error.empty()) {
    fail_environment(error, "`heddle doctor` checks this machine");
  }
  on_stage_ = true;
  world().take_snapshot();
}

ScheduleOrigin Workbench::origin_of(const Target& target) {
  if (!build_digest_) build_digest_ = stage_.build_digest();
  return {target.name, target.changed_sizes, mix64(*build_digest_ ^ digest_of_bytes(target.name))};
}

ExplorationResult Workbench::explore(const Target& target, const CommandOptions& options,
                                     const Console& console) {
  const Suppressions suppressions(options.suppressions);
  set_stage(options.in_process);
  ExploreOptions explore_options;
  explore_options.origin = origin_of(target);
  explore_options.parameters = target.all_sizes;
  explore_options.body = target.body;
  explore_options.limits = limits_of(options);
  explore_options.points = options.points;
  explore_options.seed = options.seed;
  explore_options.executions = options.executions;
  explore_options.steps = options.steps;
  explore_options.time_ns = options.time_ns;
  explore_options.after = options.after;
  explore_options.keep_going = options.keep_going;
  explore_options.minimize = options.minimize;
  explore_options.told_delay_ns = options.slack_ns;

  explore_options.check_repeats = true;
  explore_options.shard = options.shard;
  explore_options.jobs = options.jobs.value_or(allowed_cores());

  MadeStrategy made;
  world().lend([&] { made = make_strategy(options); });
  ExploreCallbacks callbacks;
  callbacks.replay = replay_factory();
  callbacks.symbolizer = symbols_.get();
  callbacks.replay_command = target.replay_command;
  callbacks.interrupted = console.interrupted;
  if (console.progress) {
    callbacks.progress = [&](const ExploreProgress& progress) {
      console.progress(progress, target.name);
    };
  }
  callbacks.strengthen = [&](Evidence& evidence, bool exhausted) {
    made.state_bound(evidence, exhausted, options);
  };
  callbacks.make_strategy = [&] { return make_strategy(options).strategy; };
  ExplorationResult result = heddle::explore(world(), *made.strategy, explore_options, callbacks);
  result.evidence.uninstrumented = symbols_->uninstrumented();
  if (result.shard) {
    result.shard->depth = options.depth;
    result.shard->require_tasks = options.require_tasks;
  }
  finish(options, suppressions, result);
  return result;
}

ReplayResult Workbench::replay(const Target& target, const Track& track) {
  set_stage(track.in_process);
  ReplayOptions replay_options;
  replay_options.origin = origin_of(target);
  replay_options.parameters = target.all_sizes;
  replay_options.body = target.body;
  replay_options.limits = track.limits;
  replay_options.watch = track.watch;
  replay_options.symbolizer = symbols_.get();
  replay_options.replay_command = target.replay_command;
  replay_options.divergence = track.divergence;
  ReplayResult replayed = heddle::replay(world(), *track.strategy, replay_options);
  if (replayed.diverged && track.digest != 0 && track.digest != replay_options.origin.digest) {
    absl::StrAppend(&replayed.divergence, " (it was made by another build)");
  }
  explain(replayed);
  return replayed;
}

std::string Workbench::report(const ExplorationResult& result, const CommandOptions& options,
                              const Console& console) const {
  keep_long_schedules(result.findings, folder_, stage_.error_descriptor());
  return stage_.with_dir(options.format == Format::json
                             ? json_report(result, options.verbose)
                             : text_report(result, text_options(options, console)));
}

std::string Workbench::report_outcomes(const ExplorationResult& result,
                                       const CommandOptions& options,
                                       const Console& console) const {
  if (options.format == Format::json) return report(result, options, console);
  keep_long_schedules(result.outcomes, folder_, stage_.error_descriptor());
  return stage_.with_dir(text_outcomes(result, text_options(options, console)));
}

std::string Workbench::report(const ReplayResult& replayed, const CommandOptions& options,
                              const Console& console) const {
  keep_long_schedules(replayed.result.findings, folder_, stage_.error_descriptor());
  return stage_.with_dir(options.format == Format::json
                             ? json_replay(replayed)
                             : text_replay(replayed, text_options(options, console)));
}

}  // namespace heddle
