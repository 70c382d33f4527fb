// The standard library in tasks: no false race in its shared internals, no missed one in the
// program's use of it.
#include <atomic>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/scenario.h"

namespace {

using heddle::check;
using heddle::Parameters;

template <typename Work>
void in_tasks(int count, Work work) {
  std::vector<std::thread> tasks;
  for (int i = 0; i < count; ++i) tasks.emplace_back(work, i);
  for (std::thread& task : tasks) task.join();
}

// ---- Of each task's own -------------------------------------------------------------------------

void own_streams(const Parameters&) {
  in_tasks(2, [](int i) {
    std::ostringstream text;
    text << "task " << i << ' ' << 1.5 * i;
    std::this_thread::yield();
    text << std::hex << 255;
    const std::string expected = "task " + std::to_string(i) + (i == 0 ? " 0ff" : " 1.5ff");
    check(text.str() == expected, text.str() + " instead of " + expected);
    std::istringstream reader("12 abc");
    int number = 0;
    std::string word;
    check(static_cast<bool>(reader >> number >> word) && number == 12 && word == "abc", "read");
    char buffer[64];
    snprintf(buffer, sizeof(buffer), "%d %.2f %s", i, i * 0.5, "x");
    check(buffer == std::to_string(i) + (i == 0 ? " 0.00 x" : " 0.50 x"), buffer);
  });
}

// [iostream.objects.overview]: using the standard streams from several threads is no data race.
void standard_streams(const Parameters&) {
  in_tasks(2, [](int i) {
    std::cout << "task " << i << '\n';
    std::cerr << "task " << i << '\n';
    printf("task %d\n", i);
  });
}

// ---- Shared under a mutex -----------------------------------------------------------------------

struct Everything {
  std::vector<std::string> list;
  std::map<std::string, int> sorted;
  std::unordered_map<int, std::string> hashed;
  std::string text;
};

void fill(Everything& all, int i) {
  all.list.push_back("a string that is too long for the small buffer " + std::to_string(i));
  all.sorted["key " + std::to_string(i)] = i;
  all.hashed.emplace(i, std::to_string(i));
  all.text += "a string that grows beyond the small buffer";
}

void locked_containers(const Parameters&) {
  Everything all;
  std::mutex mutex;
  in_tasks(3, [&](int i) {
    const std::lock_guard<std::mutex> lock(mutex);
    fill(all, i);
    fill(all, 10 + i);
  });
  check(all.list.size() == 6 && all.sorted.size() == 6 && all.hashed.size() == 6, "all are there");
  check(all.hashed.at(12) == "12" && all.sorted.at("key 2") == 2, "with their values");
}

// Two locks for one object are none.
void two_locks(const Parameters&) {
  std::vector<int> list;
  list.reserve(8);
  std::mutex mutexes[2];
  in_tasks(2, [&](int i) {
    const std::lock_guard<std::mutex> lock(mutexes[i]);
    list.push_back(i);
  });
}

// ---- Races through library code -----------------------------------------------------------------

void string_characters(const Parameters&) {
  std::string text = "abc";
  std::thread writer([&] { text[0] = 'x'; });
  heddle::outcome(text == "abc" ? "abc" : "xbc");
  writer.join();
}

void string_assigned(const Parameters&) {
  std::string text = "before";
  std::thread writer([&] { text = "after!"; });
  const std::string seen = text;
  writer.join();
}

void string_locked(const Parameters&) {
  std::string text = "before";
  std::mutex mutex;
  std::thread writer([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    text = "after!";
  });
  {
    const std::lock_guard<std::mutex> lock(mutex);
    check(text == "before" || text == "after!", "one of the two");
  }
  writer.join();
}

void vector_size(const Parameters&) {
  std::vector<int> list;
  list.reserve(4);
  std::thread writer([&] { list.push_back(1); });
  heddle::outcome(list.empty() ? "empty" : "one");
  writer.join();
}

// Different elements are different objects.
void vector_elements(const Parameters&) {
  std::vector<char> list(8);
  in_tasks(4, [&](int i) { list[static_cast<size_t>(i)] = 'x'; });
  check(std::string(list.begin(), list.begin() + 4) == "xxxx", "all are written");
}

// But those of vector<bool> are bits of one word.
void vector_bits(const Parameters&) {
  std::vector<bool> list(8);
  in_tasks(2, [&](int i) { list[static_cast<size_t>(i)] = true; });
}

void map_values(const Parameters&) {
  std::map<int, int> values{{1, 10}, {2, 20}};
  std::thread writer([&] { values.at(1) = 11; });
  heddle::outcome(std::to_string(values.at(1)));
  writer.join();
}

void function_assigned(const Parameters&) {
  std::function<int()> call = [] { return 1; };
  std::thread writer([&] { call = nullptr; });
  heddle::outcome(call ? "set" : "empty");
  writer.join();
}

// ---- Counted pointers ---------------------------------------------------------------------------

std::atomic<int> alive{0};
struct Counted {
  Counted() { ++alive; }
  ~Counted() { --alive; }
  int value = 3;
};

void shared_pointers(const Parameters&) {
  auto pointer = std::make_shared<Counted>();
  const std::weak_ptr<Counted> watch = pointer;
  std::vector<std::thread> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.emplace_back([pointer] {
      const std::shared_ptr<Counted> copy = pointer;
      check(copy->value == 3, "alive");
    });
  }
  pointer.reset();
  for (std::thread& task : tasks) task.join();
  check(watch.expired() && alive == 0, "the last one has deleted it");
}

