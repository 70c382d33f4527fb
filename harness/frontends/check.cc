#include "frontends/check.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "frontends/checked_world.h"
#include "frontends/command_words.h"
#include "frontends/failure.h"
#include "frontends/schedule_file.h"
#include "reports/elf_image.h"

namespace heddle {
namespace {

constexpr char kVariable[] = "HEDDLE_CHECK";

// Where the shell would find it.
std::string find_program(const std::string& name) {
  if (absl::StrContains(name, '/')) return name;
  const char* path = std::getenv("PATH");
  for (const absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    std::string candidate = absl::StrCat(folder.empty() ? "." : folder, "/", name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  fail_usage(absl::StrCat("there is no program ", name),
             "write its path: `heddle check -- ./prog`");
}

void refuse_strangers(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) {
    fail_usage(absl::StrCat("there is no program ", path), "build it with heddle-c++ first");
  }
  if (!S_ISREG(status.st_mode) || ::access(path.c_str(), X_OK) != 0) {
    fail_usage(absl::StrCat(path, " cannot be run"), "give an executable file");
  }
  // Heddle's run time is there: the section of what programs bind to.
  if (!ElfImage(path).has_section("heddle_export")) {
    fail_usage(absl::StrCat(path, " is not built for Heddle"),
               "compile and link it with heddle-c++ or heddle-cc");
  }
}

// The name by which schedules know it.
std::string target_name(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  for (char& c : name) {
    if (!absl::ascii_isalnum(c) && !absl::StrContains("_-+.", c)) c = '_';
  }
  return name;
}

std::string replay_command(const CommandOptions& options, const std::string& schedule) {
  std::string command =
      absl::StrCat(options.program, " check --schedule=", schedule_word(schedule));
  if (options.max_steps != CommandOptions::kDefaultMaxSteps) {
    absl::StrAppend(&command, " --max-steps=", options.max_steps);
  }
  if (options.expect_exit != 0) absl::StrAppend(&command, " --expect-exit=", options.expect_exit);
  if (!options.expect_output.empty()) {
    absl::StrAppend(&command, " --expect-output=", shell_quoted(options.expect_output));
  }
  if (options.fresh_dir) absl::StrAppend(&command, " --fresh-dir");
  absl::StrAppend(&command, " --");
  for (const std::string& word : options.called) absl::StrAppend(&command, " ", shell_quoted(word));
  return command;
}

// Different ends are no mistake by themselves, but a reader wants to know.
void note_ends(ExplorationResult& result) {
  if (result.outcomes.size() < 2 && result.outcomes_left_out == 0) return;
  Finding note;
  note.kind = FindingKind::outputs_differ;
  note.severity = Severity::note;
  note.count = result.evidence.executions;
  note.message = absl::StrCat("the program ended in ", result.outcomes.size(), " different ways");
  note.explanation =
      "Which it is depends on the schedule alone. --expect-output and --expect-exit say which of "
      "them is right.";
  note.schedule = result.outcomes.back().schedule;
  result.findings.push_back(note);
}

}  // namespace

void call_checked(const CommandOptions& options) {
  const std::string path = find_program(options.called.front());
  refuse_strangers(path);
  std::vector<std::string> words;
  for (const std::string& word : options.words) words.push_back(absl::CEscape(word));
  ::setenv(kVariable, absl::StrJoin(words, "\n").c_str(), 1);
  std::vector<char*> arguments;
  for (const std::string& word : options.called) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  ::execv(path.c_str(), arguments.data());
  fail_environment(absl::StrCat(path, " cannot be started: ", std::strerror(errno)),
                   "see whether it runs by itself");
}

std::vector<std::string> take_check_command() {
  const char* text = std::getenv(kVariable);
  if (text == nullptr) return {};
  std::vector<std::string> words;
  for (const absl::string_view escaped : absl::StrSplit(text, '\n')) {
    std::string word;
    if (!absl::CUnescape(escaped, &word)) return {};
    words.push_back(std::move(word));
  }
  ::unsetenv(kVariable);
  return words;
}

Answer check_program(const CommandOptions& options, const Body& body, Stage& stage,
                     const Console& console) {
  CheckedStage checked(stage, options.expect_output);
  Target target;
  target.name = target_name(options.called.front());
  target.body = body;
  target.replay_command = [&](const std::string& schedule) {
    return replay_command(options, schedule);
  };
  Workbench workbench(checked);
  if (!options.schedule.empty()) {
    const Schedule schedule = read_schedule(schedule_text(options.schedule));
    if (schedule.scenario != target.name) {
      fail_usage(absl::StrCat("the schedule is of ", schedule.scenario, ", not of ", target.name),
                 "give the program that it was made with");
    }
    const ReplayResult replayed = workbench.replay(target, workbench.follow(schedule, options));
    return {workbench.report(replayed, options, console), exit_status(replayed.result)};
  }
  ExplorationResult result = workbench.explore(target, options, console);
  if (options.expect_output.empty()) note_ends(result);
  for (Finding& finding : result.findings) {
    if (finding.replay.empty() && !finding.schedule.empty()) {
      finding.replay = target.replay_command(finding.schedule);
    }
  }
  const std::string text = options.all_outcomes
                               ? workbench.report_outcomes(result, options, console)
                               : workbench.report(result, options, console);
  return {text, exit_status(result)};
}

}  // namespace heddle
