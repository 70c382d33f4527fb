// GoogleTest tests whose bodies are explored.
//
//   HEDDLE_TEST(Bank, Deposit) { … EXPECT_EQ(account.balance(), 2); }
//   HEDDLE_TEST_F(BankTest, Deposit, heddle::Options().executions(5000)) { … }
//
// The body runs many times, each time from the same state and under another interleaving of the
// threads that it starts. EXPECT_, ASSERT_ and exceptions belong to the execution in which they
// fail; the test fails once, with Heddle's report and the command that replays it. A fixture is
// made anew for each execution, its SetUp and TearDown are part of it; SetUpTestSuite runs once,
// before. seed, schedule, counts and evidence are properties in GoogleTest's XML and JSON output.
// Without Heddle's run time the body runs once, on real threads ("uncontrolled").
#pragma once
#pragma GCC system_header  // __VA_OPT__ below also serves C++17

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <string>

#include "heddle/heddle.h"

namespace heddle {
namespace internal {

// Failures of one execution become its findings instead of GoogleTest's own record, which would
// not outlive it.
class FailuresAreFindings : public testing::ScopedFakeTestPartResultReporter {
 public:
  FailuresAreFindings() : ScopedFakeTestPartResultReporter(INTERCEPT_ALL_THREADS, &unused_) {}

  void ReportTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    if (result.fatally_failed()) note_fatal();
    // The caller of this function of GoogleTest's is the line with the EXPECT_ or ASSERT_.
    void (testing::internal::AssertHelper::*reporter)(const testing::Message&) const =
        &testing::internal::AssertHelper::operator=;
    static_assert(sizeof(reporter) >= sizeof(const void*), "a pointer to a member function");
    const void* address = nullptr;
    __builtin_memcpy(&address, &reporter, sizeof(address));
    heddle_note_failure(result.summary(), address);
  }

  // Whether a fatal failure has occurred in this execution. Not instrumented: GoogleTest's own
  // record is no part of the test's races either.
  __attribute__((no_sanitize_thread)) static bool fatal() { return fatal_flag(); }

 private:
  __attribute__((no_sanitize_thread)) static void note_fatal() { fatal_flag() = true; }
  __attribute__((no_sanitize_thread)) static bool& fatal_flag() {
    static bool flag = false;  // a global of the program: false again in each execution
    return flag;
  }

  testing::TestPartResultArray unused_;
};

inline std::string full_name(const testing::TestInfo& test) {
  return std::string(test.test_suite_name()) + "." + test.name();
}

inline void explore_test(const std::function<void()>& body, const Options& options,
                         const char* file, int line) {
  const std::string name = full_name(*testing::UnitTest::GetInstance()->current_test_info());
  if (heddle_explore == nullptr) {
    testing::Test::RecordProperty("heddle_verdict", "uncontrolled");
    body();
    return;
  }
  Report report;
  {
    const FailuresAreFindings redirect;
    report = explore(name, body, options, "--gtest_filter=" + name);
  }
  for (const auto& entry : report.entries()) {
    if (entry.first == "text" || entry.first == "json") continue;
    testing::Test::RecordProperty("heddle_" + entry.first, entry.second);
  }
  if (report["replayed"] == "yes") std::printf("%s", report.text().c_str());
  if (!report.ok())
    GTEST_MESSAGE_AT_(file, line, "", testing::TestPartResult::kFatalFailure) << report.text();
}

// The body as a fixture of its own, which lives for one execution.
template <typename Execution>
void run_execution() {
  Execution execution;
  execution.Execute();
}

}  // namespace internal
}  // namespace heddle

#define HEDDLE_OPTIONS_OF(...) (::heddle::Options(__VA_ARGS__))
#define HEDDLE_TEST_CLASS_(suite, name) suite##_##name##_HeddleTest
#define HEDDLE_EXECUTION_CLASS_(suite, name) suite##_##name##_HeddleExecution

// Declares the class that an execution is, and opens its body. `fixture` has a default constructor.
#define HEDDLE_EXECUTION_(suite, name, fixture)                 \
  class HEDDLE_EXECUTION_CLASS_(suite, name) : public fixture { \
   public:                                                      \
    void Execute() {                                            \
      this->SetUp();                                            \
      if (!::heddle::internal::FailuresAreFindings::fatal()) {  \
        this->TestBody();                                       \
      }                                                         \
      this->TearDown();                                         \
    }                                                           \
                                                                \
   private:                                                     \
    void TestBody() override;                                   \
  };

