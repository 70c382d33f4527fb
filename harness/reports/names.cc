#include "reports/names.h"

#include <set>

#include "absl/strings/str_cat.h"

namespace heddle {
namespace {

// "deposit 2 (bank.cc:31)" where the name says what was started where, else "teller (task 2)".
std::string numbered(const std::string& name, uint32_t number) {
  const size_t place = name.rfind(" (");
  if (place == std::string::npos || name.back() != ')') {
    return absl::StrCat(name, " (task ", number, ")");
  }
  return absl::StrCat(name.substr(0, place), " ", number, name.substr(place));
}

}  // namespace

TaskNames::TaskNames(const std::vector<TaskInfo>& tasks) {
  std::map<std::string, int> uses;
  for (const TaskInfo& task : tasks) ++uses[task.name];
  for (const TaskInfo& task : tasks) {
    const std::string number = absl::StrCat("task ", task.id.index());
    if (task.name.empty()) {
      names_[task.id] = number;
    } else {
      names_[task.id] = uses[task.name] == 1 ? task.name : numbered(task.name, task.id.index());
    }
  }
}

std::string TaskNames::operator()(TaskId task) const {
  const auto found = names_.find(task);
  if (found != names_.end()) return found->second;
  return task.valid() ? absl::StrCat("task ", task.index()) : "nobody";
}

std::vector<TaskInfo> involved_tasks(const Finding& finding) {
  std::set<TaskId> involved;
  for (const Step& step : finding.steps) {
    if (step.relevant) involved.insert({step.task, step.other});
  }
  for (const Step& access : finding.accesses) involved.insert(access.task);
  for (const Wait& wait : finding.waits) involved.insert({wait.task, wait.owner});
  std::vector<TaskInfo> tasks;
  for (const TaskInfo& task : finding.tasks) {
    if (involved.count(task.id) != 0) tasks.push_back(task);
  }
  return tasks.empty() ? finding.tasks : tasks;
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string short_place(const SourcePlace& place) {
  if (place.file.empty()) return "";
  return absl::StrCat(base_name(place.file), ":", place.line);
}

std::string full_place(const SourcePlace& place) {
  if (place.file.empty()) return "";
  return absl::StrCat(place.file, ":", place.line);
}

const char* word(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      break;
  }
  return "error";
}

const char* word(Effect effect) {
  switch (effect) {
    case Effect::failed:
      return "failed";
    case Effect::blocked:
      return "blocked";
    case Effect::timed_out:
      return "timed-out";
    case Effect::woken_spuriously:
      return "woken-spuriously";
    case Effect::done:
      break;
  }
  return "done";
}

uint64_t count_bugs(const std::vector<Finding>& findings) {
  uint64_t bugs = 0;
  const int count = static_cast<int>(findings.size());
  for (int i = 0; i < count; ++i) {
    const Finding& finding = findings[i];
    if (finding.severity != Severity::error || is_verdict_error(finding.kind)) continue;
    const int cause = finding.caused_by;
    const bool counted_elsewhere = cause >= 0 && cause < count && cause != i &&
                                   findings[cause].severity == Severity::error &&
                                   findings[cause].caused_by < 0;
    if (!counted_elsewhere) ++bugs;
  }
  return bugs;
}

}  // namespace heddle
