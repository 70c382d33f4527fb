#include "frontends/other_judge.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "frontends/failure.h"

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;

void add_race(std::vector<std::string> places, Judgement& judgement) {
  std::sort(places.begin(), places.end());
  judgement.races.insert(absl::StrJoin(places, " and "));
}

std::string place(const std::string& file, int line) {
  return absl::StrCat(file, ":", line);
}

// All that the child writes to its standard output.
std::string output_of(const std::vector<std::string>& command) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_environment("no pipe", "close some files");
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = error == 0 ? ::read(ends[0], buffer, sizeof(buffer)) : 0;
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  while (error == 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return text;
}

Judgement judgement_of(const Json& report) {
  Judgement judgement;
  for (const Json& finding : report.at("findings")) {
    if (finding.at("severity") != "error") continue;
    judgement.kinds.insert(finding.at("kind"));
    if (finding.at("kind") != word(FindingKind::data_race)) continue;
    std::vector<std::string> places;
    for (const Json& access : finding.at("operations")) {
      places.push_back(place(access.value("file", ""), access.value("line", 0)));
    }
    add_race(places, judgement);
  }
  return judgement;
}

}  // namespace

Judgement judgement_of(const ExplorationResult& result) {
  Judgement judgement;
  for (const Finding& finding : result.findings) {
    if (finding.severity != Severity::error) continue;
    judgement.kinds.insert(word(finding.kind));
    if (finding.kind != FindingKind::data_race) continue;
    std::vector<std::string> places;
    for (const Step& access : finding.accesses) {
      places.push_back(place(access.place.file, access.place.line));
    }
    add_race(places, judgement);
  }
  return judgement;
}

std::string find_other_judge(const CommandOptions& options) {
  std::string program = options.tsan_binary;
  if (program.empty()) {
    std::error_code error;
    const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", error);
    const std::filesystem::path builds = own.parent_path().parent_path().parent_path();
    program = builds / "tsan" / own.parent_path().filename() / own.filename();
  }
  if (::access(program.c_str(), X_OK) != 0) {
    fail_environment(absl::StrCat("--judge=both: there is no program ", program),
                     "build the preset tsan, or name its program with --tsan-binary");
  }
  return program;
}

Judgement ask_other_judge(const std::string& program, const std::string& scenario,
                          const CommandOptions& options) {
  const char* const points = options.points == PointMode::all    ? "all"
                             : options.points == PointMode::sync ? "sync"
                                                                 : "auto";
  std::vector<std::string> command = {program,
                                      "run",
                                      scenario,
                                      "--format=json",
                                      absl::StrCat("--seed=", options.seed),
                                      absl::StrCat("--strategy=", options.strategy),
                                      absl::StrCat("--executions=", options.executions),
                                      absl::StrCat("--after=", options.after),
                                      absl::StrCat("--points=", points),
                                      absl::StrCat("--slack=", options.slack_ns, "ns"),
                                      absl::StrCat("--spurious=", options.spurious),
                                      absl::StrCat("--depth=", options.depth),
                                      absl::StrCat("--max-steps=", options.max_steps)};
  if (options.keep_going) command.emplace_back("--keep-going");
  const Json report = Json::parse(output_of(command), nullptr, /*allow_exceptions=*/false);
  if (!report.is_object() || !report.contains("findings")) {
    fail_environment(absl::StrCat("--judge=both: ", program, " gives no report of ", scenario),
                     "try it by itself: " + absl::StrJoin(command, " "));
  }
  return judgement_of(report);
}

std::string compare_judgements(const Judgement& own, const Judgement& other) {
  if (own.kinds != other.kinds) {
    return absl::StrCat("tsan: ", other.kinds.empty() ? "pass" : absl::StrJoin(other.kinds, ", "));
  }
  for (const std::string& race : other.races) {
    if (own.races.count(race) == 0) return absl::StrCat("tsan: data-race at ", race);
  }
  return "agree";
}

}  // namespace heddle
