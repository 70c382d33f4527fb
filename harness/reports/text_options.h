// How a text report is to look.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace heddle {

struct TextOptions {
  int columns = 80;  // of the terminal
  bool color = false;
  bool all = false;      // every recorded operation, not only those that matter
  bool verbose = false;  // times, call stacks, where tasks were created
  bool quiet = false;    // one line for the result and two for each finding
};

// Colour helps the eye and carries no meaning that the words do not carry.
class Ink {
 public:
  explicit Ink(bool on) : on_(on) {}
  std::string strong(absl::string_view text) const { return with("1", text); }
  std::string faint(absl::string_view text) const { return with("2", text); }
  std::string good(absl::string_view text) const { return with("1;32", text); }
  std::string bad(absl::string_view text) const { return with("1;31", text); }
  std::string doubtful(absl::string_view text) const { return with("1;33", text); }
  std::string name(absl::string_view text) const { return with("36", text); }

 private:
  std::string with(absl::string_view code, absl::string_view text) const {
    if (!on_ || text.empty()) return std::string(text);
    return absl::StrCat("\x1b[", code, "m", text, "\x1b[0m");
  }
  bool on_;
};

}  // namespace heddle
