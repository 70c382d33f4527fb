#include "frontends/output.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "frontends/failure.h"

namespace heddle {
namespace {

namespace fs = std::filesystem;

class OutputTest : public testing::Test {
 protected:
  OutputTest() {
    std::string name = testing::TempDir() + "heddle-output-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~OutputTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string content(const std::string& path) {
    std::ifstream file(path);
    return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  }
  size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  template <typename Function>
  static std::string failure(Function function) {
    try {
      function();
    } catch (const Failure& failed) {
      EXPECT_EQ(failed.status, kExitError);
      return failed.line();
    }
    return "written";
  }

  fs::path folder_;
};

TEST_F(OutputTest, WritesTheFileAndNothingElse) {
  Output(path("report")).write("text\n");
  EXPECT_EQ(content(path("report")), "text\n");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputTest, ReplacesAFileAndKeepsItsMode) {
  std::ofstream(path("report")) << "a much longer text that was there before";
  ::chmod(path("report").c_str(), 0640);
  Output(path("report")).write("new\n");
  EXPECT_EQ(content(path("report")), "new\n");
  struct stat status = {};
  ASSERT_EQ(::stat(path("report").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_F(OutputTest, FollowsALinkInsteadOfReplacingIt) {
  std::ofstream(path("target")) << "old";
  fs::create_symlink(path("target"), path("link"));
  Output(path("link")).write("new\n");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(content(path("target")), "new\n");
}

TEST_F(OutputTest, NothingIsThereBeforeTheReportIs) {
  const Output output(path("report"));
  EXPECT_EQ(files(), 0u);
}

TEST_F(OutputTest, AMissingFolderIsRefusedBeforeAnythingIsRun) {
  const std::string line = failure([&] { Output(path("no/such/report")); });
  EXPECT_EQ(line.rfind("heddle: cannot write to ", 0), 0u);
  EXPECT_NE(line.find("No such file or directory"), std::string::npos);
}

TEST_F(OutputTest, AFolderIsNoFile) {
  EXPECT_NE(failure([&] { Output(folder_.string()); }).find("Is a directory"), std::string::npos);
}

TEST_F(OutputTest, AFullDiskIsNamedAndTheDeviceStays) {
  const std::string line = failure([] { Output("/dev/full").write("text\n"); });
  EXPECT_NE(line.find("No space left on device"), std::string::npos);
  EXPECT_NE(line.find("make room"), std::string::npos);
  EXPECT_FALSE(fs::is_regular_file("/dev/full"));
}

TEST_F(OutputTest, IsWrittenWhereItWasNamedThoughTheFolderChanges) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  const Output output("report");
  fs::current_path(before);
  output.write("text\n");
  EXPECT_EQ(content(path("report")), "text\n");
}

}  // namespace
}  // namespace heddle
