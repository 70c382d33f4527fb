#include "frontends/checked_world.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/rng.h"
#include "frontends/failure.h"
#include "frontends/read_file.h"

namespace heddle {
namespace {

constexpr size_t kShown = 60;  // characters of a line

std::string in_quotes(absl::string_view text) {
  const bool cut = text.size() > kShown;
  return absl::StrCat("\"", absl::Utf8SafeCEscape(text.substr(0, kShown)), cut ? "…\"" : "\"");
}

std::optional<std::string> expectation(const std::string& path) {
  if (path.empty()) return std::nullopt;
  std::optional<std::string> text = read_file(path);
  if (!text) {
    fail_usage(absl::StrCat("--expect-output: there is no file ", path),
               "give a file that holds what the program is to print");
  }
  return text;
}

}  // namespace

std::string summary_of_output(const std::string& output) {
  if (output.empty()) return "no output";
  if (output.size() <= kShown) return absl::StrCat("output ", in_quotes(output));
  return absl::StrCat("output ", in_quotes(output), " of ", output.size(), " bytes, #",
                      absl::StrFormat("%08x", static_cast<uint32_t>(digest_of_bytes(output))));
}

std::string first_difference(const std::string& output, const std::string& expected) {
  const std::vector<absl::string_view> got = absl::StrSplit(output, '\n');
  const std::vector<absl::string_view> wanted = absl::StrSplit(expected, '\n');
  size_t line = 0;
  while (line < got.size() && line < wanted.size() && got[line] == wanted[line]) ++line;
  const auto shown = [line](const std::vector<absl::string_view>& lines) {
    const bool at_end = line >= lines.size() || (line + 1 == lines.size() && lines[line].empty());
    return at_end ? std::string("the end") : in_quotes(lines[line]);
  };
  return absl::StrCat("line ", line + 1, " of the output is ", shown(got), ", expected was ",
                      shown(wanted));
}

ExecutionOutcome CheckedWorld::execute(const ExecutionRequest& request) {
  ExecutionRequest kept = request;
  kept.keep_output = true;
  ExecutionOutcome outcome = world_.execute(kept);
  // One that was ended by a finding has no end of its own.
  if (outcome.exit_status < 0) return outcome;
  outcome.outcomes.push_back(
      absl::StrCat("exit status ", outcome.exit_status, ", ", summary_of_output(outcome.output)));
  if (!expected_ || outcome.output == *expected_) return outcome;
  Detection differs;
  differs.kind = FindingKind::output;
  const std::string how = first_difference(outcome.output, *expected_);
  std::memcpy(differs.detail, how.data(), std::min(how.size(), sizeof(differs.detail) - 1));
  outcome.detections.push_back(differs);
  return outcome;
}

CheckedStage::CheckedStage(Stage& stage, const std::string& expected_output)
    : stage_(stage), world_(stage.world(), expectation(expected_output)) {}

}  // namespace heddle
