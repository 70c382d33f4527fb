// heddle::explore, as a program's own tests call it: one exploration in the middle of a process,
// after which everything is as it was.
#include <dirent.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "frontends/command_words.h"
#include "frontends/failure.h"
#include "frontends/linked_program.h"
#include "frontends/output.h"
#include "frontends/program/process_stage.h"
#include "frontends/same_addresses.h"
#include "frontends/schedule_file.h"
#include "frontends/strategies.h"
#include "frontends/test_flags.h"
#include "frontends/workbench.h"
#include "heddle/heddle.h"
#include "runtime/export.h"
#include "runtime/outside.h"

namespace heddle {
namespace {

using Put = void (*)(void* to, const char* key, const char* value);
// In order. Handed over when everything is restored: where they go to is the caller's memory.
using Entries = std::vector<std::pair<std::string, std::string>>;

struct BodyCall {
  void (*body)(void*) = nullptr;
  void* argument = nullptr;
};
void* run_body(void* call) {
  const BodyCall& body = *static_cast<const BodyCall*>(call);
  body.body(body.argument);
  return nullptr;
}

void refuse_other_threads() {
  int threads = 0;
  if (DIR* tasks = ::opendir("/proc/self/task")) {
    while (const dirent* entry = ::readdir(tasks)) threads += entry->d_name[0] != '.' ? 1 : 0;
    ::closedir(tasks);
  }
  if (threads > 1) {
    fail_environment(absl::StrCat(threads - 1, threads == 2 ? " thread runs" : " threads run",
                                  " already, which Heddle does not control"),
                     "join it before, or start it in the body");
  }
}

// The command that gets to this exploration again and replays a schedule there.
std::string replay_command(const heddle_request& request, const CommandOptions& options,
                           const std::string& schedule) {
  std::string command = shell_quoted(process_arguments().front());
  if (*request.arguments != 0) absl::StrAppend(&command, " ", request.arguments);
  if (options.max_steps != CommandOptions::kDefaultMaxSteps) {
    absl::StrAppend(&command, " --heddle_max_steps=", options.max_steps);
  }
  return absl::StrCat(command, " --heddle_schedule=", schedule_word(schedule));
}

CommandOptions options_of(const heddle_request& request) {
  std::vector<std::string> flags;
  for (const char* const* flag = request.flags; *flag != nullptr; ++flag) flags.push_back(*flag);
  for (std::string& flag : flags_of_environment()) flags.push_back(std::move(flag));
  for (std::string& flag : flags_of_arguments(process_arguments())) {
    flags.push_back(std::move(flag));
  }
  return parse_explore_options(flags, strategy_names(), largest_depth());
}

Entries entries_of(const ExplorationResult& result) {
  Entries entries;
  std::vector<std::string> kinds;
  for (const Finding& finding : result.findings) kinds.push_back(word(finding.kind));
  entries.emplace_back("verdict", word(result.verdict));
  entries.emplace_back("seed", absl::StrCat(result.seed));
  entries.emplace_back("strategy", result.strategy);
  entries.emplace_back("executions", absl::StrCat(result.evidence.executions));
  entries.emplace_back("distinct", absl::StrCat(result.evidence.distinct_traces));
  entries.emplace_back("evidence",
                       result.evidence.vacuous ? "vacuous" : word(result.evidence.kind));
  if (!kinds.empty()) {
    entries.emplace_back("findings", absl::StrJoin(kinds, ", "));
    entries.emplace_back("schedule", result.findings.front().schedule);
    entries.emplace_back("replay", result.findings.front().replay);
  }
  return entries;
}

template <typename Told>
void add_reports(const Workbench& workbench, const Told& told, CommandOptions options,
                 Entries& entries) {
  options.format = Format::text;
  entries.emplace_back("text", workbench.report(told, options, Console()));
  options.format = Format::json;
  entries.emplace_back("json", workbench.report(told, options, Console()));
}

// Each call of heddle::explore is by itself, but the program's files stay the same.
Workbench& process_workbench() {
  static Workbench* workbench = nullptr;
  if (workbench == nullptr) workbench = new Workbench(*new ProcessStage(process_world()));
  return *workbench;
}

Entries explore_or_replay(const heddle_request& request) {
  refuse_other_threads();
  const CommandOptions options = options_of(request);
  BodyCall call{request.body, request.argument};
  Target target;
  target.name = request.name;
  target.body = {run_body, &call};
  target.replay_command = [&](const std::string& schedule) {
    return replay_command(request, options, schedule);
  };
  Workbench& workbench = process_workbench();
  const auto leave = absl::MakeCleanup([&workbench] { workbench.leave_stage(); });
  // A schedule is of one test; the others are explored as ever.
  if (!options.schedule.empty()) {
    const Schedule schedule = read_schedule(schedule_text(options.schedule));
    if (schedule.scenario == target.name) {
      const ReplayResult replayed = workbench.replay(target, workbench.follow(schedule, options));
      Entries entries = entries_of(replayed.result);
      entries.emplace_back("replayed", "yes");
      add_reports(workbench, replayed, options, entries);
      return entries;
    }
  }
  const ExplorationResult result = workbench.explore(target, options, Console());
  Entries entries = entries_of(result);
  add_reports(workbench, result, options, entries);
  return entries;
}

Entries entries_of(const Failure& failure) {
  return {{"verdict", "error"}, {"text", failure.line()}};
}

Entries explore_for(const heddle_request& request) {
  try {
    return explore_or_replay(request);
  } catch (const Failure& failure) {
    return entries_of(failure);
  } catch (const std::exception& error) {
    return entries_of({kExitError, error.what(), "`heddle doctor` checks this machine"});
  }
}

}  // namespace
}  // namespace heddle

extern "C" {

HEDDLE_EXPORT void heddle_explore(const heddle_request* request, heddle::Put put, void* to) {
  heddle::refuse_within_execution(HEDDLE_CALLER);
  heddle::Entries entries;
  {
    // What the caller's frames hold belongs to the state that is restored; ours do not.
    const heddle::OutsideScope outside(__builtin_frame_address(0));
    entries = heddle::explore_for(*request);
  }
  for (const auto& [key, value] : entries) put(to, key.c_str(), value.c_str());
}

HEDDLE_EXPORT void heddle_start(int* argc, char** argv) {
  heddle::use_same_addresses(argv, environ);
  for (const std::string& line : heddle::optimised_units()) {
    heddle::write_error("heddle: " + line + "\n");
  }
  try {
    // Wrong ones are told now, not in the middle of a test.
    std::vector<std::string> flags = heddle::flags_of_environment();
    for (std::string& flag : heddle::flags_of_arguments({argv + 1, argv + *argc})) {
      flags.push_back(std::move(flag));
    }
    heddle::parse_explore_options(flags, heddle::strategy_names(), heddle::largest_depth());
  } catch (const heddle::Failure& failure) {
    heddle::write_error(failure.line());
    std::exit(failure.status);
  }
  int kept = 1;
  for (int i = 1; i < *argc; ++i) {
    if (!heddle::is_heddle_flag(argv[i])) argv[kept++] = argv[i];
  }
  *argc = kept;
  argv[kept] = nullptr;
}

}  // extern "C"
