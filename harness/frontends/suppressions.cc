#include "frontends/suppressions.h"

#include <fnmatch.h>
#include <time.h>

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "explorer/explore.h"
#include "frontends/failure.h"
#include "frontends/read_file.h"
#include "frontends/suggest.h"

namespace heddle {
namespace {

constexpr char kForm[] = "write `KIND PATTERN [until=YYYY-MM-DD] REASON`";

std::string system_date() {
  const time_t now = ::time(nullptr);
  struct tm parts = {};
  ::gmtime_r(&now, &parts);
  char text[sizeof("2026-01-31")];
  return ::strftime(text, sizeof(text), "%Y-%m-%d", &parts) > 0 ? text : "";
}

bool is_date(const std::string& text) {
  struct tm parts = {};
  const char* const end = ::strptime(text.c_str(), "%Y-%m-%d", &parts);
  return text.size() == 10 && end != nullptr && *end == 0;
}

std::vector<std::string> kinds() {
  std::vector<std::string> names;
#define X(name, word) names.push_back(word);
  HEDDLE_FINDING_KINDS(X)
#undef X
  std::erase_if(names, [](const std::string& name) {
    return name == word(FindingKind::nondeterminism) || name == word(FindingKind::not_modelled);
  });
  return names;
}

bool is_at(const SourcePlace& place, const std::string& pattern) {
  return ::fnmatch(pattern.c_str(), place.file.c_str(), 0) == 0 ||
         ::fnmatch(pattern.c_str(), place.function.c_str(), 0) == 0;
}

// What a finding is about; the steps of its story are only how it came to that.
std::vector<SourcePlace> places_of(const Finding& finding) {
  std::vector<SourcePlace> places = finding.stack;
  for (const Step& access : finding.accesses) {
    places.push_back(access.place);
    places.insert(places.end(), access.stack.begin(), access.stack.end());
  }
  for (const Wait& wait : finding.waits) places.push_back(wait.since);
  if (places.empty() && !finding.steps.empty()) places.push_back(finding.steps.back().place);
  return places;
}

}  // namespace

Suppressions::Suppressions(const std::string& path, std::string today) {
  if (path.empty()) return;
  const std::optional<std::string> text = read_file(path);
  if (!text) fail_usage(absl::StrCat("--suppressions: there is no file ", path), kForm);
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    ++number;
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty() || words.front()[0] == '#') continue;
    const std::string where = absl::StrCat(path, ":", number, ": ");
    Entry entry{std::string(absl::StripAsciiWhitespace(line)), words[0], "", false};
    const std::vector<std::string> known = kinds();
    if (std::find(known.begin(), known.end(), entry.kind) == known.end()) {
      fail_usage(absl::StrCat(where, entry.kind, " is no kind that can be suppressed"),
                 did_you_mean(entry.kind, known, kForm));
    }
    const bool dated = words.size() > 2 && absl::StartsWith(words[2], "until=");
    if (words.size() < (dated ? 4 : 3))
      fail_usage(absl::StrCat(where, "no reason is given"), kForm);
    entry.pattern = words[1];
    if (dated) {
      const std::string date = words[2].substr(6);
      if (!is_date(date)) fail_usage(absl::StrCat(where, words[2], " is no date"), kForm);
      if (today.empty()) today = system_date();
      entry.expired = date < today;
    }
    entries_.push_back(std::move(entry));
  }
}

bool Suppressions::matches(const Entry& entry, const Finding& finding) {
  if (entry.expired || entry.kind != word(finding.kind)) return false;
  const std::vector<SourcePlace> places = places_of(finding);
  return std::any_of(places.begin(), places.end(),
                     [&](const SourcePlace& place) { return is_at(place, entry.pattern); });
}

void Suppressions::apply(ExplorationResult& result) const {
  for (const Entry& entry : entries_) {
    Suppressed& told = result.suppressed.emplace_back();
    told.entry = entry.text;
    told.expired = entry.expired;
    told.findings = std::erase_if(result.findings,
                                  [&](const Finding& finding) { return matches(entry, finding); });
  }
  if (!entries_.empty()) result.verdict = verdict_of(result.findings);
}

}  // namespace heddle
