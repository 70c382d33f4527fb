#include "frontends/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "frontends/failure.h"
#include "unit/explorer/fake_world.h"

namespace heddle {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// In the symbol table, whatever the optimiser thinks of it.
volatile int watched_balance = 0;

void no_body(const Parameters&) {}

const NamedSchedule kSchedules[] = {
    {"told", "t1 reads 5", "heddle::watched_balance"}, {"broken", "t1 dances", "x"}, {}};
const Scenario kTable[] = {
    {"bank.unlocked", "check-failed", "a lesson", {100, 0}, {1000, 0}, no_body, kSchedules},
    {"bank.locked", "pass", "another lesson", {0, 0}, {0, 0}, no_body, nullptr},
    {},
};

class FakeStage : public Stage {
 public:
  explicit FakeStage(FakeWorld& world) : world_(world) {}
  World& world() override { return world_; }
  std::string open(bool) override {
    ++opened;
    return error;
  }
  void close() override { ++closed; }
  int error_descriptor() const override { return 2; }
  std::string with_dir(std::string_view text) const override { return std::string(text); }
  uint64_t build_digest() const override { return 99; }

  int opened = 0;
  int closed = 0;
  std::string error;

 private:
  FakeWorld& world_;
};

struct Said {
  int status = 0;
  std::string out;
  std::string error;
};

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest()
      : world_([this](FakeWorld&, const ExecutionRequest&) { return outcome_of(detections_); }),
        stage_(world_) {}

  Said heddle(std::vector<std::string> words) {
    words.insert(words.begin(), "heddle");
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    Said said;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    said.status = cli_main(static_cast<int>(argv.size()), argv.data(), stage_, kTable);
    said.out = testing::internal::GetCapturedStdout();
    said.error = testing::internal::GetCapturedStderr();
    return said;
  }

  // Wrong usage: one line, nothing on standard output, nothing run.
  void expect_refused(const std::vector<std::string>& words, const std::string& what,
                      int status = 2) {
    const Said said = heddle(words);
    EXPECT_EQ(said.status, status) << said.error;
    EXPECT_EQ(said.out, "");
    EXPECT_THAT(said.error, HasSubstr(what));
    EXPECT_THAT(said.error, StartsWith("heddle: "));
    EXPECT_EQ(said.error.find('\n'), said.error.size() - 1) << said.error;
    EXPECT_TRUE(world_.numbers.empty());
  }

  std::string schedule_of(const std::string& scenario) {
    Schedule schedule;
    schedule.scenario = scenario;
    return encode(schedule);
  }

  std::vector<Detection> detections_;
  FakeWorld world_;
  FakeStage stage_;
};

