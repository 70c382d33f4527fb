#include "strategies/script.h"

#include <gtest/gtest.h>

#include "unit/strategies/toy_machine.h"

namespace heddle {
namespace {

using Action = ToyMachine::Action;

constexpr const char* kTutorial =
    "t1 reads 0; t2 reads 0; t2 writes 8; t1 writes 5; t1 reads 5; t1 writes 0; t2 reads 0; "
    "t2 writes -8";

std::string error_of(std::string_view text) {
  const auto steps = parse_script(text);
  return steps.ok() ? "" : std::string(steps.status().message());
}

// Two threads of `balance = balance + n; balance = balance - n`, and a body that sets the balance
// before and reads it after them.
class ScriptTest : public testing::Test {
 protected:
  Action access(Op op, std::function<void()> effect) {
    Action action;
    action.operation.op = op;
    action.operation.size = sizeof(balance_);
    action.operation.address = reinterpret_cast<uintptr_t>(&balance_);
    action.effect = std::move(effect);
    return action;
  }
  std::vector<Action> change_it(int n, int& seen) {
    std::vector<Action> actions(2);
    for (const int change : {n, -n}) {
      actions.push_back(access(Op::read, [this, &seen] { seen = balance_; }));
      actions.emplace_back();
      actions.push_back(access(Op::write, [this, &seen, change] { balance_ = seen + change; }));
      actions.emplace_back();
    }
    return actions;
  }
  std::vector<Action> body() {
    Action joins;
    joins.ready = [this] { return threads_ended(); };
    std::vector<Action> actions = {access(Op::write, [this] { balance_ = 0; }), joins};
    actions.push_back(access(Op::read, [this] { result_ = balance_; }));
    return actions;
  }
  bool threads_ended() const { return ended_[0] && ended_[1]; }
  // A thread that the body starts after its first write.
  std::vector<Action> thread(std::vector<Action> actions, int thread) {
    Action start;
    start.ready = [this] { return balance_ != kBefore; };
    actions.insert(actions.begin(), start);
    actions.emplace_back();
    actions.back().effect = [this, thread] { ended_[thread] = true; };
    return actions;
  }

  // Why the script could not be followed.
  std::string follow(const char* text, std::vector<Action> first, std::vector<Action> second) {
    balance_ = kBefore;
    ended_[0] = ended_[1] = false;
    auto script = Script::create(*parse_script(text), "balance",
                                 reinterpret_cast<uintptr_t>(&balance_), sizeof(balance_));
    ToyMachine machine({body(), thread(std::move(first), 0), thread(std::move(second), 1)});
    machine.run(**script, {0, 0});
    EXPECT_TRUE(machine.finished());
    return (*script)->error();
  }
  std::string follow(const char* text) {
    return follow(text, change_it(5, seen_[0]), change_it(8, seen_[1]));
  }