// `fixture_id`: GoogleTest wants all tests of a suite to have one fixture, and this test has it.
#define HEDDLE_REGISTER_(suite, name, fixture, ...)                                                \
  HEDDLE_EXECUTION_(suite, name, fixture)                                                          \
  class HEDDLE_TEST_CLASS_(suite, name) : public ::testing::Test {                                 \
   public:                                                                                         \
    void TestBody() override {                                                                     \
      ::heddle::internal::explore_test(                                                            \
          ::heddle::internal::run_execution<HEDDLE_EXECUTION_CLASS_(suite, name)>,                 \
          HEDDLE_OPTIONS_OF(__VA_ARGS__), __FILE__, __LINE__);                                     \
    }                                                                                              \
    static ::testing::TestInfo* const registered;                                                  \
  };                                                                                               \
  ::testing::TestInfo* const HEDDLE_TEST_CLASS_(suite, name)::registered =                         \
      ::testing::internal::MakeAndRegisterTestInfo(                                                \
          #suite, #name, nullptr, nullptr, ::testing::internal::CodeLocation(__FILE__, __LINE__),  \
          ::testing::internal::GetTypeId<fixture>(),                                               \
          ::testing::internal::SuiteApiResolver<fixture>::GetSetUpCaseOrSuite(__FILE__, __LINE__), \
          ::testing::internal::SuiteApiResolver<fixture>::GetTearDownCaseOrSuite(__FILE__,         \
                                                                                 __LINE__),        \
          new ::testing::internal::TestFactoryImpl<HEDDLE_TEST_CLASS_(suite, name)>);              \
  void HEDDLE_EXECUTION_CLASS_(suite, name)::TestBody()

// Like TEST and TEST_F, with options after the name: HEDDLE_TEST(Suite, Name[, options]) { body }.
#define HEDDLE_TEST(suite, name, ...) \
  HEDDLE_REGISTER_(suite, name, ::testing::Test __VA_OPT__(, ) __VA_ARGS__)
#define HEDDLE_TEST_F(fixture, name, ...) \
  HEDDLE_REGISTER_(fixture, name, fixture __VA_OPT__(, ) __VA_ARGS__)

// Like TEST_P, for fixtures that derive from testing::TestWithParam<T>.
#define HEDDLE_TEST_P(fixture, name, ...)                                                    \
  HEDDLE_EXECUTION_(fixture, name, fixture)                                                  \
  class HEDDLE_TEST_CLASS_(fixture, name)                                                    \
      : public ::testing::TestWithParam<typename fixture::ParamType> {                       \
   public:                                                                                   \
    void TestBody() override {                                                               \
      ::heddle::internal::explore_test(                                                      \
          ::heddle::internal::run_execution<HEDDLE_EXECUTION_CLASS_(fixture, name)>,         \
          HEDDLE_OPTIONS_OF(__VA_ARGS__), __FILE__, __LINE__);                               \
    }                                                                                        \
    static int AddToRegistry() {                                                             \
      ::testing::UnitTest::GetInstance()                                                     \
          ->parameterized_test_registry()                                                    \
          .GetTestSuitePatternHolder<fixture>(                                               \
              #fixture, ::testing::internal::CodeLocation(__FILE__, __LINE__))               \
          ->AddTestPattern(                                                                  \
              #fixture, #name,                                                               \
              new ::testing::internal::TestMetaFactory<HEDDLE_TEST_CLASS_(fixture, name)>(), \
              ::testing::internal::CodeLocation(__FILE__, __LINE__));                        \
      return 0;                                                                              \
    }                                                                                        \
    static const int registered;                                                             \
  };                                                                                         \
  const int HEDDLE_TEST_CLASS_(fixture, name)::registered =                                  \
      HEDDLE_TEST_CLASS_(fixture, name)::AddToRegistry();                                    \
  void HEDDLE_EXECUTION_CLASS_(fixture, name)::TestBody()
