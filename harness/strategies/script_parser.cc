// The text of a script. Runs on the host only.
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "strategies/script.h"

namespace heddle {
namespace {

absl::Status refused(size_t number, absl::string_view step, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("step ", number, ", \"", step, "\": ", why));
}

absl::StatusOr<ScriptStep> parse_step(size_t number, absl::string_view text) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(text, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
  if (words.size() != 3 || (words[1] != "reads" && words[1] != "writes")) {
    return refused(number, text, "a step looks like \"t1 reads 0\" or \"t2 writes -8\"");
  }
  ScriptStep step;
  step.writes = words[1] == "writes";
  if (!absl::StartsWith(words[0], "t") || !absl::SimpleAtoi(words[0].substr(1), &step.child) ||
      step.child == 0 || step.child >= kMaxTasks) {
    return refused(number, text, "a task is t1, t2, … in the order in which the body creates them");
  }
  if (!absl::SimpleAtoi(words[2], &step.value)) {
    return refused(number, text, "its value is no whole number of 64 bits");
  }
  return step;
}

}  // namespace

absl::StatusOr<std::vector<ScriptStep>> parse_script(std::string_view text) {
  std::vector<ScriptStep> steps;
  for (const absl::string_view part :
       absl::StrSplit(absl::string_view(text.data(), text.size()), ';')) {
    const absl::StatusOr<ScriptStep> step =
        parse_step(steps.size() + 1, absl::StripAsciiWhitespace(part));
    if (!step.ok()) return step.status();
    steps.push_back(*step);
  }
  return steps;
}

}  // namespace heddle
