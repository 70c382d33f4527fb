// Reports of hand-made results, byte for byte. HEDDLE_UPDATE_GOLDEN=1 in the environment rewrites
// the files: read the difference as a newcomer would before committing it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "reports/json.h"
#include "reports/printable.h"
#include "reports/story.h"
#include "reports/tables.h"
#include "reports/text.h"
#include "unit/reports/samples.h"
#include "unit/reports/samples_memory.h"

namespace heddle {
namespace {

using namespace samples;  // NOLINT(google-build-using-namespace)

void expect_golden(const std::string& file, const std::string& text) {
  const std::filesystem::path path =
      std::filesystem::path(HEDDLE_SOURCE_ROOT) / "tests/golden" / file;
  if (std::getenv("HEDDLE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream stream(path, std::ios::binary);
  ASSERT_TRUE(stream) << path << " is missing: HEDDLE_UPDATE_GOLDEN=1 writes it";
  std::stringstream expected;
  expected << stream.rdbuf();
  EXPECT_EQ(text, expected.str()) << "in " << file;
}

// Only these lines may exceed the terminal, since they are to be copied whole.
void expect_fits(const std::string& text, size_t columns) {
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    if (absl::StrContains(line, "replay  heddle")) continue;
    EXPECT_LE(display_width(line), columns) << line;
  }
}

TextOptions wide(int columns, bool color = false) {
  TextOptions options;
  options.columns = columns;
  options.color = color;
  return options;
}

struct Sample {
  const char* name;
  std::function<ExplorationResult()> make;
};

void PrintTo(const Sample& sample, std::ostream* out) {
  *out << sample.name;
}

const Sample kSamples[] = {
    {"lost_update", lost_update_sample},
    {"deadlock", deadlock_sample},
    {"self_deadlock", self_deadlock_sample},
    {"orphaned_lock", orphaned_lock_sample},
    {"lost_wakeup", lost_wakeup_sample},
    {"hasty_consumer", hasty_consumer_sample},
    {"torn_file", torn_file_sample},
    {"dead_memory", dead_memory_sample},
    {"misuse", misuse_sample},
    {"leaked_task", leaked_task_sample},
    {"exception", exception_sample},
    {"many_tasks", many_tasks_sample},
    {"hostile", hostile_sample},
    {"pass", pass_sample},
    {"vacuous", vacuous_sample},
    {"exhaustive", exhaustive_sample},
    {"not_modelled", not_modelled_sample},
};

// The compiler's own version is the one thing that differs from machine to machine.
std::string without_compiler(std::string json) {
  const size_t begin = json.find("\"compiler\": \"");
  const size_t end = json.find('\n', begin);
  return json.replace(begin, end - begin, "\"compiler\": \"a compiler\"");
}

class GoldenReport : public testing::TestWithParam<Sample> {
 protected:
  static ExplorationResult result() {
    ExplorationResult result = GetParam().make();
    explain(result);
    return result;
  }
  static std::string file(const char* ending) { return absl::StrCat(GetParam().name, ending); }
};

TEST_P(GoldenReport, fits_80_columns) {
  const std::string text = text_report(result(), wide(80));
  expect_fits(text, 80);
  expect_golden(file(".80.txt"), text);
}

TEST_P(GoldenReport, fits_200_columns) {
  const std::string text = text_report(result(), wide(200));
  expect_fits(text, 200);
  expect_golden(file(".200.txt"), text);
}

TEST_P(GoldenReport, json) {
  expect_golden(file(".json"), without_compiler(json_report(result(), false)));
}

TEST_P(GoldenReport, colour_adds_nothing_but_colour) {
  const std::string plain = text_report(result(), wide(80));
  std::string stripped = text_report(result(), wide(80, true));
  EXPECT_NE(stripped, plain);
  for (const char* code : {"0", "1", "2", "1;31", "1;32", "1;33", "36"}) {
    stripped = absl::StrReplaceAll(stripped, {{absl::StrCat("\x1b[", code, "m"), ""}});
  }
  EXPECT_EQ(stripped, plain);
}

INSTANTIATE_TEST_SUITE_P(Samples, GoldenReport, testing::ValuesIn(kSamples),
                         [](const testing::TestParamInfo<Sample>& test) {
                           return std::string(test.param.name);
                         });

TEST(GoldenReports, colour) {
  ExplorationResult result = lost_update_sample();
  explain(result);
  expect_golden("lost_update.color.txt", text_report(result, wide(80, true)));
}

TEST(GoldenReports, everything) {
  ExplorationResult result = lost_update_sample();
  explain(result);
  TextOptions options = wide(100);
  options.all = options.verbose = true;
  expect_golden("lost_update.all.txt", text_report(result, options));
  expect_golden("lost_update.verbose.json", without_compiler(json_report(result, true)));
}

TEST(GoldenReports, quiet) {
  ExplorationResult result = lost_update_sample();
  explain(result);
  TextOptions options = wide(80);
  options.quiet = true;
  expect_golden("lost_update.quiet.txt", text_report(result, options));
}

TEST(GoldenReports, replay) {
  ReplayResult replay = replay_sample();
  explain(replay);
  for (const int columns : {80, 200}) {
    const std::string text = text_replay(replay, wide(columns));
    expect_fits(text, static_cast<size_t>(columns));
    expect_golden(absl::StrCat("replay.", columns, ".txt"), text);
  }
  TextOptions options = wide(80);
  options.all = true;
  expect_golden("replay.all.txt", text_replay(replay, options));
  expect_golden("replay.json", without_compiler(json_replay(replay)));
}

TEST(GoldenReports, diverged_replay) {
  ReplayResult replay = diverged_sample();
  explain(replay);
  expect_golden("diverged.80.txt", text_replay(replay, wide(80)));
}

TEST(GoldenReports, tables) {
  const std::vector<VerifyRow> rows = {
      {"bank.unlocked", "data-race, check-failed", "data-race, check-failed", true, 101, 0.25, ""},
      {"bank.locked", "pass", "check-failed", false, 1000, 1.5,
       "heddle replay bank.locked --schedule=h1.bank.locked.AQ"},
      {"deadlock.missing_release", "orphaned-lock", "orphaned-lock", true, 101, 0.01, ""}};
  expect_golden("verify.80.txt", text_verify(rows, wide(80)));
  expect_fits(text_verify(rows, wide(80)), 80);
  expect_golden("verify.200.txt", text_verify(rows, wide(200)));
  TextOptions verbose = wide(80);
  verbose.verbose = true;
  expect_golden("verify.verbose.txt", text_verify(rows, verbose));
  const std::vector<ListRow> list = {
      {"bank.unlocked", "data-race, check-failed", "Read, think, write: deposits are lost."},
      {"deadlock.lock_order", "deadlock",
       "Two locks taken in opposite order by two transfers wait for each other for ever."}};
  expect_golden("list.80.txt", text_list(list, wide(80)));
  expect_golden("list.200.txt", text_list(list, wide(200)));
}

}  // namespace
}  // namespace heddle
