#include "reports/finding_text.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "reports/interleaving.h"
#include "reports/names.h"
#include "reports/printable.h"

namespace heddle {
namespace {

// Longer lines are hard to read, however wide the terminal is.
constexpr size_t kWidestHeadline = 100;
constexpr size_t kWidestText = 120;

std::string title(const Finding& finding) {
  std::string text = word(finding.kind);
  if (finding.partial) text = absl::StrCat("partial ", text);
  if (finding.severity != Severity::error) {
    text = absl::StrCat(text, " (", word(finding.severity), ")");
  }
  return text;
}

// "[1] deadlock  2 tasks wait for each other                          41 of 102 executions"
void headline(const Finding& finding, size_t number, uint64_t executions, Page& page) {
  const Ink& ink = page.ink();
  const std::string label = absl::StrCat("[", number, "] ", title(finding));
  const std::string& source = finding.message.empty() ? finding.object : finding.message;
  std::vector<std::string> message = absl::StrSplit(source, '\n');
  const size_t indent = display_width(label) + 2;
  const size_t columns = std::min(page.columns(), kWidestHeadline);
  const size_t room = std::max(columns, indent + 20) - indent;
  std::vector<std::string> lines = wrapped(printable(message.front()), room);
  const std::string count =
      executions == 0 ? "" : absl::StrCat(finding.count, " of ", counted(executions, "execution"));
  std::string last = lines.size() == 1 ? label + "  " + lines[0] : "    " + lines.back();
  const size_t used = display_width(last) + 2 + display_width(count);
  const bool beside = !count.empty() && used <= columns && lines.size() == 1;
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string text = i == 0 ? absl::StrCat(ink.bad(label), "  ", ink.strong(lines[i]))
                              : absl::StrCat(std::string(indent, ' '), ink.strong(lines[i]));
    if (beside) {
      absl::StrAppend(&text, std::string(columns - used + 2, ' '), count);
    }
    page.line(std::move(text));
  }
  for (size_t i = 1; i < message.size(); ++i) page.line("      " + printable(message[i]));
  if (!count.empty() && !beside) page.line("    in " + count);
}

// "write by teller-2 at account.h:14, in Account::deposit; locks held: none"
void access_lines(const Finding& finding, const TaskNames& names, Page& page) {
  size_t widest = 0;
  for (const Step& access : finding.accesses) {
    widest = std::max(widest, absl::string_view(word(access.op)).size());
  }
  for (const Step& access : finding.accesses) {
    std::string text = absl::StrCat(padded(word(access.op), widest), " by ", names(access.task));
    if (!access.place.file.empty()) absl::StrAppend(&text, " at ", short_place(access.place));
    if (!access.place.function.empty()) absl::StrAppend(&text, "  in ", access.place.function);
    absl::StrAppend(
        &text, "  locks held: ", access.locks.empty() ? "none" : absl::StrJoin(access.locks, ", "));
    page.paragraph(text, 4, widest + 1);
    if (!page.options().verbose) continue;
    for (size_t i = 1; i < access.stack.size(); ++i) {
      const SourcePlace& frame = access.stack[i];
      page.paragraph(absl::StrCat("called from ", frame.function, frame.file.empty() ? "" : " at ",
                                  full_place(frame)),
                     8, 2);
    }
  }
}

// "in put at store.cc:9", and who called that.
void stack_lines(const Finding& finding, Page& page) {
  constexpr size_t kShown = 6;
  const size_t shown = page.options().verbose ? finding.stack.size() : kShown;
  for (size_t i = 0; i < finding.stack.size() && i < shown; ++i) {
    const SourcePlace& frame = finding.stack[i];
    const std::string at = frame.file.empty() ? "" : absl::StrCat(" at ", short_place(frame));
    page.paragraph(absl::StrCat(i == 0 ? "in " : "called from ", frame.function, at),
                   i == 0 ? 4 : 6, 2);
  }
  if (finding.stack.size() > shown) {
    page.line(absl::StrCat("      … ", counted(finding.stack.size() - shown, "more call"),
                           "; --verbose shows them"));
  }
}

bool is_join(const Wait& wait) {
  return absl::StartsWith(wait.for_what, "join ");
}

// "waits for b.mutex", from "lock b.mutex".
std::string waiting_text(absl::string_view for_what) {
  if (absl::ConsumePrefix(&for_what, "lock ")) return absl::StrCat("waits for ", for_what);
  if (absl::ConsumePrefix(&for_what, "wait on ")) {
    return absl::StrCat("waits to be notified on ", for_what);
  }
  return absl::StrCat("waits: ", for_what);
}

// "main waits for transfer-1 to end (join, transfer.cc:31)"
std::string join_text(const Wait& wait) {
  const std::string place = short_place(wait.since);
  return absl::StrCat(" waits for ", absl::StripPrefix(wait.for_what, "join "), " to end (join",
                      place.empty() ? "" : ", ", place, ")");
}

void wait_line(const Wait& wait, const TaskNames& names, Page& page) {
  std::string text = names(wait.task);
  if (!wait.holds.empty()) absl::StrAppend(&text, " holds ", wait.holds, " and");
  if (is_join(wait)) {
    text += join_text(wait);
  } else {
    absl::StrAppend(&text, " ", waiting_text(wait.for_what));
    if (!wait.since.file.empty()) absl::StrAppend(&text, " at ", short_place(wait.since));
    if (wait.owner == wait.task) {
      text += ", which it holds itself";
    } else if (wait.owner.valid()) {
      absl::StrAppend(&text, wait.owner_waits ? ", which goes first to " : ", held by ",
                      names(wait.owner), wait.owner_waits ? ", who waits to write" : "",
                      wait.owner_ended ? ", which has ended" : "");
    }
    if (wait.further_owners > 0) {
      absl::StrAppend(&text, ", and held by ", counted(wait.further_owners, "other task"));
    }
  }
  page.paragraph(text, 4, 4);
}

// Those who only wait for others to end come last: they are seldom to blame.
void wait_lines(const Finding& finding, const TaskNames& names, Page& page) {
  for (const bool joins : {false, true}) {
    for (const Wait& wait : finding.waits) {
      if (is_join(wait) == joins) wait_line(wait, names, page);
    }
  }
}

// "It causes [2]." of a race; of a further race on the same memory, which race that is.
std::string consequences(const std::vector<Finding>& findings, size_t number) {
  const Finding& finding = findings[number - 1];
  if (finding.kind == FindingKind::data_race && finding.caused_by >= 0) {
    return absl::StrCat("The same memory as in [", finding.caused_by + 1, "].");
  }
  std::vector<std::string> caused;
  for (size_t i = 0; i < findings.size(); ++i) {
    const bool race = findings[i].kind == FindingKind::data_race;
    if (!race && findings[i].caused_by == static_cast<int>(number) - 1) {
      caused.push_back(absl::StrCat("[", i + 1, "]"));
    }
  }
  return caused.empty() ? "" : absl::StrCat("It causes ", enumerated(caused), ".");
}

void task_lines(const Finding& finding, const TaskNames& names, Page& page) {
  for (const TaskInfo& task : involved_tasks(finding)) {
    if (task.created_at.file.empty()) continue;
    page.paragraph(absl::StrCat(names(task.id), " created at ", full_place(task.created_at)), 4, 4);
  }
}

}  // namespace

