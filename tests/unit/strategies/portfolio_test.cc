#include "strategies/portfolio.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

// Notes what it is asked.
class Member : public Strategy {
 public:
  struct Log {
    std::vector<uint64_t> begun;
    std::vector<uint64_t> ended;
    int choices = 0;
    int created = 0;
  };
  Member(Log& log, uint64_t executions, bool stops) : log_(log), left_(executions), stops_(stops) {}
  const char* name() const override { return "member"; }
  bool begin(ExecutionNumber number) override {
    log_.begun.push_back(number.number);
    return left_-- > 0;
  }
  TaskId choose(const ChoicePoint& point) override {
    ++log_.choices;
    return point.fallback;
  }
  uint32_t choose_value(const Position&, uint32_t) override { return 0; }
  void task_created(TaskId, TaskId, uint32_t) override { ++log_.created; }
  bool wants_stops() const override { return stops_; }
  uint32_t next_stop(TaskId, uint32_t, uint32_t) override { return stops_ ? 5 : 0; }
  void end(const TraceSummary& trace) override { log_.ended.push_back(trace.number); }

 private:
  Log& log_;
  uint64_t left_;
  const bool stops_;
};

class PortfolioTest : public testing::Test {
 protected:
  Portfolio portfolio(std::vector<uint64_t> executions, bool stops = false) {
    std::vector<std::unique_ptr<Strategy>> members;
    for (size_t i = 0; i < executions.size(); ++i) {
      members.push_back(std::make_unique<Member>(logs_[i], executions[i], stops && i == 1));
    }
    return Portfolio(std::move(members));
  }
  Member::Log logs_[3];
};

TEST_F(PortfolioTest, MembersTakeTurnsUnderGlobalNumbers) {
  Portfolio three = portfolio({100, 100, 100});
  for (uint64_t number = 0; number < 8; ++number) {
    EXPECT_TRUE(three.begin({number, 0}));
    three.task_created(TaskId(0), TaskId::none(), 0);
    three.choose(ChoicePoint());
    TraceSummary trace;
    trace.number = number;
    three.end(trace);
  }
  EXPECT_EQ(logs_[0].begun, (std::vector<uint64_t>{0, 3, 6}));
  EXPECT_EQ(logs_[1].begun, (std::vector<uint64_t>{1, 4, 7}));
  EXPECT_EQ(logs_[2].begun, (std::vector<uint64_t>{2, 5}));
  for (const Member::Log& log : logs_) {
    EXPECT_EQ(log.ended, log.begun);
    EXPECT_EQ(log.choices, static_cast<int>(log.begun.size()));
    EXPECT_EQ(log.created, log.choices);
  }
}

TEST_F(PortfolioTest, AChildBelongsToTheMemberOfItsParent) {
  Portfolio two = portfolio({100, 100});
  two.begin({4, 0});
  two.begin({4, 1});
  two.begin({4, 2});
  EXPECT_EQ(logs_[0].begun.size(), 3u);
  EXPECT_EQ(logs_[1].begun.size(), 0u);
}

TEST_F(PortfolioTest, IsExhaustedWithItsFirstExhaustedMember) {
  Portfolio two = portfolio({100, 1});
  EXPECT_TRUE(two.begin({0, 0}));
  EXPECT_TRUE(two.begin({1, 0}));
  EXPECT_TRUE(two.begin({2, 0}));
  EXPECT_FALSE(two.begin({3, 0}));
}

TEST_F(PortfolioTest, StopsWhereTheMemberInChargeWantsIt) {
  EXPECT_FALSE(portfolio({1, 1}).wants_stops());
  Portfolio stopping = portfolio({100, 100}, true);
  EXPECT_TRUE(stopping.wants_stops());
  stopping.begin({0, 0});
  EXPECT_EQ(stopping.next_stop(TaskId(0), 1, 0), 0u);
  stopping.begin({1, 0});
  EXPECT_EQ(stopping.next_stop(TaskId(0), 1, 0), 5u);
}

}  // namespace
}  // namespace heddle
