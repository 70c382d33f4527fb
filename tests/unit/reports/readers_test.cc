// What is told of locks that several may hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/json.h"
#include "reports/story.h"
#include "reports/text.h"
#include "unit/reports/samples.h"

namespace heddle {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string text_of(const ExplorationResult& result) {
  TextOptions options;
  options.columns = 400;
  return text_report(result, options);
}

TEST(Readers, who_wants_to_write_waits_for_itself) {
  Finding finding = samples::self_deadlock_sample().findings[0];
  for (Step& step : finding.steps) {
    if (step.op == Op::mutex_lock) {
      step.op = step.effect == Effect::blocked ? Op::write_lock : Op::read_lock;
    }
  }
  explain(finding);
  EXPECT_THAT(finding.explanation,
              HasSubstr("main asks to write under account.mutex while it still reads under it"));
}

TEST(Readers, do_not_exclude_each_other) {
  Finding race = samples::lost_update_sample().findings[1];
  race.accesses[0].locks = {"a"};
  race.accesses[1].locks = {"b", "a"};
  explain(race);
  EXPECT_THAT(race.explanation, HasSubstr("Readers of a lock do not exclude each other."));
}

TEST(Readers, all_who_hold_it_are_counted) {
  ExplorationResult result = samples::orphaned_lock_sample();
  EXPECT_THAT(text_of(result), Not(HasSubstr("other task")));
  for (Wait& wait : result.findings[0].waits) {
    if (wait.owner_ended) wait.further_owners = 2;
  }
  EXPECT_THAT(text_of(result),
              HasSubstr("held by payer, which has ended, and held by 2 other tasks"));
}

TEST(Readers, wait_for_a_writer_that_holds_nothing_yet) {
  ExplorationResult result = samples::orphaned_lock_sample();
  for (Wait& wait : result.findings[0].waits) {
    if (!wait.owner_ended) continue;
    wait.owner_ended = false;
    wait.owner_waits = true;
  }
  EXPECT_THAT(text_of(result), HasSubstr("which goes first to payer, who waits to write"));
}

}  // namespace
}  // namespace heddle