size_t Page::columns() const {
  return static_cast<size_t>(std::max(options_.columns, 40));
}

void Page::lines(const std::vector<std::string>& lines) {
  lines_.insert(lines_.end(), lines.begin(), lines.end());
}

void Page::paragraph(absl::string_view text, size_t indent, size_t hanging) {
  const size_t room = std::min(columns(), kWidestText) - indent - hanging;
  bool first = true;
  for (const std::string& part : wrapped(printable(text), room, hanging)) {
    line(std::string(first ? indent : indent + hanging, ' ') + part);
    first = false;
  }
}

void Page::blank() {
  if (!lines_.empty() && !lines_.back().empty()) lines_.emplace_back();
}

std::string Page::text() const {
  return absl::StrJoin(lines_, "\n") + "\n";
}

void output_block(const std::vector<std::string>& lines, absl::string_view title, Page& page) {
  if (lines.empty()) return;
  page.blank();
  page.line(absl::StrCat("    ", title));
  for (const std::string& line : lines) {
    page.line(
        absl::StrCat("    ", page.ink().faint("|"), line.empty() ? "" : " ", printable(line)));
  }
}

void replay_line(const Finding& finding, Page& page) {
  if (finding.replay.empty()) return;
  if (!finding.minimal && finding.gave_up_after > 0) {
    page.line(
        absl::StrCat("    not minimal: gave up after ", counted(finding.gave_up_after, "replay")));
  }
  page.line(absl::StrCat("    ", page.ink().strong("replay"), "  ", printable(finding.replay)));
}

void finding_block(const std::vector<Finding>& findings, size_t number, uint64_t executions,
                   bool whole, Page& page) {
  const Finding& finding = findings[number - 1];
  const TaskNames names(finding.tasks);
  const TextOptions& options = page.options();
  page.blank();
  headline(finding, number, executions, page);
  if (!options.quiet) {
    access_lines(finding, names, page);
    stack_lines(finding, page);
    wait_lines(finding, names, page);
    const std::string effects = consequences(findings, number);
    const std::string story = absl::StrCat(
        finding.explanation, finding.explanation.empty() || effects.empty() ? "" : " ", effects);
    for (const absl::string_view sentence : absl::StrSplit(story, '\n', absl::SkipEmpty())) {
      page.paragraph(sentence);
    }
    if (options.verbose) task_lines(finding, names, page);
    // The two accesses of a race say it all; their table would only repeat them.
    const bool table = whole && (finding.kind != FindingKind::data_race || options.all);
    if (table) {
      const auto steps = interleaving(finding.steps, names, finding.steps_left_out, options);
      if (!steps.empty()) page.blank();
      page.lines(steps);
    }
    if (whole) {
      output_block(
          finding.output,
          absl::StrCat("the program printed (last ", counted(finding.output.size(), "line"), ")"),
          page);
    }
  }
  if (whole) replay_line(finding, page);
}

}  // namespace heddle
