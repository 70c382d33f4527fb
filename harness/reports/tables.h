// The tables of `heddle verify` and `heddle list`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/text_options.h"

namespace heddle {

struct VerifyRow {
  std::string scenario;
  std::string expected;  // "pass", "data-race, check-failed"
  std::string actual;
  bool ok = false;
  uint64_t executions = 0;
  double seconds = 0;  // shown with --verbose only: equal runs give equal bytes
  std::string note;    // what to do about a row that is not ok: the replay line
  std::string judges;  // of two judges: "agree", or what the other says; empty: there is one
};

std::string text_verify(const std::vector<VerifyRow>& rows, const TextOptions& options);

struct ListRow {
  std::string scenario;
  std::string expectation;
  std::string lesson;
};

std::string text_list(const std::vector<ListRow>& rows, const TextOptions& options);

}  // namespace heddle
