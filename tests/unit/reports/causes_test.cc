// Which findings stand behind which, and how many bugs they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/names.h"
#include "reports/story.h"
#include "reports/text.h"
#include "unit/reports/samples.h"

namespace heddle {
namespace {

using testing::HasSubstr;

TEST(LinkCauses, failure_that_performs_both_racing_accesses) {
  ExplorationResult result = samples::lost_update_sample();
  explain(result);
  EXPECT_EQ(result.findings[0].caused_by, 1);
  EXPECT_EQ(result.findings[1].caused_by, -1);
  EXPECT_EQ(count_bugs(result.findings), 1u);
}

TEST(LinkCauses, races_on_the_same_memory_count_once) {
  ExplorationResult result = samples::lost_update_sample();
  result.findings.push_back(result.findings[1]);
  result.findings[2].accesses[0].place.line = 99;
  explain(result);
  EXPECT_EQ(result.findings[0].caused_by, 1);
  EXPECT_EQ(result.findings[1].caused_by, -1);
  EXPECT_EQ(result.findings[2].caused_by, 1);
  EXPECT_EQ(count_bugs(result.findings), 1u);
  const std::string text = text_report(result, TextOptions());
  EXPECT_THAT(text, HasSubstr("causes [1]."));
  EXPECT_THAT(text, HasSubstr("The same memory as in [2]."));
}

TEST(LinkCauses, races_on_other_memory_count_each) {
  ExplorationResult result = samples::lost_update_sample();
  result.findings.push_back(result.findings[1]);
  result.findings[2].object = "other (global, 4 bytes)";
  for (Step& access : result.findings[2].accesses) access.place.line = 99;
  explain(result);
  EXPECT_EQ(result.findings[2].caused_by, -1);
  EXPECT_EQ(count_bugs(result.findings), 2u);
}

TEST(LinkCauses, never_a_race_at_other_lines) {
  ExplorationResult result = samples::lost_update_sample();
  result.findings[1].accesses[0].place.line = 99;
  explain(result);
  EXPECT_EQ(result.findings[0].caused_by, -1);
  EXPECT_EQ(count_bugs(result.findings), 2u);
}

TEST(CountBugs, errors_of_the_program_alone) {
  std::vector<Finding> findings(3);
  findings[0].kind = FindingKind::not_modelled;
  findings[1].severity = Severity::warning;
  EXPECT_EQ(count_bugs(findings), 1u);
}

}  // namespace
}  // namespace heddle
