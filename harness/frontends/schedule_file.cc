#include "frontends/schedule_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/rng.h"
#include "frontends/failure.h"
#include "frontends/output.h"
#include "frontends/read_file.h"

namespace heddle {
namespace {

// Nobody wants to see more on a terminal; beyond 4096 bytes it would not take the line back.
constexpr size_t kLongest = 2'000;

// Equal for equal schedules: "heddle-bank.unlocked-1f00d5a7.schedule".
std::string file_name(const std::string& schedule) {
  const size_t start = schedule.find('.') + 1;
  const size_t end = schedule.rfind('.');
  std::string target = schedule.substr(start, end < start ? 0 : end - start);
  for (char& c : target) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '-') c = '_';
  }
  const auto digest = static_cast<uint32_t>(digest_of_bytes(schedule));
  return absl::StrFormat("heddle-%s-%08x.schedule", target, digest);
}

void keep(const std::string& schedule, const std::string& folder, int error_descriptor) {
  if (schedule.size() <= kLongest) return;
  const std::string path = absl::StrCat(folder, "/", file_name(schedule));
  errno = 0;
  std::ofstream file(path, std::ios::trunc);
  file << schedule << '\n';
  file.close();
  if (file.good()) return;
  write_error(
      Failure{kExitError, absl::StrCat("cannot write ", path, " (", std::strerror(errno), ")"),
              "write it by hand, from \"schedule\" of the JSON report"}
          .line(),
      error_descriptor);
}

}  // namespace

std::string schedule_word(const std::string& schedule) {
  return schedule.size() <= kLongest ? schedule : absl::StrCat("@", file_name(schedule));
}

std::string schedule_text(const std::string& typed) {
  if (typed.empty() || typed[0] != '@') return typed;
  const std::string path = typed.substr(1);
  const std::optional<std::string> text = read_file(path);
  if (!text)
    fail_usage(absl::StrCat("there is no file ", path), "write @path/to/file or the string");
  return std::string(absl::StripAsciiWhitespace(*text));
}

void keep_long_schedules(const std::vector<Finding>& findings, const std::string& folder,
                         int error_descriptor) {
  for (const Finding& finding : findings) keep(finding.schedule, folder, error_descriptor);
}

void keep_long_schedules(const std::vector<OutcomeCount>& outcomes, const std::string& folder,
                         int error_descriptor) {
  for (const OutcomeCount& outcome : outcomes) keep(outcome.schedule, folder, error_descriptor);
}

}  // namespace heddle
