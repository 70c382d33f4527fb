// Where reports go: standard output, or a file that is written whole or not at all.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace heddle {

// Where a report will go. All functions throw Failure with the remedy.
class Output {
 public:
  // `path` empty: standard output. Checks at once that the file can be made, so that nobody waits
  // for a report that has no place to go to.
  explicit Output(std::string path);

  // Once.
  void write(absl::string_view text) const;

  bool to_terminal() const;

 private:
  void write_file(absl::string_view text) const;

  std::string path_;       // links followed
  bool replaces_ = false;  // a regular file: written beside it, then renamed over it
};

// Columns of the terminal at standard output; 80 when it is none.
int terminal_columns();

// Standard error, unless told otherwise; never fails.
void write_error(absl::string_view text, int descriptor = 2);

}  // namespace heddle
