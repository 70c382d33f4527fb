#include "reports/tables.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "reports/finding_text.h"
#include "reports/printable.h"

namespace heddle {
namespace {

constexpr size_t kWidestScenario = 40;
constexpr size_t kMark = 6;  // "WRONG "

size_t scenario_width(size_t widest) {
  return std::min(widest, kWidestScenario);
}

// Widths of the columns after the mark.
struct Columns {
  size_t name = 8;
  size_t expected = 8;
  size_t actual = 6;
  size_t sum() const { return kMark + name + kGutter + expected + kGutter + actual + kGutter; }
};

size_t widest_word(const std::string& text) {
  size_t widest = 0;
  for (const std::string& word : wrapped(text, 1)) widest = std::max(widest, display_width(word));
  return widest;
}

Columns measure(const std::vector<VerifyRow>& rows, size_t room) {
  Columns whole;
  Columns narrow;
  for (const VerifyRow& row : rows) {
    const std::string expected = printable(row.expected);
    const std::string actual = printable(row.actual);
    whole.name = std::max(whole.name, display_width(printable(row.scenario)));
    whole.expected = std::max(whole.expected, display_width(expected));
    whole.actual = std::max(whole.actual, display_width(actual));
    narrow.expected = std::max(narrow.expected, widest_word(expected));
    narrow.actual = std::max(narrow.actual, widest_word(actual));
  }
  narrow.name = whole.name = scenario_width(whole.name);
  return whole.sum() <= room ? whole : narrow;
}

void verify_row(const VerifyRow& row, const Columns& columns, Page& page) {
  const Ink& ink = page.ink();
  const std::vector<std::string> expected = wrapped(printable(row.expected), columns.expected);
  const std::vector<std::string> actual = wrapped(printable(row.actual), columns.actual);
  std::string facts = absl::StrCat(row.executions);
  if (!row.judges.empty()) absl::StrAppend(&facts, "  ", printable(row.judges));
  if (page.options().verbose) absl::StrAppend(&facts, absl::StrFormat("  %.2f s", row.seconds));
  for (size_t i = 0; i < std::max(expected.size(), actual.size()); ++i) {
    const auto cell = [&](const std::vector<std::string>& lines, size_t width) {
      return padded(i < lines.size() ? lines[i] : "", width + kGutter);
    };
    std::string mark(kMark, ' ');
    if (i == 0) mark = row.ok ? ink.good("ok    ") : ink.bad("WRONG ");
    std::string line = absl::StrCat(
        mark, padded(i == 0 ? printable(row.scenario) : "", columns.name + kGutter),
        cell(expected, columns.expected), cell(actual, columns.actual), i == 0 ? facts : "");
    line.erase(line.find_last_not_of(' ') + 1);
    page.line(line);
  }
  if (!row.ok && !row.note.empty()) page.line(std::string(kMark, ' ') + printable(row.note));
}

}  // namespace

std::string text_verify(const std::vector<VerifyRow>& rows, const TextOptions& options) {
  Page page(options);
  constexpr size_t kFacts = 20;  // "10000  100.00 s"
  const Columns columns = measure(rows, page.columns() - (options.verbose ? kFacts : kFacts / 2));
  size_t wrong = 0;
  if (!options.quiet) {
    page.line(page.ink().strong(
        absl::StrCat(std::string(kMark, ' '), padded("scenario", columns.name + kGutter),
                     padded("expected", columns.expected + kGutter),
                     padded("actual", columns.actual + kGutter), "executions")));
  }
  for (const VerifyRow& row : rows) {
    wrong += row.ok ? 0 : 1;
    if (!row.ok || !options.quiet) verify_row(row, columns, page);
  }
  if (!options.quiet) page.blank();
  page.line(wrong == 0 ? page.ink().good(
                             absl::StrCat(counted(rows.size(), "scenario"),
                                          rows.size() == 1 ? ", as expected" : ", all as expected"))
                       : page.ink().bad(absl::StrCat(
                             wrong, " of ", counted(rows.size(), "scenario"), " not as expected")));
  return page.text();
}

std::string text_list(const std::vector<ListRow>& rows, const TextOptions& options) {
  Page page(options);
  size_t name_width = 0;
  size_t expectation_width = 0;
  for (const ListRow& row : rows) {
    name_width = std::max(name_width, display_width(printable(row.scenario)));
    expectation_width = std::max(expectation_width, display_width(printable(row.expectation)));
  }
  name_width = scenario_width(name_width);
  const size_t before = name_width + 2 + expectation_width + 2;
  const bool beside = before + 30 <= page.columns();  // else the lesson has lines of its own
  for (const ListRow& row : rows) {
    const std::string name = padded(printable(row.scenario), name_width);
    std::string line = absl::StrCat(page.ink().strong(name), "  ",
                                    beside ? padded(printable(row.expectation), expectation_width)
                                           : printable(row.expectation));
    const size_t room = page.columns() - (beside ? before : 4);
    const std::vector<std::string> lesson = wrapped(printable(row.lesson), room);
    if (beside) absl::StrAppend(&line, "  ", lesson.front());
    page.line(line);
    for (size_t i = beside ? 1 : 0; i < lesson.size(); ++i) {
      page.line(std::string(beside ? before : 4, ' ') + lesson[i]);
    }
  }
  return page.text();
}

}  // namespace heddle
