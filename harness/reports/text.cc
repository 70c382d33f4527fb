#include "reports/text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "reports/evidence.h"
#include "reports/finding_text.h"
#include "reports/interleaving.h"
#include "reports/names.h"
#include "reports/printable.h"

namespace heddle {
namespace {

std::string verdict_word(const ExplorationResult& result, const Ink& ink) {
  switch (result.verdict) {
    case Verdict::pass:
      return result.evidence.vacuous ? ink.doubtful("pass (vacuous)") : ink.good("pass");
    case Verdict::fail:
      return ink.bad("FAIL");
    case Verdict::error:
      break;
  }
  return ink.doubtful("ERROR");
}

// "1 bug, 2 findings"; an error names what stood in the way; a pass its warnings.
std::string tally(const ExplorationResult& result) {
  if (result.verdict == Verdict::error) {
    for (const Finding& finding : result.findings) {
      if (is_verdict_error(finding.kind)) return absl::StrCat("no verdict: ", word(finding.kind));
    }
    return "no verdict";
  }
  const uint64_t findings = result.findings.size();
  const uint64_t bugs = count_bugs(result.findings);
  if (bugs == 0) return findings == 0 ? "" : counted(findings, "finding") + ", none an error";
  return bugs == findings ? counted(bugs, "bug")
                          : absl::StrCat(counted(bugs, "bug"), ", ", counted(findings, "finding"));
}

// The first line; what does not fit moves to the next.
void first_line(const ExplorationResult& result, const std::vector<std::string>& parts,
                Page& page) {
  const std::string name = printable(result.scenario);
  std::string line = absl::StrCat(page.ink().strong(name), "  ", verdict_word(result, page.ink()));
  size_t width = display_width(name) + 2 + display_width(verdict_word(result, Ink(false)));
  for (size_t i = 0; i < parts.size(); ++i) {
    const size_t own = display_width(parts[i]);
    const absl::string_view separator = i == 0 ? "  " : " · ";
    if (width + display_width(separator) + own > page.columns()) {
      page.line(line);
      line = "    " + parts[i];
      width = 4 + own;
    } else {
      absl::StrAppend(&line, separator, parts[i]);
      width += display_width(separator) + own;
    }
  }
  page.line(line);
}

std::vector<std::string> non_empty(std::vector<std::string> parts) {
  std::erase(parts, "");
  return parts;
}

std::string extent_of(const ExplorationResult& result) {
  if (result.verdict == Verdict::pass) return extent(result.evidence);
  return counted(result.evidence.executions, "execution");
}

void timing(const ExplorationResult& result, Page& page) {
  if (!page.options().verbose || result.seconds <= 0) return;
  const double rate = static_cast<double>(result.evidence.executions) / result.seconds;
  page.paragraph(absl::StrFormat("%.2f s, %.0f executions/s, longest execution %s of virtual time",
                                 result.seconds, rate, duration_text(result.evidence.virtual_ns)));
}

// Sizes and the like, so that a report says what was explored.
std::string parameter_text(const ExplorationResult& result) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : result.parameters) {
    parts.push_back(absl::StrCat(printable(name), "=", value));
  }
  return absl::StrJoin(parts, " ");
}

std::string suppressed_sentence(const Suppressed& suppressed) {
  const std::string what =
      suppressed.expired ? "Expired, leaves out nothing: "
      : suppressed.findings == 0
          ? "Not needed, leaves out nothing: "
          : absl::StrCat(counted(suppressed.findings, "finding"), " left out: ");
  return absl::StrCat(what, printable(suppressed.entry));
}

}  // namespace

std::string text_report(const ExplorationResult& result, const TextOptions& options) {
  Page page(options);
  first_line(result,
             non_empty({tally(result), extent_of(result),
                        absl::StrCat(printable(result.strategy), ", seed ", result.seed),
                        parameter_text(result)}),
             page);
  if (!options.quiet) {
    if (result.verdict == Verdict::pass) {
      for (const std::string& sentence : pass_sentences(result)) page.paragraph(sentence);
    }
    const std::string ending = ending_sentence(result);
    if (!ending.empty()) page.paragraph(ending);
    const std::string results = outcome_sentence(result);
    if (!results.empty()) page.paragraph(results);
    for (const Suppressed& suppressed : result.suppressed) {
      page.paragraph(suppressed_sentence(suppressed));
    }
    if (result.shard) {
      page.paragraph(absl::StrCat("This is share ", result.shard->index + 1, " of ",
                                  result.shard->of,
                                  ": `heddle merge` joins the JSON reports of all."));
    }
    timing(result, page);
  }
  for (size_t i = 1; i <= result.findings.size(); ++i) {
    finding_block(result.findings, i, result.evidence.executions, true, page);
  }
  return page.text();
}

std::string text_replay(const ReplayResult& replay, const TextOptions& options) {
  const ExplorationResult& result = replay.result;
  Page page(options);
  const uint64_t operations = replay.steps.size() + replay.steps_left_out;
  first_line(result,
             non_empty({replay.diverged ? "no verdict: the schedule does not fit" : tally(result),
                        absl::StrCat("replay, ", counted(operations, "operation")),
                        parameter_text(result)}),
             page);
  if (replay.diverged) {
    page.paragraph(absl::StrCat("The schedule left the track: ", replay.divergence));
  }
  if (!options.quiet) {
    timing(result, page);
    const TaskNames names(replay.tasks);
    const auto steps = interleaving(replay.steps, names, replay.steps_left_out, options);
    if (steps.empty() && operations > 0) {
      page.paragraph(
          absl::StrCat("No two tasks met in this execution; --all shows its operations."));
    } else if (!steps.empty()) {
      page.blank();
      page.lines(steps);
    }
    if (!replay.outcome.empty()) {
      page.blank();
      page.paragraph("ends with  " + absl::StrJoin(replay.outcome, ", "), 4, 11);
    }
    std::vector<std::string> printed = absl::StrSplit(replay.output, '\n');
    if (printed.back().empty()) printed.pop_back();
    output_block(printed, "the program printed", page);
  }
  for (size_t i = 1; i <= result.findings.size(); ++i) {
    finding_block(result.findings, i, 0, false, page);
  }
  if (!result.findings.empty()) replay_line(result.findings.front(), page);
  return page.text();
}

}  // namespace heddle