TEST_F(CommandLineTest, APassIsStatus0AndAFindingStatus1) {
  EXPECT_EQ(heddle({"run", "bank.locked", "--executions=5"}).status, 0);
  EXPECT_EQ(world_.numbers.size(), 6u) << "the first one is repeated";
  detections_ = {detection(FindingKind::check_failed, 1400)};
  const Said said = heddle({"run", "bank.locked", "--executions=5"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.out, HasSubstr("heddle replay h1.bank.locked."));
  EXPECT_EQ(said.error, "");
}

TEST_F(CommandLineTest, NoVerdictIsStatus3) {
  detections_ = {detection(FindingKind::not_modelled, 1400)};
  EXPECT_EQ(heddle({"run", "bank.locked"}).status, 3);
}

TEST_F(CommandLineTest, TheStageIsSetBeforeTheSnapshotAndClosedAtTheEnd) {
  heddle({"verify", "--executions=2"});
  EXPECT_EQ(stage_.opened, 1);
  EXPECT_EQ(stage_.closed, 1);
  EXPECT_EQ(world_.snapshots, 1);
  EXPECT_EQ(world_.forgotten, 2);
}

TEST_F(CommandLineTest, AStageThatCannotBeSetIsAnErrorOfTheEnvironment) {
  stage_.error = "no folder for executions can be made";
  expect_refused({"run", "bank.locked"}, "no folder for executions can be made", 3);
  EXPECT_EQ(stage_.closed, 0);
}

TEST_F(CommandLineTest, JsonNamesParametersAndSchedule) {
  detections_ = {detection(FindingKind::check_failed, 1400)};
  const Said said = heddle({"run", "bank.unlocked", "--threads=7", "--format=json"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.out, HasSubstr("\"threads\": 7"));
  EXPECT_THAT(said.out, HasSubstr("h1.bank.unlocked."));
}

TEST_F(CommandLineTest, ListShowsWhatMatches) {
  EXPECT_THAT(heddle({"list"}).out, HasSubstr("another lesson"));
  EXPECT_THAT(heddle({"list", "*.unlocked"}).out, Not(HasSubstr("another lesson")));
  EXPECT_TRUE(world_.numbers.empty());
  EXPECT_EQ(stage_.opened, 0);
}

TEST_F(CommandLineTest, VerifyComparesWithWhatIsExpected) {
  const Said none = heddle({"verify", "--executions=3"});
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.out, HasSubstr("WRONG bank.unlocked  check-failed  pass"));
  EXPECT_THAT(none.out, HasSubstr("heddle run bank.unlocked --seed=1"));
  detections_ = {detection(FindingKind::check_failed, 1400)};
  EXPECT_EQ(heddle({"verify", "--executions=3", "bank.unlocked"}).status, 0);
  EXPECT_EQ(heddle({"verify", "--executions=3"}).status, 1);
  // More than expected is not as expected.
  detections_.push_back(detection(FindingKind::deadlock, 1400));
  const Said more = heddle({"verify", "--executions=3", "bank.unlocked"});
  EXPECT_EQ(more.status, 1);
  EXPECT_THAT(more.out, HasSubstr("WRONG bank.unlocked  check-failed  check-failed, deadlock"));
}

TEST_F(CommandLineTest, DoctorRunsNothing) {
  const Said said = heddle({"doctor"});
  EXPECT_TRUE(said.status == 0 || said.status == 3);
  EXPECT_THAT(said.out, HasSubstr("glibc"));
  EXPECT_TRUE(world_.numbers.empty());
}

// ---- Replay -------------------------------------------------------------------------------------

TEST_F(CommandLineTest, AScheduleStringAloneSuffices) {
  const std::string schedule = schedule_of("bank.unlocked");
  const Said alone = heddle({"replay", schedule});
  EXPECT_EQ(alone.status, 0) << alone.error;
  EXPECT_THAT(alone.out, StartsWith("bank.unlocked"));
  EXPECT_EQ(heddle({"replay", "bank.unlocked", "--schedule=" + schedule}).out, alone.out);
}

TEST_F(CommandLineTest, AScheduleMayComeFromAFile) {
  const std::string path = testing::TempDir() + "heddle-schedule";
  std::ofstream(path) << schedule_of("bank.unlocked") << "\n";
  EXPECT_EQ(heddle({"replay", "bank.unlocked", "--schedule=@" + path}).status, 0);
  std::filesystem::remove(path);
}

TEST_F(CommandLineTest, AScheduleCarriesItsParameters) {
  Schedule schedule;
  schedule.scenario = "bank.unlocked";
  schedule.parameters = {{"threads", 7}};
  const std::string text = encode(schedule);
  EXPECT_THAT(heddle({"replay", text, "--format=json"}).out, HasSubstr("\"threads\": 7"));
  EXPECT_EQ(heddle({"replay", text, "--threads=7"}).status, 0);
  world_.numbers.clear();
  expect_refused({"replay", text, "--threads=8"}, "the schedule was made with 7");
}

TEST_F(CommandLineTest, ANamedScheduleThatCannotBePerformedHasNoVerdict) {
  watched_balance = 5;
  const Said said = heddle({"replay", "bank.unlocked", "--schedule=@told"});
  EXPECT_EQ(said.status, 3);
  EXPECT_THAT(said.out, HasSubstr("t1 reads 5"));
}

TEST_F(CommandLineTest, BadSchedulesAreRefusedWithTheReason) {
  const std::string good = schedule_of("bank.unlocked");
  std::string altered = good;
  altered[altered.size() - 3] = altered[altered.size() - 3] == 'A' ? 'B' : 'A';
  expect_refused({"replay", good.substr(0, good.size() - 2)}, "the schedule is cut");
  expect_refused({"replay", altered}, "the schedule is altered");
  expect_refused({"replay", "bank.unlocked", "--schedule=\x01\xff zebra"}, "this is no schedule");
  expect_refused({"replay", "h9.bank.unlocked.AAAA"}, "version h9");
  expect_refused({"replay", schedule_of("no.such")}, "unknown scenario no.such");
  expect_refused({"replay", "bank.locked", "--schedule=" + good},
                 "the schedule is of bank.unlocked, not of bank.locked");
  expect_refused({"replay", "bank.unlocked"}, "needs a schedule");
  expect_refused({"replay", good, "--schedule=" + good}, "two schedules");
  expect_refused({"replay", "bank.unlocked", "--schedule=@tolt"}, "did you mean @told?");
  expect_refused({"replay", "bank.unlocked", "--schedule=@broken"}, "t1 dances", 3);
}

// ---- Bad input ----------------------------------------------------------------------------------

TEST_F(CommandLineTest, UnknownNamesAreRefused) {
  expect_refused({"run", "bank.unlokced"}, "did you mean bank.unlocked?");
  expect_refused({"verify", "nothing.*"}, "no scenario matches nothing.*");
  expect_refused({"run", "bank.locked", "--strategy=luck"}, "unknown strategy luck");
  expect_refused({"run", "bank.locked", "--frobnicate"}, "unknown flag --frobnicate");
  expect_refused({"run", "bank.locked", "--format=xml"}, "unknown format xml");
}

TEST_F(CommandLineTest, SizesOutOfRangeAreRefused) {
  for (const char* wrong : {"--threads=0", "--threads=-1", "--threads=1000000000"}) {
    expect_refused({"run", "bank.unlocked", wrong}, wrong);
  }
  expect_refused({"run", "bank.unlocked", "--threads=1001"}, "from 1 to 1000");
  expect_refused({"run", "bank.locked", "--threads=2"}, "has no such size");
}

TEST_F(CommandLineTest, AnUnwritableFileIsRefusedBeforeAnythingIsRun) {
  expect_refused({"run", "bank.locked", "--out=/no/such/folder/report"},
                 "No such file or directory", 3);
}

TEST_F(CommandLineTest, AFullDiskIsStatus3) {
  const Said said = heddle({"run", "bank.locked", "--executions=2", "--out=/dev/full"});
  EXPECT_EQ(said.status, 3);
  EXPECT_THAT(said.error, HasSubstr("No space left on device"));
  EXPECT_EQ(said.error.find('\n'), said.error.size() - 1);
}

}  // namespace
}  // namespace heddle
