#include "frontends/suppressions.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "frontends/failure.h"

namespace heddle {
namespace {

class SuppressionsTest : public testing::Test {
 protected:
  std::string file(const std::string& text) {
    // Tests run side by side.
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    const std::string path = testing::TempDir() + "/" + name + "-suppressions.txt";
    std::ofstream(path) << text;
    return path;
  }
  std::string refusal(const std::string& text) {
    try {
      const Suppressions read(file(text), "2026-06-15");
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.status, kExitUsage);
      return failure.line();
    }
    return "accepted";
  }
  static Finding race(const std::string& function, const std::string& path) {
    Finding finding;
    finding.kind = FindingKind::data_race;
    finding.accesses.resize(2);
    finding.accesses[1].place = {path, 7, function};
    return finding;
  }
  static ExplorationResult failing() {
    ExplorationResult result;
    result.verdict = Verdict::fail;
    result.findings = {race("Stats::add", "src/stats.cc"), race("run", "src/main.cc")};
    return result;
  }
};

TEST_F(SuppressionsTest, LeaveOutWhatTheyMatch) {
  ExplorationResult result = failing();
  const std::string text =
      "# known\n\ndata-race Stats::* until=2026-06-15 approximate by design\n"
      "deadlock * never seen\n";
  Suppressions(file(text), "2026-06-15").apply(result);
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].accesses[1].place.function, "run");
  EXPECT_EQ(result.verdict, Verdict::fail);
  ASSERT_EQ(result.suppressed.size(), 2u);
  EXPECT_EQ(result.suppressed[0].findings, 1u);
  EXPECT_EQ(result.suppressed[0].entry,
            "data-race Stats::* until=2026-06-15 approximate by design");
  EXPECT_EQ(result.suppressed[1].findings, 0u);
}

TEST_F(SuppressionsTest, APassIsLeftWhereNothingElseWasFound) {
  ExplorationResult result = failing();
  Suppressions(file("data-race src/*.cc legacy\n")).apply(result);
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(result.verdict, Verdict::pass);
  EXPECT_EQ(result.suppressed[0].findings, 2u);
}

TEST_F(SuppressionsTest, ExpiredOnesSayThatTheyAre) {
  ExplorationResult result = failing();
  Suppressions(file("data-race * until=2026-06-14 ticket 5\n"), "2026-06-15").apply(result);
  EXPECT_EQ(result.findings.size(), 2u);
  EXPECT_TRUE(result.suppressed[0].expired);
}

TEST_F(SuppressionsTest, WhatIsWrongIsSaidWithItsLine) {
  EXPECT_NE(refusal("\ndata-rase * why\n").find("suppressions.txt:2: data-rase is no kind"),
            std::string::npos);
  EXPECT_NE(refusal("data-rase * why\n").find("did you mean data-race"), std::string::npos);
  EXPECT_NE(refusal("nondeterminism * why\n").find("is no kind that can be suppressed"),
            std::string::npos);
  EXPECT_NE(refusal("data-race *\n").find("no reason"), std::string::npos);
  EXPECT_NE(refusal("data-race * until=2026-06-15\n").find("no reason"), std::string::npos);
  EXPECT_NE(refusal("data-race * until=soon why\n").find("is no date"), std::string::npos);
  EXPECT_NE(refusal("data-race * until=2026-13-01 why\n").find("is no date"), std::string::npos);
  EXPECT_THROW(Suppressions("/nowhere"), Failure);
}

}  // namespace
}  // namespace heddle