void unique_handed_over(const Parameters&) {
  auto pointer = std::make_unique<int>(1);
  std::thread([pointer = std::move(pointer)] { ++*pointer; }).join();
}

// The counts are atomic, the pointer itself is not.
void shared_pointer_raced(const Parameters&) {
  auto pointer = std::make_shared<int>(1);
  const auto kept = pointer;
  std::thread writer([&] { pointer = nullptr; });
  heddle::outcome(pointer ? "set" : "null");
  writer.join();
}

void shared_pointer_atomic(const Parameters&) {
  auto pointer = std::make_shared<int>(1);
  std::thread writer([&] { std::atomic_store(&pointer, std::make_shared<int>(2)); });
  const std::shared_ptr<int> seen = std::atomic_load(&pointer);
  check(*seen == 1 || *seen == 2, "one of the two");
  writer.join();
}

void functions(const Parameters&) {
  std::atomic<int> calls{0};
  const std::string captured = "a string that is too long for the small buffer";
  std::function<size_t()> call = [&calls, captured] {
    ++calls;
    return captured.size();
  };
  in_tasks(2, [call, size = captured.size()](int) { check(call() == size, "its capture"); });
  check(calls == 2, "called by both");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"streams.own", "pass", "of each task's own", {}, {}, own_streams, {}},
    {"streams.standard", "pass", "cout and printf from two tasks", {}, {}, standard_streams, {}},
    {"containers.locked", "pass", "under one mutex", {}, {}, locked_containers, {}},
    {"containers.two_locks", "data-race", "two mutexes for one object", {}, {}, two_locks, {}},
    {"string.characters", "data-race", "one is written", {}, {}, string_characters, {}},
    {"string.assigned", "data-race", "copied while assigned", {}, {}, string_assigned, {}},
    {"string.locked", "pass", "under one mutex", {}, {}, string_locked, {}},
    {"vector.size", "data-race", "asked while it grows", {}, {}, vector_size, {}},
    {"vector.elements", "pass", "each task its own", {}, {}, vector_elements, {}},
    {"vector.bits", "data-race", "each task its own bit", {}, {}, vector_bits, {}},
    {"map.values", "data-race", "read while written", {}, {}, map_values, {}},
    {"function.assigned", "data-race", "asked while assigned", {}, {}, function_assigned, {}},
    {"function.copied", "pass", "each task its copy", {}, {}, functions, {}},
    {"pointers.shared", "pass", "counted over tasks", {}, {}, shared_pointers, {}},
    {"pointers.unique", "pass", "handed over", {}, {}, unique_handed_over, {}},
    {"pointers.raced", "data-race", "the pointer itself", {}, {}, shared_pointer_raced, {}},
    {"pointers.atomic_calls", "pass", "atomic_load", {}, {}, shared_pointer_atomic, {}},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
