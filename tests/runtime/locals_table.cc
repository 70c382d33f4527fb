// Races on locals, where one of the two sides is the very function that declares them. clang looks
// at each pointer for itself to tell whether another task can have it, and finds that none can have
// the address of a member or element that was computed for this one access; the flags of
// heddle_instrument make it think otherwise.
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "heddle/heddle.h"
#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

using heddle::Parameters;
using Guard = std::lock_guard<std::mutex>;

struct Point {
  int x = 0;
  int y = 0;
};

struct Line {
  Point from;
  Point to;
};

// Runs `other` in a task and `own` in this one.
template <typename Other, typename Own>
void run_two(Other other, Own own) {
  std::thread task(other);
  own();
  task.join();
}

void variable(const Parameters&) {
  int value = 0;
  std::thread task([&] { value = 1; });
  value = 2;
  task.join();
}

void first_member(const Parameters&) {
  Point point;
  std::thread task([&] { point.x = 1; });
  point.x = 2;
  task.join();
}

void member(const Parameters&) {
  Point point;
  std::thread task([&] { point.y = 1; });
  point.y = 2;
  task.join();
}

void member_read(const Parameters&) {
  Point point;
  std::thread task([&] { point.y = 1; });
  const int seen = point.y;
  task.join();
  heddle::outcome(std::to_string(seen));
}

void member_of_member(const Parameters&) {
  Line line;
  std::thread task([&] { line.to.y = 1; });
  ++line.to.y;
  task.join();
}

void element(const Parameters&) {
  int values[4] = {};
  std::thread task([&] { values[3] = 1; });
  values[3] = 2;
  task.join();
}

void element_by_index(const Parameters&) {
  int values[4] = {};
  std::thread task([&] { values[3] = 1; });
  for (int i = 0; i < 4; ++i) values[i] = i;
  task.join();
}

void copied(const Parameters&) {
  Line line;
  std::thread task([&] { line.to.y = 1; });
  const Line copy = line;
  task.join();
  heddle::outcome(std::to_string(copy.from.x));
}

void pair(const Parameters&) {
  std::pair<int, int> pair;
  std::thread task([&] { pair.second = 1; });
  pair.second = 2;
  task.join();
}

void by_value_parameter(Point point) {
  std::thread task([&] { point.y = 1; });
  point.y = 2;
  task.join();
}
void parameter(const Parameters&) {
  by_value_parameter({});
}

// ---- Nothing wrong ------------------------------------------------------------------------------

void locked(const Parameters&) {
  Line line;
  std::mutex mutex;
  std::thread task([&] {
    const Guard guard(mutex);
    line.to.y = 1;
  });
  {
    const Guard guard(mutex);
    line.to.y = 2;
  }
  task.join();
  ++line.to.y;
}

void side_by_side(const Parameters&) {
  Point point;
  int values[2] = {};
  std::thread task([&] {
    point.x = 1;
    values[0] = 1;
  });
  point.y = 2;
  values[1] = 2;
  task.join();
  heddle::check(point.x + point.y == 3 && values[0] + values[1] == 3, "each its own");
}

// The same stack memory, one call after another, each time shared with another task.
void one_after_another(const Parameters&) {
  for (int round = 0; round < 3; ++round) {
    Point point;
    int values[2] = {round, round};
    std::thread task([&] { point.y = values[1]; });
    task.join();
    heddle::check(point.y == round, "what the task has left");
  }
}

// Locals of tasks that end and of those that get their stacks.
void in_tasks(const Parameters&) {
  const auto work = [] {
    Line line;
    for (int i = 0; i < 3; ++i) line.from.x += i;
    heddle::check(line.from.x == 3, "one's own");
  };
  for (int round = 0; round < 2; ++round) {
    run_two(work, work);
    std::thread(work).detach();
    std::this_thread::sleep_for(std::chrono::seconds(10));
  }
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    ROW("racy.variable", "data-race", "a local of the other task", variable),
    ROW("racy.first_member", "data-race", "where the object begins", first_member),
    ROW("racy.member", "data-race", "within an object", member),
    ROW("racy.member_read", "data-race", "only read here", member_read),
    ROW("racy.member_of_member", "data-race", "two levels", member_of_member),
    ROW("racy.element", "data-race", "of an array", element),
    ROW("racy.element_by_index", "data-race", "of an array, by a variable", element_by_index),
    ROW("racy.copied", "data-race", "the whole object", copied),
    ROW("racy.pair", "data-race", "a library's member", pair),
    ROW("racy.parameter", "data-race", "handed over by value", parameter),

    ROW("right.locked", "pass", "a mutex", locked),
    ROW("right.side_by_side", "pass", "neighbours are not the same", side_by_side),
    ROW("right.one_after_another", "pass", "the same memory in turn", one_after_another),
    ROW("right.in_tasks", "pass", "stacks are used again", in_tasks),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
