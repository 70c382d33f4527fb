#include "explorer/story.h"

#include <gtest/gtest.h>

#include <cstring>

#include "unit/explorer/fake_world.h"

namespace heddle {
namespace {

constexpr uintptr_t kBalance = 0x1000;
constexpr uintptr_t kMutexA = 0x2000;
constexpr uintptr_t kMutexB = 0x2100;
constexpr uintptr_t kBlock = 0x9000;

class StoryTest : public testing::Test {
 protected:
  StoryTest() : world_([](FakeWorld&, const ExecutionRequest&) { return ExecutionOutcome(); }) {
    symbols_.variables[kBalance] = {"balance", 4, 0};
    symbols_.variables[kMutexA] = {"a.mutex", 40, 0};
    symbols_.variables[kMutexB] = {"b", 400, 0};
    world_.objects = {{1, kMutexA}, {2, kMutexB + 8}, {3, kBlock}};
    Described block;
    block.what = Described::What::heap;
    block.size = 24;
    block.offset = 8;
    block.allocated_at.pc = 900;
    world_.places[kBlock] = block;
    add_task("teller-1");
    add_task("teller-2");
  }

  void add_task(const char* name) {
    TaskRecord record;
    record.id = TaskId(static_cast<uint32_t>(recording().tasks.size()));
    record.creator = TaskId(0);
    record.child = record.id.index();
    record.given_name = name;
    record.created_at.pc = 3100;
    recording().tasks.push_back(record);
  }

  RecordedEvent& add_event(uint32_t task, Op op, uintptr_t address, uintptr_t pc) {
    RecordedEvent recorded;
    recorded.event.op = op;
    recorded.event.task = TaskId(task);
    recorded.event.address = address;
    recorded.event.size = 4;
    recorded.event.site.pc = pc;
    recorded.step = recording().trace.events.size() + 1;
    recording().trace.events.push_back(recorded);
    return recording().trace.events.back();
  }

  void add_wait(uint32_t task, Op op, uint32_t object, uintptr_t pc, TaskId owner) {
    WaitInfo wait;
    wait.task = TaskId(task);
    wait.op = op;
    wait.object = ObjectId(object);
    wait.site.pc = pc;
    wait.owner = owner;
    recording().waits.push_back(wait);
  }

  Recording& recording() { return world_.recording; }
  Finding tell(const Detection& detection, const std::string& output = "") {
    return Teller(world_, symbols_, recording()).tell(detection, output);
  }
  Step only_step() { return Teller(world_, symbols_, recording()).steps().at(0); }
  std::string message(FindingKind kind, const char* detail) {
    Detection told = detection(kind, 1400);
    told.access.task = TaskId(1);
    std::strcpy(told.detail, detail);
    return tell(told).message;
  }

