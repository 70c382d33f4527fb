#include "reports/json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/story.h"
#include "unit/reports/samples.h"

namespace heddle {
namespace {

using nlohmann::json;

json schema() {
  std::ifstream file(HEDDLE_SOURCE_ROOT "/harness/reports/heddle-report-1.schema.json");
  return json::parse(file);
}

std::set<std::string> words(const json& list) {
  return list.get<std::set<std::string>>();
}

TEST(Json, schema_lists_every_finding_kind) {
  std::set<std::string> kinds;
#define X(name, word) kinds.insert(word);
  HEDDLE_FINDING_KINDS(X)
#undef X
  EXPECT_EQ(words(schema()["definitions"]["finding"]["properties"]["kind"]["enum"]), kinds);
}

TEST(Json, schema_lists_every_operation) {
  std::set<std::string> operations;
#define X(name, word) operations.insert(word);
  HEDDLE_OPERATIONS(X)
#undef X
  EXPECT_EQ(words(schema()["definitions"]["operation"]["properties"]["kind"]["enum"]), operations);
}

TEST(Json, keys_come_in_the_order_of_the_contract) {
  const auto report =
      nlohmann::ordered_json::parse(json_report(samples::lost_update_sample(), true));
  std::vector<std::string> keys;
  for (const auto& [key, value] : report.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"schema", "tool", "scenario", "verdict", "evidence",
                                            "strategy", "findings", "statistics"}));
}

TEST(Json, equal_results_give_equal_bytes_whatever_the_clock_said) {
  ExplorationResult result = samples::lost_update_sample();
  const std::string before = json_report(result, false);
  result.seconds *= 3;
  EXPECT_EQ(json_report(result, false), before);
  EXPECT_NE(json_report(result, true), before);
}

TEST(Json, is_plain_ascii_whatever_was_printed) {
  const std::string text = json_report(samples::hostile_sample(), false);
  for (const char c : text) {
    EXPECT_TRUE((c >= 0x20 && c < 0x7f) || c == '\n') << static_cast<int>(c);
  }
  const json report = json::parse(text);
  EXPECT_EQ(report["findings"][0]["output"][1], "caf\u00e9 \ufffd");
}

TEST(Json, a_race_gives_its_two_accesses) {
  ExplorationResult result = samples::lost_update_sample();
  explain(result);
  const json report = json::parse(json_report(result, false));
  EXPECT_EQ(report["findings"][0]["caused_by"], 1);
  const json& operations = report["findings"][1]["operations"];
  ASSERT_EQ(operations.size(), 2u);
  EXPECT_EQ(operations[0]["kind"], "write");
  EXPECT_EQ(operations[1]["kind"], "read");
}

TEST(Json, replay_holds_all_operations) {
  ReplayResult replay = samples::replay_sample();
  explain(replay);
  const json report = json::parse(json_replay(replay));
  EXPECT_EQ(report["execution"]["operations"].size(), replay.steps.size());
  EXPECT_EQ(report["execution"]["outcome"][0], "balance = -8");
  EXPECT_EQ(report["findings"][0]["operations"].size(), 8u);
}

}  // namespace
}  // namespace heddle
