// What explain() recognises, and what it leaves alone.
#include "reports/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "reports/json.h"
#include "reports/names.h"
#include "reports/story_parts.h"
#include "reports/text.h"
#include "unit/reports/samples.h"

namespace heddle {
namespace {

using samples::Steps;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Finding failed_with(const std::string& message, std::vector<Step> steps) {
  Finding finding = samples::finding(FindingKind::check_failed, message, 1);
  finding.tasks = {samples::task(0, "main"), samples::task(1, "t1"), samples::task(2, "t2"),
                   samples::task(3, "t3")};
  finding.steps = std::move(steps);
  return finding;
}

std::string explanation(Finding finding) {
  explain(finding);
  return finding.explanation;
}

std::vector<uint64_t> shown(const std::vector<Step>& steps) {
  std::vector<uint64_t> out;
  for (const Step& step : steps) {
    if (step.relevant) out.push_back(step.step);
  }
  return out;
}

TEST(LostUpdate, both_read_before_either_wrote) {
  Finding finding = samples::lost_update_sample().findings[0];
  explain(finding);
  EXPECT_EQ(finding.explanation,
            "An update of balance was lost. teller-7 and teller-42 both read balance 0 before "
            "either wrote; teller-42's write (account.h:14) put 1 over teller-7's 1. Another "
            "update was lost in the same way.");
  EXPECT_THAT(shown(finding.steps), ElementsAre(201, 202, 203, 204, 205, 210));
  EXPECT_EQ(finding.steps[5].note, "over teller-7's 1");
}

TEST(LostUpdate, overtaken_between_read_and_write) {
  Steps steps("a.cc", "f");
  steps.read(1, "balance", 0, 1);
  steps.write(2, "balance", 0, 3, 5);
  steps.read(2, "balance", 3, 4);
  steps.write(2, "balance", 3, 7, 5);
  steps.write(1, "balance", 7, 1, 2);
  EXPECT_EQ(explanation(failed_with("balance == 8", steps.take())),
            "An update of balance was lost. t1 read balance 0 (a.cc:1); before it wrote, t2 wrote "
            "7 (a.cc:5); t1's write (a.cc:2) put 1 over t2's 7.");
}

TEST(LostUpdate, counts_the_others) {
  Steps steps("a.cc", "f");
  for (uint32_t i = 1; i <= 3; ++i) steps.read(i, "balance", 0, 1);
  for (uint32_t i = 1; i <= 3; ++i) steps.write(i, "balance", i > 1 ? 1 : 0, 1, 2);
  steps.read(1, "balance", 1, 1);
  steps.read(2, "balance", 1, 1);
  steps.write(1, "balance", 1, 2, 2);
  steps.write(2, "balance", 2, 2, 2);
  EXPECT_THAT(explanation(failed_with("balance == 5", steps.take())),
              HasSubstr("Another 2 updates were lost in the same way."));
}

TEST(LostUpdate, a_lock_that_was_let_go_in_between_is_named) {
  Steps steps("a.cc", "f");
  steps.read(1, "balance", 0, 1);
  steps.last().locks = {"mutex"};
  steps.add(1, Op::mutex_unlock, "mutex", 2);
  steps.read(2, "balance", 0, 1);
  steps.write(2, "balance", 0, 1, 3);
  steps.write(1, "balance", 1, 1, 3);
  steps.last().locks = {"mutex"};
  EXPECT_THAT(explanation(failed_with("balance == 2", steps.take())),
              HasSubstr("t1 held mutex while it read and while it wrote, but not in between."));
}

TEST(LostUpdate, of_a_file_quotes_no_numbers_of_bytes) {
  Steps steps("a.cc", "buy");
  for (const uint32_t task : {1u, 2u}) {
    Step& read = steps.add(task, Op::file_read, "count.json", 3);
    read.has_value = true;
    read.value = 12;
  }
  for (const uint32_t task : {1u, 2u}) {
    Step& write = steps.add(task, Op::file_write, "count.json", 9);
    write.has_value = true;
    write.value = 12;
  }
  EXPECT_EQ(explanation(failed_with("3 were sold, but it was 4", steps.take())),
            "An update of count.json was lost. t1 and t2 both read count.json before either wrote; "
            "t2's write (a.cc:9) replaced what t1 had written.");
}

TEST(LostUpdate, never_where_updates_are_whole) {
  Steps steps("a.cc", "f");
  for (uint32_t i = 1; i <= 3; ++i) {
    steps.read(i, "balance", static_cast<int64_t>(i) - 1, 1);
    steps.write(i, "balance", static_cast<int64_t>(i) - 1, i, 2);
  }
  EXPECT_THAT(explanation(failed_with("balance == 4", steps.take())), IsEmpty());
}

TEST(LostUpdate, never_where_the_value_had_come_back) {
  Steps steps("a.cc", "f");
  steps.read(1, "balance", 0, 1);
  steps.write(2, "balance", 0, 5, 2);
  steps.write(2, "balance", 5, 0, 3);
  steps.write(1, "balance", 0, 1, 4);
  EXPECT_THAT(explanation(failed_with("balance == 4", steps.take())), IsEmpty());
}

TEST(LostUpdate, objects_of_one_name_are_told_apart) {
  Steps steps("a.cc", "f");
  steps.read(1, "node", 0, 1);
  steps.last().object_id = 1;
  steps.write(2, "node", 0, 1, 2);
  steps.last().object_id = 2;
  steps.write(1, "node", 1, 1, 2);
  steps.last().object_id = 1;
  EXPECT_THAT(explanation(failed_with("node == 2", steps.take())), IsEmpty());
}

TEST(LostUpdate, a_flag_nobody_speaks_of_is_no_story) {
  Steps steps("a.cc", "look");
  steps.read(1, "done", 0, 1);
  steps.write(2, "done", 0, 1, 2);
  steps.function("finish");
  steps.write(1, "done", 1, 1, 3);
  EXPECT_THAT(explanation(failed_with("items.size() == 3", steps.take())), IsEmpty());
}

TEST(TornRead, of_a_file_that_was_being_written) {
  Finding finding = samples::torn_file_sample().findings[0];
  explain(finding);
  EXPECT_THAT(finding.explanation, HasSubstr("A torn read. buyer-2 read tickets.json"));
  EXPECT_THAT(finding.explanation, HasSubstr("it saw an empty file."));
  EXPECT_THAT(shown(finding.steps), ElementsAre(1, 3, 4));
}

TEST(TornRead, never_at_the_end_of_a_file_that_was_read_whole) {
  Steps steps("a.cc", "f");
  steps.add(1, Op::file_open, "file", 1);
  for (const int64_t bytes : {12, 0}) {
    Step& read = steps.add(1, Op::file_read, "file", 2);
    read.has_value = true;
    read.value = bytes;
    if (bytes == 12) steps.add(2, Op::file_open, "file", 5);
  }
  steps.add(2, Op::file_write, "file", 6);
  EXPECT_THAT(explanation(failed_with("all went well", steps.take())), IsEmpty());
}

TEST(TornRead, beside_a_lost_update_both_are_told) {
  Finding finding = samples::torn_file_sample().findings[0];
  Step late = finding.steps[3];
  late.step = 6;
  late.task = TaskId(2);
  finding.steps.push_back(late);
  explain(finding);
  EXPECT_THAT(finding.explanation, HasSubstr("A torn read."));
  EXPECT_THAT(finding.explanation, HasSubstr("An update of tickets.json was lost."));
}

TEST(TornRead, of_two_variables_that_change_together) {
  Steps steps("a.cc", "f");
  steps.read(1, "point.x", 1, 1);
  steps.write(2, "point.x", 1, 2, 5);
  steps.write(2, "point.y", 1, 2, 6);
  steps.read(1, "point.y", 2, 2);
  EXPECT_EQ(explanation(failed_with("point.x and point.y are equal", steps.take())),
            "A torn read. t1 read point.x as it was before t2's change (a.cc:1) and point.y as it "
            "was after it (a.cc:2): two values that never belonged together.");
}

TEST(TornRead, never_of_two_rounds_of_one_line) {
  Steps steps("a.cc", "f");
  steps.read(1, "point.x", 1, 1);
  steps.read(1, "point.y", 1, 1);
  steps.write(2, "point.x", 1, 2, 5);
  steps.write(2, "point.y", 1, 2, 5);
  steps.read(1, "point.x", 2, 1);
  steps.read(1, "point.y", 2, 1);
  EXPECT_THAT(explanation(failed_with("point.x == 3", steps.take())),
              Not(HasSubstr("A torn read")));
}

TEST(TornRead, never_of_a_whole_snapshot) {
  Steps steps("a.cc", "f");
  steps.read(1, "point.x", 1, 1);
  steps.read(1, "point.y", 1, 2);
  steps.write(2, "point.x", 1, 2, 5);
  steps.write(2, "point.y", 1, 2, 6);
  steps.read(1, "point.x", 2, 1);
  steps.read(1, "point.y", 2, 2);
  EXPECT_THAT(explanation(failed_with("point.x == 3", steps.take())),
              Not(HasSubstr("A torn read")));
}

TEST(StaleWakeUp, another_took_the_lock_first) {
  Finding finding = samples::hasty_consumer_sample().findings[0];
  explain(finding);
  EXPECT_THAT(finding.explanation,
              HasSubstr("consumer-1 was woken by producer's notify (hasty.cc:13), but consumer-2 "
                        "took mutex (hasty.cc:20) before it could go on."));
}

TEST(StaleWakeUp, without_a_notify) {
  Steps steps("a.cc", "f");
  steps.add(1, Op::condition_wait, "ready", 3).effect = Effect::woken_spuriously;
  steps.read(1, "count", 0, 4);
  EXPECT_THAT(explanation(failed_with("the queue is not empty", steps.take())),
              HasSubstr("t1 woke up by itself (a.cc:3)"));
}

// The check is made by main, long after; what it saw was written by the task that went on.
Steps hasty_twice() {
  Steps steps("hasty.cc", "pop");
  steps.blocked(1, Op::condition_wait, "not_empty", 0xffff, 34);
  steps.function("push");
  steps.add(3, Op::condition_signal, "not_empty", 28).other = TaskId(1);
  steps.add(0, Op::mutex_lock, "mutex", 25);
  steps.function("pop");
  steps.add(2, Op::mutex_lock, "mutex", 33);
  steps.add(2, Op::mutex_unlock, "mutex", 38);
  steps.add(1, Op::condition_wait, "not_empty", 34);
  steps.add(1, Op::mutex_lock, "mutex", 34);
  steps.add(1, Op::heap_free, "heap block of 8 bytes", 35);
  return steps;
}

TEST(StaleWakeUp, of_the_task_that_wrote_what_the_check_saw) {
  Steps steps = hasty_twice();
  steps.write(1, "from_empty", 0, 1, 51);
  steps.read(0, "from_empty", 1, 64);
  steps.read(0, "into_full", 0, 64);
  steps.add(0, Op::heap_allocate, "heap block of 40 bytes", 70);
  Finding finding = failed_with("takes from an empty buffer == 0, but it was 1", steps.take());
  explain(finding);
  EXPECT_THAT(finding.explanation,
              HasSubstr("t1 was woken by t3's notify (hasty.cc:28), but t2 took mutex "
                        "(hasty.cc:33) before it could go on."));
  EXPECT_THAT(shown(finding.steps), ElementsAre(2, 4, 5, 6, 7, 9));
}

TEST(StaleWakeUp, never_of_a_task_whose_work_the_check_did_not_see) {
  Steps steps = hasty_twice();
  steps.write(1, "from_empty", 0, 1, 51);
  steps.read(0, "into_full", 0, 64);
  EXPECT_THAT(explanation(failed_with("puts == 0, but it was 1", steps.take())), IsEmpty());
}

TEST(StaleWakeUp, never_where_nobody_came_between) {
  Steps steps("a.cc", "f");
  steps.add(2, Op::condition_signal, "ready", 9);
  steps.add(1, Op::condition_wait, "ready", 3);
  steps.read(1, "count", 1, 4);
  EXPECT_THAT(explanation(failed_with("count == 2", steps.take())), IsEmpty());
}

TEST(Deadlock, opposite_order) {
  Finding finding = samples::deadlock_sample().findings[0];
  explain(finding);
  EXPECT_THAT(finding.explanation,
              HasSubstr("Both take two locks one after the other, in opposite"));
  EXPECT_THAT(shown(finding.steps), ElementsAre(4, 5, 6, 7));
}

TEST(Deadlock, earlier_rounds_are_left_out) {
  Finding finding = samples::deadlock_sample().findings[0];
  Steps steps("transfer.cc", "transfer");
  for (int round = 0; round < 5; ++round) {
    for (const uint32_t task : {1u, 2u}) {
      for (const Op op : {Op::mutex_lock, Op::mutex_unlock}) {
        steps.add(task, op, "a.mutex", 21);
        steps.add(task, op, "b.mutex", 22);
      }
    }
  }
  steps.add(1, Op::mutex_lock, "a.mutex", 21);
  steps.add(2, Op::mutex_lock, "b.mutex", 21);
  steps.blocked(1, Op::mutex_lock, "b.mutex", 2, 22);
  steps.blocked(2, Op::mutex_lock, "a.mutex", 1, 22);
  finding.steps = steps.take();
  explain(finding);
  EXPECT_THAT(shown(finding.steps), ElementsAre(41, 42, 43, 44));
}

TEST(Deadlock, a_circle_of_more_names_its_order) {
  EXPECT_THAT(explanation(samples::many_tasks_sample().findings[0]),
              HasSubstr("philosopher-1 -> philosopher-2 -> philosopher-3"));
}

TEST(Deadlock, without_a_circle_nothing_is_claimed) {
  Finding finding = samples::finding(FindingKind::deadlock, "1 task waits", 1);
  finding.waits = {samples::wait(1, "join t2", 2, {}, "")};
  EXPECT_THAT(explanation(finding), IsEmpty());
}

TEST(SelfDeadlock, says_which_lock) {
  EXPECT_THAT(explanation(samples::self_deadlock_sample().findings[0]),
              HasSubstr("main locks account.mutex a second time"));
}

TEST(OrphanedLock, names_the_owner_that_ended) {
  Finding finding = samples::orphaned_lock_sample().findings[0];
  explain(finding);
  EXPECT_THAT(finding.explanation, HasSubstr("payer locked account.mutex (missing_release.cc:14) "
                                             "and ended without unlocking it."));
  EXPECT_THAT(shown(finding.steps), ElementsAre(1, 2, 3));
}

TEST(OrphanedLock, of_an_owner_that_lives_on) {
  Finding finding = samples::orphaned_lock_sample().findings[0];
  finding.waits[1].owner_ended = false;
  EXPECT_THAT(explanation(finding), HasSubstr("and went on without unlocking it."));
}

TEST(LostWakeup, notify_before_wait) {
  Finding finding = samples::lost_wakeup_sample().findings[0];
  explain(finding);
  EXPECT_THAT(finding.explanation, HasSubstr("producer notified ready (deaf.cc:20) before consumer "
                                             "began to wait (deaf.cc:31)."));
  EXPECT_THAT(shown(finding.steps), ElementsAre(2, 5));
}

TEST(LostWakeup, notify_went_to_another) {
  Finding finding = samples::lost_wakeup_sample().findings[0];
  finding.tasks.push_back(samples::task(3, "rival"));
  Steps steps("deaf.cc", "f");
  steps.blocked(2, Op::condition_wait, "ready", 0, 31);
  steps.blocked(3, Op::condition_wait, "ready", 0, 31);
  steps.about(1, Op::condition_signal, 3, 20);
  steps.last().object = "ready";
  finding.steps = steps.take();
  EXPECT_THAT(explanation(finding),
              HasSubstr("producer's notify-one (deaf.cc:20) woke rival and not consumer"));
}

TEST(LostWakeup, nobody_notified) {
  Finding finding = samples::lost_wakeup_sample().findings[0];
  std::erase_if(finding.steps, [](const Step& step) { return step.op == Op::condition_signal; });
  EXPECT_THAT(explanation(finding), HasSubstr("Nobody notified ready in this execution"));
}

TEST(LeakedTask, names_who_runs_on) {
  EXPECT_THAT(explanation(samples::leaked_task_sample().findings[0]),
              HasSubstr("download-1 was still running when the body returned"));
}

TEST(DataRace, says_what_the_locks_were) {
  Finding race = samples::lost_update_sample().findings[1];
  EXPECT_THAT(explanation(race), HasSubstr("no lock, atomic, start or join lies between them."));
  race.accesses[0].locks = {"a"};
  EXPECT_THAT(explanation(race), HasSubstr("teller-7 holds a, but teller-42 holds no lock."));
  race.accesses[1].locks = {"b"};
  EXPECT_THAT(explanation(race), HasSubstr("each holds a lock, but not the same one."));
  race.accesses[0].op = Op::atomic_store;
  EXPECT_THAT(explanation(race), HasSubstr("One access is atomic, but the other is not."));
}

TEST(Explain, keeps_an_explanation_that_is_there) {
  Finding finding = samples::lost_update_sample().findings[0];
  finding.explanation = "Known already.";
  EXPECT_EQ(explanation(finding), "Known already.");
}

TEST(Explain, every_kind_with_and_without_steps) {
#define X(name, word) FindingKind::name,
  for (const FindingKind kind : {HEDDLE_FINDING_KINDS(X)}) {
#undef X
    for (const ExplorationResult& result :
         {samples::lost_update_sample(), samples::deadlock_sample(), samples::lost_wakeup_sample(),
          samples::pass_sample()}) {
      Finding finding = result.findings.empty() ? Finding() : result.findings[0];
      finding.kind = kind;
      explain(finding);
      EXPECT_LE(shown(finding.steps).size(), finding.steps.size());
    }
  }
}

// A finding such as no detector makes: explain() and the reports must bear it.
Finding random_finding(Rng& rng) {
  static const char* kObjects[] = {"", "balance", "a.mutex", "ready", "$DIR/count.json"};
  Finding finding = samples::finding(static_cast<FindingKind>(rng.below(16)), "balance", 1);
  for (uint32_t i = 0; i < rng.below(5); ++i) finding.tasks.push_back(samples::task(i, "t"));
  const auto any_task = [&] { return rng.below(8) == 0 ? TaskId::none() : TaskId(rng.below(5)); };
  Steps steps("a.cc", "f");
  for (uint32_t i = 0; i < rng.below(40); ++i) {
    steps.skip(rng.below(3));
    Step& step = steps.add(rng.below(4), static_cast<Op>(rng.below(41)), kObjects[rng.below(5)],
                           static_cast<int>(rng.below(4)));
    step.task = any_task();
    step.other = any_task();
    step.effect = static_cast<Effect>(rng.below(5));
    step.has_value = rng.below(2) == 0;
    step.changes = step.has_value && rng.below(2) == 0;
    step.value = rng.below(3);
    if (rng.below(4) == 0) step.locks = {"a.mutex"};
    if (rng.below(8) == 0) finding.accesses.push_back(step);
  }
  finding.steps = steps.take();
  static const char* kWaits[] = {"lock a.mutex", "wait on ready", "join t", "something"};
  for (uint32_t i = 0; i < rng.below(4); ++i) {
    Wait wait = samples::wait(0, kWaits[rng.below(4)], 0, {"a.cc", 1, "f"}, "");
    wait.task = any_task();
    wait.owner = any_task();
    wait.owner_ended = rng.below(2) == 0;
    finding.waits.push_back(wait);
  }
  return finding;
}

TEST(Explain, any_finding_can_be_told_and_printed) {
  for (uint64_t round = 0; round < 3000; ++round) {
    Rng rng = Rng::for_execution(3, round);
    ExplorationResult result = samples::result("a.b", Verdict::fail, 2);
    result.findings = {random_finding(rng), random_finding(rng)};
    explain(result);
    TextOptions options;
    options.columns = static_cast<int>(rng.below(200));
    options.all = rng.below(2) == 0;
    options.verbose = rng.below(2) == 0;
    EXPECT_FALSE(text_report(result, options).empty());
    EXPECT_FALSE(json_report(result, true).empty());
  }
}

TEST(Explain, shows_the_last_meetings_where_no_mistake_is_known) {
  Steps steps("a.cc", "f");
  steps.read(1, "own", 0, 1);
  for (uint32_t i = 0; i < 100; ++i) steps.add(1 + i % 2, Op::mutex_lock, "mutex", 2);
  steps.read(1, "own", 0, 1);
  Finding finding = failed_with("something else", steps.take());
  explain(finding);
  const std::vector<uint64_t> steps_shown = shown(finding.steps);
  ASSERT_EQ(steps_shown.size(), 24u);
  EXPECT_EQ(steps_shown.back(), 101u);
}

TEST(Explain, no_heap_blocks_and_no_ends_of_tasks_among_the_meetings) {
  Steps steps("a.cc", "f");
  for (uint32_t task = 1; task <= 2; ++task) {
    steps.add(task, Op::task_start, "", 1);
    steps.add(task, Op::heap_allocate, "heap block of 8 bytes", 2);
    steps.add(task, Op::mutex_lock, "mutex", 3);
    steps.add(task, Op::heap_free, "heap block of 8 bytes", 4);
    steps.add(task, Op::task_end, "", 5);
  }
  Finding finding = failed_with("something else", steps.take());
  explain(finding);
  EXPECT_THAT(shown(finding.steps), ElementsAre(3, 8));
}

TEST(Replay, shows_the_steps_of_its_findings) {
  ReplayResult replay = samples::replay_sample();
  explain(replay);
  EXPECT_THAT(shown(replay.steps), ElementsAre(3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_EQ(replay.steps[5].note, "over t2's 8");
}

TEST(Replay, without_findings_shows_where_tasks_meet) {
  ReplayResult replay = samples::replay_sample();
  replay.result.findings.clear();
  explain(replay);
  EXPECT_THAT(shown(replay.steps), ElementsAre(3, 4, 5, 6, 7, 8, 9, 10, 13));
}

TEST(Mentions, whole_words_of_the_last_part) {
  EXPECT_TRUE(mentions("balance == 2, but it was 1", "bank::balance"));
  EXPECT_TRUE(mentions("balance == 2", "balance+8"));
  EXPECT_TRUE(mentions("items[0] is set", "queue.items[2]"));
  EXPECT_FALSE(mentions("rebalance == 2", "balance"));
  EXPECT_FALSE(mentions("balances == 2", "balance"));
  EXPECT_FALSE(mentions("anything", ""));
}

}  // namespace
}  // namespace heddle