  static constexpr int kBefore = 77;
  int balance_ = 0;
  int result_ = 0;
  int seen_[2] = {};
  bool ended_[2] = {};
};

TEST_F(ScriptTest, TheTutorialEndsInMinusEight) {
  EXPECT_EQ(follow(kTutorial), "");
  EXPECT_EQ(result_, -8);
}

TEST_F(ScriptTest, EveryOrderOfTheFirstHalvesIsPossible) {
  EXPECT_EQ(follow("t2 reads 0; t1 reads 0; t2 writes 8; t1 writes 5"), "");
  EXPECT_EQ(follow("t2 reads 0; t2 writes 8; t1 reads 8; t1 writes 13; t1 reads 13"), "");
  EXPECT_EQ(follow("t1 reads 0; t1 writes 5; t1 reads 5; t1 writes 0; t2 reads 0"), "");
}

TEST_F(ScriptTest, AStepWithAnotherValueIsNamed) {
  EXPECT_EQ(follow("t1 reads 0; t2 reads 5"),
            "step 2, \"t2 reads 5\", could not be performed: balance was 0");
  EXPECT_EQ(follow("t1 reads 0; t1 writes 6; t1 reads 5"),
            "step 2, \"t1 writes 6\", could not be performed: t1 wrote 5");
}

TEST_F(ScriptTest, TheLastWriteIsLookedAtToo) {
  EXPECT_EQ(follow("t1 reads 0; t1 writes 6"),
            "step 2, \"t1 writes 6\", could not be performed: t1 wrote 5");
}

TEST_F(ScriptTest, AStepOfTheOtherKindIsNamed) {
  EXPECT_EQ(follow("t1 reads 0; t1 reads 0"),
            "step 2, \"t1 reads 0\", could not be performed: t1 writes balance next");
}

TEST_F(ScriptTest, AStepThatIsNotReachedIsNamed) {
  EXPECT_EQ(follow("t1 reads 0; t3 reads 0"),
            "step 2, \"t3 reads 0\", could not be performed: nobody could go on but by another "
            "access to balance");
  EXPECT_EQ(follow("t1 reads 0; t2 reads 0", change_it(5, seen_[0]), {}),
            "step 2, \"t2 reads 0\", could not be performed: nobody could go on but by another "
            "access to balance");
  EXPECT_EQ(follow("t1 reads 0", {}, {}),
            "step 1, \"t1 reads 0\", could not be performed: the execution ended before");
}

TEST_F(ScriptTest, OthersMayMoveWhenTheTaskOfTheStepCannot) {
  bool go = false;
  std::vector<Action> waiting(1);
  waiting[0].ready = [&] { return go; };
  waiting.push_back(access(Op::read, [] {}));
  std::vector<Action> helping(3);
  helping[2].effect = [&] { go = true; };
  EXPECT_EQ(follow("t1 reads 0", waiting, helping), "");
}

TEST_F(ScriptTest, OthersMayMoveWhileTheTaskOfTheStepSpins) {
  int spins = 0;
  bool go = false;
  std::vector<Action> spinning(20);
  for (Action& action : spinning) {
    action.yields = true;
    action.effect = [&] { spins += go ? 0 : 1; };
  }
  spinning.push_back(access(Op::read, [] {}));
  std::vector<Action> helping(1);
  helping[0].effect = [&] { go = true; };
  EXPECT_EQ(follow("t1 reads 0", spinning, helping), "");
  EXPECT_LT(spins, 4);
}

TEST_F(ScriptTest, OverlappingAccessesAndAtomicsCount) {
  std::vector<Action> atomics = {access(Op::atomic_load, [] {}),
                                 access(Op::atomic_update, [this] { balance_ += 300; }),
                                 access(Op::read, [] {})};
  atomics[2].operation.size = 1;
  atomics[2].operation.address += 3;
  EXPECT_EQ(follow("t1 reads 0; t1 writes 300; t1 reads 300", atomics, {}), "");
}

TEST_F(ScriptTest, WantsEveryAccessUntilTheLastStepIsDone) {
  auto script = Script::create(*parse_script("t1 writes 0"), "balance",
                               reinterpret_cast<uintptr_t>(&balance_), sizeof(balance_));
  Script& strategy = **script;
  strategy.begin({0, 0});
  strategy.task_created(TaskId(1), TaskId(0), 1);
  EXPECT_TRUE(strategy.wants_stops());
  EXPECT_TRUE(strategy.every_point());
  EXPECT_EQ(strategy.next_stop(TaskId(2), 7, 41), 42u);
  HandMadePoint point({0, 1});
  point.pending(1) = access(Op::write, [] {}).operation;
  EXPECT_EQ(strategy.choose(point), TaskId(1));
  EXPECT_TRUE(strategy.every_point());
  EXPECT_EQ(strategy.choose(point), TaskId(0));
  EXPECT_FALSE(strategy.every_point());
  EXPECT_EQ(strategy.next_stop(TaskId(2), 7, 41), 0u);
}

TEST(ParseScript, ReadsTasksKindsAndValues) {
  const auto steps = parse_script(" t1 reads 0;t22  writes -8 ; t1 reads 9223372036854775807");
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ(*steps, (std::vector<ScriptStep>{
                        {1, false, 0}, {22, true, -8}, {1, false, 9223372036854775807}}));
}

TEST(ParseScript, ErrorsNameTheStepInOneSentence) {
  const std::string form = "a step looks like \"t1 reads 0\" or \"t2 writes -8\"";
  EXPECT_EQ(error_of(""), "step 1, \"\": " + form);
  EXPECT_EQ(error_of("t1 reads 0;"), "step 2, \"\": " + form);
  EXPECT_EQ(error_of("t1 reads 0; t2 red 0"), "step 2, \"t2 red 0\": " + form);
  EXPECT_EQ(error_of("t1 reads"), "step 1, \"t1 reads\": " + form);
  EXPECT_EQ(error_of("t1 reads 1 2"), "step 1, \"t1 reads 1 2\": " + form);
  for (const char* task : {"x1", "t", "t0", "t-1", "1", "t8192", "t99999999999"}) {
    EXPECT_NE(error_of(std::string(task) + " reads 0").find("a task is t1, t2, …"),
              std::string::npos)
        << task;
  }
  for (const char* value : {"x", "1x", "99999999999999999999", "0x10"}) {
    EXPECT_NE(error_of(std::string("t1 reads ") + value).find("no whole number"), std::string::npos)
        << value;
  }
}

TEST(Script, RefusesVariablesThatAreNoNumber) {
  EXPECT_EQ(Script::create({}, "queue", 0x1000, 24).status().message(),
            "queue has 24 bytes: a script watches a number of 1, 2, 4 or 8");
}

TEST(Script, RefusesValuesThatDoNotFit) {
  const auto fits = [](int64_t value, size_t size) {
    return Script::create({{1, true, value}}, "x", 0x1000, size).ok();
  };
  EXPECT_TRUE(fits(255, 1));
  EXPECT_TRUE(fits(-128, 1));
  EXPECT_FALSE(fits(256, 1));
  EXPECT_FALSE(fits(-129, 1));
  EXPECT_TRUE(fits(4294967295, 4));
  EXPECT_FALSE(fits(4294967296, 4));
  EXPECT_TRUE(fits(INT64_MIN, 8));
  EXPECT_EQ(Script::create({{1, true, 256}}, "x", 0x1000, 1).status().message(),
            "\"t1 writes 256\": x has 1 bytes, too few for this value");
}

}  // namespace
}  // namespace heddle
