#include "reports/outcomes.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "reports/evidence.h"
#include "reports/finding_text.h"
#include "reports/names.h"
#include "reports/printable.h"

namespace heddle {
namespace {

// Executions that stated nothing: a finding ended them before.
uint64_t silent(const ExplorationResult& result) {
  uint64_t stated = result.outcomes_left_out;
  for (const OutcomeCount& outcome : result.outcomes) stated += outcome.count;
  return result.evidence.executions - stated;
}

}  // namespace

std::string text_outcomes(const ExplorationResult& result, const TextOptions& options) {
  Page page(options);
  page.line(absl::StrCat(page.ink().strong(printable(result.scenario)), "  ",
                         counted(result.outcomes.size(), "outcome")));
  page.paragraph(absl::StrCat(extent(result.evidence), " · ", printable(result.strategy),
                              ", memory model: sequential consistency"));
  for (const std::string& sentence : limit_sentences(result)) page.paragraph(sentence);
  size_t width = 0;
  for (const OutcomeCount& outcome : result.outcomes) {
    width = std::max(width, display_width(printable(outcome.value)));
  }
  for (const OutcomeCount& outcome : result.outcomes) {
    const std::string value = printable(outcome.value);
    page.blank();
    page.line(absl::StrCat("  ", page.ink().strong(value),
                           std::string(width - display_width(value), ' '), "  ",
                           counted(outcome.count, "execution")));
    page.line(absl::StrCat("    replay  ", outcome.replay));
  }
  const uint64_t others = silent(result);
  if (others > 0 || result.outcomes_left_out > 0) page.blank();
  if (others > 0) {
    page.paragraph(absl::StrCat(counted(others, "execution"),
                                " stated no outcome: a finding ended them before (`run` tells)."));
  }
  if (result.outcomes_left_out > 0) {
    page.paragraph(absl::StrCat(counted(result.outcomes_left_out, "execution"),
                                " had further outcomes, which are not listed."));
  }
  return page.text();
}

}  // namespace heddle
