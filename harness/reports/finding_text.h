// One finding as a block of a text report.
#pragma once

#include <string>
#include <vector>

#include "core/finding.h"
#include "reports/text_options.h"

namespace heddle {

// Lines of a report, without line ends.
class Page {
 public:
  explicit Page(const TextOptions& options) : options_(options), ink_(options.color) {}
  const TextOptions& options() const { return options_; }
  const Ink& ink() const { return ink_; }
  size_t columns() const;

  void line(std::string text) { lines_.push_back(std::move(text)); }
  void lines(const std::vector<std::string>& lines);
  // Escaped, broken into lines; lines after the first are indented by `hanging` more.
  void paragraph(absl::string_view text, size_t indent = 4, size_t hanging = 0);
  void blank();  // at most one in a row
  std::string text() const;

 private:
  const TextOptions& options_;
  Ink ink_;
  std::vector<std::string> lines_;
};

// `number` is 1-based in `findings`; `executions` is what its count is out of, 0 for a replay. The
// interleaving, the output and the replay line are left out where `whole` is false, because they
// are the page's.
void finding_block(const std::vector<Finding>& findings, size_t number, uint64_t executions,
                   bool whole, Page& page);

// The command that shows a finding again; never broken, since it is to be copied.
void replay_line(const Finding& finding, Page& page);

// What the program printed, under a title.
void output_block(const std::vector<std::string>& lines, absl::string_view title, Page& page);

}  // namespace heddle
