// Findings that a team has decided to live with, for a while: --suppressions=FILE.
//
// One entry a line: KIND PATTERN [until=YYYY-MM-DD] REASON. The pattern is a glob over functions
// and files of the places that a finding is about ("*::flush*", "src/stats.cc"); empty lines and
// lines that begin with # do not count.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace heddle {

class Suppressions {
 public:
  // Throws Failure where the file, or an entry, cannot be read. An empty path: there are none.
  // `today` as YYYY-MM-DD; empty: asks the system's clock if an entry wants to know.
  explicit Suppressions(const std::string& path, std::string today = "");

  // Takes the findings out that an entry in force matches, says so in the result, and judges it
  // anew. What Heddle could not judge stays. Before the findings are explained.
  void apply(ExplorationResult& result) const;

 private:
  struct Entry {
    std::string text;
    std::string kind;
    std::string pattern;
    bool expired = false;
  };

  static bool matches(const Entry& entry, const Finding& finding);

  std::vector<Entry> entries_;
};

}  // namespace heddle
