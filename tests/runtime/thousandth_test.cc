// The thousandth execution of a process is like its first, whatever those in between left behind:
// here of a program that does something else each time it is called.
#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"

namespace {

int calls = 0;
std::vector<int> history;
thread_local int own_calls = 0;

// The more often it has been called in this process, the longer it takes, the more it allocates,
// and the fewer locks it takes.
void changing() {
  static int balance = 0;
  static std::mutex mutex;
  const int call = ++calls;
  const auto deposit = [call] {
    for (int round = 0; round < call; ++round) {
      ++own_calls;
      if (call % 2 == 0) mutex.lock();
      balance = balance + 1;
      if (call % 2 == 0) mutex.unlock();
    }
  };
  std::thread other(deposit);
  deposit();
  other.join();
  history.push_back(call);
  heddle::check(balance == 2, "both deposits count, in call " + std::to_string(call) + " of " +
                                  std::to_string(history.size()));
}

heddle::Report replay(const std::string& schedule) {
  return heddle::explore("changing", changing,
                         heddle::Options().schedule(schedule).set("in-process"));
}

TEST(Thousandth, ExecutionOfAProcessIsLikeItsFirst) {
  const heddle::Report found =
      heddle::explore("changing", changing, heddle::Options().set("in-process").keep_going());
  ASSERT_NE(found["findings"].find("check-failed"), std::string::npos) << found.text();
  const std::string schedule = found.schedule();
  const heddle::Report first = replay(schedule);
  ASSERT_EQ(first.verdict(), "fail") << first.text();
  for (int i = 2; i <= 1000; ++i) {
    const heddle::Report next = replay(schedule);
    ASSERT_EQ(next.json(), first.json()) << i;
    ASSERT_EQ(next.text(), first.text()) << i;
  }
  EXPECT_EQ(calls, 0) << "and the process is as it was before";
}

}  // namespace
