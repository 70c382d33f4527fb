// Stories of a check that another task overtook, and of steps that show only from closer.
#include <gtest/gtest.h>

#include "reports/story.h"
#include "reports/story_parts.h"
#include "unit/reports/samples.h"

namespace heddle {
namespace {

using samples::Steps;

Finding failure(const std::string& message, std::vector<Step> steps) {
  Finding finding = samples::finding(FindingKind::check_failed, message, 1);
  finding.tasks = {samples::task(0, "main"), samples::task(1, "t1"), samples::task(2, "t2")};
  finding.steps = std::move(steps);
  return finding;
}

Finding explained(Finding finding) {
  explain(finding);
  return finding;
}

Steps stock_sold_twice() {
  Steps steps("shop.cc", "sell");
  steps.read(1, "stock", 1, 10);
  steps.read(2, "stock", 1, 10);
  steps.write(2, "stock", 1, 0, 11);
  steps.last().op = Op::atomic_update;
  return steps;
}

TEST(CheckThenAct, what_was_checked_holds_no_longer) {
  Steps steps = stock_sold_twice();
  steps.write(1, "stock", 0, -1, 11);
  steps.last().op = Op::atomic_update;
  const Finding finding = explained(failure("stock >= 0", steps.take()));
  EXPECT_EQ(finding.mistake, "check-then-act");
  EXPECT_EQ(
      finding.explanation,
      "Check, then act. t1 saw stock 1 (shop.cc:10); before it acted (shop.cc:11), t2 made it "
      "0 (shop.cc:11). t1 then made 0 into -1.");
  EXPECT_EQ(finding.steps[3].note, "had seen 1");
}

TEST(CheckThenAct, never_what_reads_and_writes_on_one_line) {
  Steps steps("count.cc", "count");
  steps.read(1, "produced", 0, 46);
  steps.read(2, "produced", 0, 46);
  steps.write(2, "produced", 0, 1, 46);
  steps.write(1, "produced", 1, 1, 46);
  EXPECT_EQ(explained(failure("the program ended with status 1", steps.take())).mistake,
            "lost-update");
}

TEST(CheckThenAct, never_after_a_second_look) {
  Steps steps = stock_sold_twice();
  steps.read(1, "stock", 0, 12);
  steps.write(1, "stock", 0, -1, 13);
  steps.last().op = Op::atomic_update;
  EXPECT_EQ(explained(failure("stock >= 0", steps.take())).mistake, "");
}

TEST(CheckThenAct, never_of_what_the_failure_is_not_about) {
  Steps steps = stock_sold_twice();
  steps.write(1, "stock", 0, -1, 11);
  steps.last().op = Op::atomic_update;
  steps.read(1, "money", 3, 20);
  EXPECT_EQ(explained(failure("money == 2", steps.take())).mistake, "");
}

TEST(CheckThenAct, never_without_a_change_in_between) {
  Steps steps("shop.cc", "sell");
  steps.read(1, "stock", 1, 10);
  steps.write(1, "stock", 1, 0, 11);
  steps.last().op = Op::atomic_update;
  steps.read(2, "stock", 0, 10);
  EXPECT_EQ(explained(failure("stock == 1", steps.take())).mistake, "");
}

TEST(Closer, shows_what_the_steps_do_not) {
  Steps closer = stock_sold_twice();
  closer.write(1, "stock", 0, -1, 11);
  closer.last().op = Op::atomic_update;
  Finding finding = failure("stock >= 0", {});
  finding.closer_steps = closer.take();
  finding = explained(finding);
  EXPECT_EQ(finding.mistake, "check-then-act");
  EXPECT_EQ(finding.steps.size(), 4u);
  EXPECT_TRUE(finding.closer_steps.empty());
}

TEST(Closer, is_forgotten_where_it_shows_nothing) {
  Steps steps("shop.cc", "sell");
  steps.read(1, "stock", 1, 10);
  Finding finding = failure("stock >= 0", steps.take());
  finding.closer_steps = stock_sold_twice().take();
  finding = explained(finding);
  EXPECT_EQ(finding.mistake, "");
  EXPECT_EQ(finding.steps.size(), 1u);
}

TEST(Mentions, parts_of_a_variable_without_their_underscore) {
  EXPECT_TRUE(mentions("account.balance() == 2", "account.balance_"));
  EXPECT_TRUE(mentions("account.total() == 2", "bank::account.balance_"));
  EXPECT_FALSE(mentions("rebalance() in bank", "bank::account.balance_"));
}

}  // namespace
}  // namespace heddle
