// What tests of generated inputs share: one seed for all, and reading what Heddle reports.
//
// 1,000 cases with the same seed in every run, fewer where sanitizers make each one slow; RC_PARAMS
// of the environment ("seed=7 max_success=5000") chooses otherwise. rapidcheck prints it with the
// smallest input that fails.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>

#include "heddle/heddle.h"

namespace properties {

#ifdef HEDDLE_SANITIZED
inline constexpr char kParameters[] = "seed=1 max_success=300";
#else
inline constexpr char kParameters[] = "seed=1 max_success=1000";
#endif
// rapidcheck reads the variable at its first check.
inline const int kConfigured = ::setenv("RC_PARAMS", kParameters, /*overwrite=*/0);

template <typename Property>
void expect(const char* name, Property&& property) {
  EXPECT_TRUE(rc::check(name, std::forward<Property>(property)));
}

inline rc::Gen<std::string> some_strategy() {
  return rc::gen::element<std::string>("random", "pct", "pos", "portfolio", "dfs");
}

// What "outcomes":[{"value":"…" of a report says.
inline std::set<std::string> outcomes_of(const heddle::Report& report) {
  std::set<std::string> outcomes;
  const std::string& json = report.json();
  const std::string mark = "\"value\": \"";
  for (size_t at = json.find("\"outcomes\""); at != std::string::npos;) {
    at = json.find(mark, at);
    if (at == std::string::npos) break;
    at += mark.size();
    outcomes.insert(json.substr(at, json.find('"', at) - at));
  }
  return outcomes;
}

inline std::set<std::string> kinds_of(const heddle::Report& report) {
  std::set<std::string> kinds;
  const std::string all = report["findings"] + ", ";
  for (size_t at = 0; at < all.size();) {
    const size_t end = all.find(", ", at);
    if (end > at) kinds.insert(all.substr(at, end - at));
    at = end + 2;
  }
  return kinds;
}

// The line of the JSON report with the first finding's sentence.
inline std::string first_message(const heddle::Report& report) {
  const std::string& json = report.json();
  const size_t at = json.find("\"message\": ");
  return at == std::string::npos ? "no finding" : json.substr(at, json.find('\n', at) - at);
}

inline bool is_subset(const std::set<std::string>& few, const std::set<std::string>& many) {
  return std::includes(many.begin(), many.end(), few.begin(), few.end());
}

}  // namespace properties