  FakeWorld world_;
  FakeSymbols symbols_;
};

// ---- Steps --------------------------------------------------------------------------------------

TEST_F(StoryTest, AReadTellsItsValueSignExtended) {
  add_event(1, Op::read, kBalance, 1200).event.before = 0xffff'fff8;
  const Step step = only_step();
  EXPECT_EQ(step.object, "balance");
  EXPECT_TRUE(step.has_value);
  EXPECT_FALSE(step.changes);
  EXPECT_EQ(step.value, -8);
  EXPECT_EQ(step.place.line, 12);
}

TEST_F(StoryTest, AWriteTellsBothValues) {
  RecordedEvent& event = add_event(1, Op::write, kBalance, 1400);
  event.event.before = 1;
  event.event.value = 0x8000'0000;
  event.changes = true;
  const Step step = only_step();
  EXPECT_TRUE(step.changes);
  EXPECT_EQ(step.before, 1);
  EXPECT_EQ(step.value, INT32_MIN);
}

TEST_F(StoryTest, AWriteWhoseValueIsUnknownTellsNone) {
  add_event(1, Op::write, kBalance, 1400);
  EXPECT_FALSE(only_step().has_value);
}

TEST_F(StoryTest, AFailedCompareExchangeChangesNothing) {
  RecordedEvent& event = add_event(1, Op::atomic_compare, kBalance, 1400);
  event.event.before = event.event.value = 7;
  event.event.effect = Effect::failed;
  EXPECT_TRUE(only_step().has_value);
  EXPECT_FALSE(only_step().changes);
}

TEST_F(StoryTest, ASleepTellsItsDuration) {
  add_event(1, Op::sleep, 0, 1300).event.value = 10'000'000;
  EXPECT_EQ(only_step().duration_ns, 10'000'000u);
  EXPECT_FALSE(only_step().has_value);
  EXPECT_EQ(only_step().object, "");
}

TEST_F(StoryTest, ObjectsAreNamedByVariableBlockOrStack) {
  Described stack;
  stack.what = Described::What::stack;
  stack.task = TaskId(1);
  world_.places[0x7000] = stack;
  Names names(world_, symbols_, recording());
  EXPECT_EQ(names.memory(kBalance), "balance");
  EXPECT_EQ(names.memory(kBlock), "heap block of 24 bytes allocated at bank.cc:9");
  EXPECT_EQ(names.memory(0x7000), "teller-1's stack");
  EXPECT_EQ(names.object(ObjectId(1)), "a.mutex");
  EXPECT_EQ(names.object(ObjectId(2)), "mutex in b+8");
  EXPECT_EQ(names.object(ObjectId(3)), "mutex in heap block of 24 bytes allocated at bank.cc:9");
}

TEST_F(StoryTest, FilesAreNamedByTheirPath) {
  Described file;
  file.what = Described::What::file;
  file.text = "$DIR/tickets.json";
  world_.objects[4] = 0x4000;
  world_.places[0x4000] = file;
  EXPECT_EQ(Names(world_, symbols_, recording()).object(ObjectId(4)), "$DIR/tickets.json");
}

TEST_F(StoryTest, LocksHeldAreNamed) {
  RecordedEvent& event = add_event(1, Op::read, kBalance, 1200);
  event.held_count = 1;
  event.held[0] = ObjectId(1);
  EXPECT_EQ(only_step().locks, (std::vector<std::string>{"a.mutex"}));
}

TEST_F(StoryTest, ThePlaceIsTheInnermostFrameOfTheUsers) {
  RecordedEvent& event = add_event(1, Op::mutex_lock, kMutexA, 300'000);
  event.frame_count = 3;
  event.frames[0] = 300'000;  // a library's
  event.frames[1] = 2100;
  event.frames[2] = 2200;
  EXPECT_EQ(only_step().place.line, 21);
}

TEST_F(StoryTest, LongRecordingsAreCutAfterTheirBeginning) {
  for (size_t i = 0; i < Teller::kMostSteps + 5; ++i) add_event(0, Op::yield, 0, 100);
  recording().trace.left_out = 7;
  Teller teller(world_, symbols_, recording());
  const std::vector<Step> steps = teller.steps();
  EXPECT_EQ(steps.size(), Teller::kMostSteps);
  EXPECT_EQ(steps.front().step, 1u);
  EXPECT_EQ(steps.back().step, Teller::kMostSteps + 5);
  EXPECT_EQ(teller.steps_left_out(), 12u);
}

// ---- Tasks --------------------------------------------------------------------------------------

TEST_F(StoryTest, TasksAreNamedByThemselvesElseByEntryAndLineElseByLine) {
  add_task("");
  add_task("");
  recording().tasks[3].entry = 50;
  symbols_.functions[50] = {"bank/bank.cc", 20, "teller"};
  const Names names(world_, symbols_, recording());
  EXPECT_EQ(names.task(TaskId(0)), "main");
  EXPECT_EQ(names.task(TaskId(1)), "teller-1");
  EXPECT_EQ(names.task(TaskId(3)), "teller (bank.cc:31)");
  EXPECT_EQ(names.task(TaskId(4)), "thread (bank.cc:31)");
}

// std::thread gives pthread_create a function of the library's.
TEST_F(StoryTest, AnEntryInALibraryIsReplacedByTheOutermostFrameOfTheUsers) {
  add_task("");
  recording().tasks[3].entry = 50;
  symbols_.functions[50] = {"/usr/include/thread.h", 5, "run"};
  RecordedEvent& event = add_event(3, Op::read, kBalance, 1200);
  event.frame_count = 3;
  event.frames[0] = 1200;
  event.frames[1] = 2000;
  event.frames[2] = 300'000;
  EXPECT_EQ(Names(world_, symbols_, recording()).task(TaskId(3)), "deposit (bank.cc:31)");
}

// ---- Findings -----------------------------------------------------------------------------------

TEST_F(StoryTest, ARaceNamesBothSidesLaterFirst) {
  add_event(1, Op::read, kBalance, 1200);
  RecordedEvent& write = add_event(2, Op::write, kBalance, 1400);
  write.held_count = 1;
  write.held[0] = ObjectId(1);
  Detection race = detection(FindingKind::data_race, 1400, 1200);
  race.access = {TaskId(2), true, false, false, 4, kBalance, {1400}};
  race.earlier = {TaskId(1), false, false, false, 4, kBalance, {1200}};
  const Finding finding = tell(race);
  EXPECT_EQ(finding.message, "balance (global, 4 bytes)");
  ASSERT_EQ(finding.accesses.size(), 2u);
  EXPECT_EQ(finding.accesses[0].task, TaskId(2));
  EXPECT_EQ(finding.accesses[0].op, Op::write);
  EXPECT_EQ(finding.accesses[0].place.line, 14);
  EXPECT_EQ(finding.accesses[0].locks, (std::vector<std::string>{"a.mutex"}));
  EXPECT_EQ(finding.accesses[0].stack.size(), 1u);
  EXPECT_EQ(finding.accesses[1].step, 1u);
  EXPECT_EQ(finding.accesses[1].op, Op::read);
  EXPECT_TRUE(finding.waits.empty());
}

TEST_F(StoryTest, ARaceIsToldWithoutRecordedAccessesToo) {
  Detection race = detection(FindingKind::data_race, 1400, 1200);
  race.access = {TaskId(2), true, false, true, 8, kBlock, {1400}};
  race.earlier = {TaskId(1), false, true, false, 8, kBlock, {1200}};
  const Finding finding = tell(race);
  EXPECT_EQ(finding.message, "heap block of 24 bytes allocated at bank.cc:9 (8 bytes at offset 8)");
  EXPECT_EQ(finding.accesses[0].op, Op::heap_free);
  EXPECT_EQ(finding.accesses[1].op, Op::atomic_load);
  EXPECT_EQ(finding.accesses[1].place.line, 12);
}

TEST_F(StoryTest, AUseAfterFreeTellsUseAndFreeOfTheSameBlock) {
  const auto heap_event = [this](uint32_t task, Op op, uintptr_t pc) {
    RecordedEvent& event = add_event(task, op, kBlock - 8, pc);
    event.event.size = 0;
    event.event.value = 24;
  };
  heap_event(1, Op::heap_allocate, 900);
  add_event(2, Op::read, kBlock, 1200);
  heap_event(1, Op::heap_free, 1400);  // an earlier block in the same place
  heap_event(1, Op::heap_allocate, 900);
  heap_event(1, Op::heap_free, 1400);
  add_event(2, Op::read, kBlock, 1200);
  add_event(2, Op::read, kBlock, 1200);
  Detection use = detection(FindingKind::use_after_free, 1200, 1400);
  use.access = {TaskId(2), false, false, false, 4, kBlock, {1200}};
  use.earlier = {TaskId(1), true, false, true, 0, kBlock, {1400}};
  const Finding finding = tell(use);
  EXPECT_EQ(finding.message, "heap block of 24 bytes allocated at bank.cc:9 (4 bytes at offset 8)");
  ASSERT_EQ(finding.accesses.size(), 2u);
  EXPECT_EQ(finding.accesses[0].step, 6u) << "the first use after it";
  EXPECT_EQ(finding.accesses[1].step, 5u);
  EXPECT_EQ(finding.accesses[1].op, Op::heap_free);
}

TEST_F(StoryTest, AUseOfADeadStackNamesItsTask) {
  Described stack;
  stack.what = Described::What::stack;
  stack.task = TaskId(1);
  world_.places[0x7000] = stack;
  add_event(1, Op::task_end, 0, 0);
  add_event(0, Op::read, 0x7000, 1200);
  Detection use = detection(FindingKind::use_after_free, 1200);
  use.access = {TaskId(0), false, false, false, 4, 0x7000, {1200}};
  use.earlier.task = TaskId(1);
  use.earlier.address = 0x7000;
  const Finding finding = tell(use);
  EXPECT_EQ(finding.message, "stack of task teller-1, which has ended");
  ASSERT_EQ(finding.accesses.size(), 1u);
  EXPECT_EQ(finding.accesses[0].step, 2u);
}

TEST_F(StoryTest, MisuseNamesTheObjectAndTheOtherTask) {
  Detection misuse = detection(FindingKind::lock_misuse, 1400);
  misuse.access.task = TaskId(1);
  misuse.earlier.task = TaskId(2);
  misuse.object = ObjectId(1);
  EXPECT_EQ(tell(misuse).message, "teller-1 uses a.mutex as if it held it, but it does not");
  std::strcpy(misuse.detail, "unlocks {}, which {other} holds");
  EXPECT_EQ(tell(misuse).message, "teller-1 unlocks a.mutex, which teller-2 holds");
}

TEST_F(StoryTest, ChecksAndExceptionsSpeakForThemselves) {
  EXPECT_EQ(message(FindingKind::check_failed, "balance == 2, but it was 1"),
            "balance == 2, but it was 1");
  EXPECT_EQ(message(FindingKind::uncaught_exception, "std::runtime_error: no funds: none"),
            "exception std::runtime_error left teller-1: no funds: none");
  EXPECT_EQ(message(FindingKind::uncaught_exception, "int"), "exception int left teller-1");
  EXPECT_EQ(message(FindingKind::crash, ""), "crash in teller-1");
}

TEST_F(StoryTest, LimitsNameTheirLimit) {
  recording().trace.summary.steps = 1000;
  EXPECT_EQ(message(FindingKind::step_limit, ""),
            "the execution did not end within 1000 operations");
  EXPECT_EQ(message(FindingKind::task_limit, ""), "the execution created more than 8192 tasks");
}

TEST_F(StoryTest, LeakedTasksAreNamedOrCounted) {
  recording().tasks[1].ended = true;
  EXPECT_EQ(message(FindingKind::leaked_task, ""), "teller-2 still runs when the body returns");
  recording().tasks[1].ended = false;
  EXPECT_EQ(message(FindingKind::leaked_task, ""), "2 tasks still run when the body returns");
}

TEST_F(StoryTest, TheProgramsLastLinesAreShown) {
  std::string output;
  for (int i = 1; i <= 25; ++i) output += "line " + std::to_string(i) + "\n";
  const Finding finding = tell(detection(FindingKind::check_failed, 1400), output);
  ASSERT_EQ(finding.output.size(), 20u);
  EXPECT_EQ(finding.output.front(), "line 6");
  EXPECT_EQ(finding.output.back(), "line 25");
}

TEST_F(StoryTest, ADeadlockTellsItsCircleFirstThenWhoWaitsBehindIt) {
  add_wait(0, Op::task_join, 0, 3100, TaskId(1));
  add_wait(1, Op::mutex_lock, 2, 2200, TaskId(2));
  add_wait(2, Op::mutex_lock, 1, 2300, TaskId(1));
  recording().tasks[1].held = {{ObjectId(1), kMutexA, {2100}}};
  const Finding finding = tell(detection(FindingKind::deadlock, 2200));
  EXPECT_EQ(finding.message, "2 tasks wait for each other");
  ASSERT_EQ(finding.waits.size(), 3u);
  EXPECT_EQ(finding.waits[0].task, TaskId(1));
  EXPECT_EQ(finding.waits[0].for_what, "lock mutex in b+8");
  EXPECT_EQ(finding.waits[0].holds, "a.mutex (since bank.cc:21)");
  EXPECT_EQ(finding.waits[0].since.line, 22);
  EXPECT_EQ(finding.waits[1].for_what, "lock a.mutex");
  EXPECT_EQ(finding.waits[2].for_what, "join teller-1");
}

TEST_F(StoryTest, TasksThatWaitBehindADeadlockAreToldUpToAFew) {
  add_wait(1, Op::mutex_lock, 1, 2200, TaskId(1));
  for (uint32_t i = 0; i < 50; ++i) {
    add_task("");
    add_wait(3 + i, Op::mutex_lock, 1, 2200, TaskId(1));
  }
  const Finding finding = tell(detection(FindingKind::self_deadlock, 2200));
  EXPECT_EQ(finding.message, "teller-1 waits for a.mutex, which it holds itself");
  EXPECT_EQ(finding.waits.size(), 5u);
}

TEST_F(StoryTest, AnOrphanedLockNamesWhoLeftIt) {
  add_wait(1, Op::mutex_lock, 1, 2200, TaskId(2));
  recording().waits[0].owner_ended = true;
  EXPECT_EQ(tell(detection(FindingKind::orphaned_lock, 2200)).message,
            "teller-1 waits for a.mutex, which teller-2 left locked when it ended");
}

TEST_F(StoryTest, ALostWakeUpNamesTheConditionAndLeavesJoinsAside) {
  symbols_.variables[kMutexA] = {"not_empty", 48, 0};
  add_wait(0, Op::task_join, 0, 3100, TaskId(1));
  add_wait(1, Op::condition_wait, 1, 2200, TaskId::none());
  const Finding finding = tell(detection(FindingKind::lost_wakeup, 2200));
  EXPECT_EQ(finding.message, "teller-1 waits on not_empty for a notify that never comes");
  EXPECT_EQ(finding.waits[0].for_what, "wait on not_empty");
}

// ---- What findings are merged by ----------------------------------------------------------------

TEST_F(StoryTest, DeadlocksOfTheSameLinesAreTheSameWhoeverWaits) {
  Teller teller(world_, symbols_, recording());
  add_wait(1, Op::mutex_lock, 1, 2201, TaskId(2));
  add_wait(2, Op::mutex_lock, 2, 2301, TaskId(1));
  const std::string one = teller.line_key(detection(FindingKind::deadlock, 2201));
  recording().waits.clear();
  add_wait(0, Op::task_join, 0, 3100, TaskId(1));
  add_wait(1, Op::mutex_lock, 2, 2302, TaskId(2));
  add_wait(2, Op::mutex_lock, 1, 2202, TaskId(1));
  EXPECT_EQ(teller.line_key(detection(FindingKind::deadlock, 2302)), one);
  recording().waits.back().site.pc = 2400;
  EXPECT_NE(teller.line_key(detection(FindingKind::deadlock, 2302)), one);
}

}  // namespace
}  // namespace heddle
