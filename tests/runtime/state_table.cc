// Every execution starts from the same state: each body changes something and fails when it finds
// it changed.
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <locale>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/scenario.h"

namespace {

using heddle::check;
using heddle::Parameters;

// Changes in another task and in the body.
template <typename Change>
void in_both(Change change) {
  std::thread(change).join();
  change();
}

int counter = 5;
static int zero;

void counters(const Parameters&) {
  check(counter == 5 && zero == 0, "as initialised");
  in_both([] {
    ++counter;
    ++zero;
  });
  check(counter == 7 && zero == 2, "and counted");
}

int calls() {
  static int count = 0;
  return ++count;
}
const std::string& word() {
  static const std::string made = "made in call " + std::to_string(calls());
  return made;
}

void static_locals(const Parameters&) {
  check(calls() == 1, "the first call");
  check(word() == "made in call 2", "constructed in this execution: " + word());
}

// Larger than what one copies in each execution.
char large[4 << 20];

void large_arrays(const Parameters&) {
  for (size_t at = 0; at < sizeof(large); at += 100'000) {
    check(large[at] == 0, "zero at " + std::to_string(at));
    large[at] = 'x';
  }
}

// Start-up code fills them; what lies on the heap belongs to them.
std::vector<std::string> list = {"a string that is too long for the small buffer", "b"};
std::map<std::string, int> sorted = {{"one", 1}, {"two", 2}};
const auto pointer = std::make_unique<int>(3);
std::string text = "short";

void heap_of_globals(const Parameters&) {
  check(list.size() == 2 && list[0].size() == 46 && list[0][0] == 'a', "the list");
  check(sorted.size() == 2 && sorted.at("two") == 2, "the map");
  check(*pointer == 3, "behind a pointer");
  check(text == "short", "the text");
  in_both([] {
    list[0][0] = 'x';
    list.emplace_back("another string that is too long for the small buffer");
    sorted.erase("one");
    sorted["three"] = 3;
    ++*pointer;
    text += " until it needs the heap for its characters";
  });
  list.clear();
}

// Given back, and never given back.
char* kept = nullptr;

void heap_blocks(const Parameters&) {
  check(kept == nullptr, "no block yet");
  kept = new char[1000];
  memset(kept, 1, 1000);
  static char* first = nullptr;
  check(first == nullptr, "nor in a static local");
  first = new char[1000];
  delete[] first;
}

thread_local int own = 4;
thread_local std::string own_text = "own";

void thread_locals(const Parameters&) {
  in_both([] {
    check(own == 4 && own_text == "own", "the task's own, fresh");
    own = 5;
    own_text = "a string that is too long for the small buffer";
  });
}

void streams(const Parameters&) {
  check(std::cout.good() && std::cout.flags() == (std::ios::skipws | std::ios::dec) &&
            std::cout.precision() == 6 && std::cout.width() == 0 && std::cout.fill() == ' ',
        "as at the start");
  std::cout << std::hex << std::showbase << 255 << '\n';
  std::cout.precision(2);
  std::cout.fill('*');
  std::cout.setstate(std::ios::failbit);
  std::cout.width(7);
  std::cerr << std::oct;
  check(std::cin.good(), "standard input as well");
  std::cin.setstate(std::ios::badbit);
}

void environment(const Parameters&) {
  check(getenv("HEDDLE_STATE_TABLE") == nullptr, "not set");
  check(getenv("PATH") != nullptr, "inherited");
  check(setenv("HEDDLE_STATE_TABLE", "1", 1) == 0 && unsetenv("PATH") == 0, "setenv");
  static char entry[] = "HEDDLE_STATE_TABLE_PUT=1";
  check(getenv("HEDDLE_STATE_TABLE_PUT") == nullptr && putenv(entry) == 0, "putenv");
  check(strcmp(getenv("HEDDLE_STATE_TABLE"), "1") == 0, "set");
}

void locales(const Parameters&) {
  check(strcmp(setlocale(LC_ALL, nullptr), "C") == 0, "the C locale");
  check(setlocale(LC_ALL, "C.UTF-8") != nullptr, "setlocale");
  check(std::locale() == std::locale::classic(), "the classic locale");
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
  };
  std::locale::global(std::locale(std::locale::classic(), new Comma));
}

void tokens(const Parameters&) {
  char words[] = "one two three";
  check(strtok(words, " ") != nullptr && strcmp(strtok(nullptr, " "), "two") == 0, "strtok");
}

// ---- Ends of executions -------------------------------------------------------------------------

std::string order;
struct Last {
  ~Last() { order += 's'; }
};

// Fails in the last exit handler, so that passing says that it ran.
void handlers(const Parameters&) {
  check(order.empty(), "nothing has ended yet");
  atexit([] { heddle::outcome("handlers " + order); });
  atexit([] { order += 'b'; });
  static const Last made;
  atexit([] {
    order += 'a';
    std::thread([] { order += 't'; }).join();
  });
}

void failing_handler(const Parameters&) {
  atexit([] { check(order == "ats", "the handlers ran in the order " + order); });
  static const Last made;
  atexit([] {
    order += 'a';
    std::thread([] { order += 't'; }).join();
  });
  atexit([] { check(order.empty(), "first"); });
  atexit([] { counter = 0; });
}

void failing_destructor(const Parameters&) {
  struct Checked {
    ~Checked() { check(counter != 5, "counter != 5 in the destructor of a static local"); }
  };
  static const Checked checked;
}

int failing_new_calls = 0;

void new_handler(const Parameters&) {
  check(std::get_new_handler() == nullptr, "none yet");
  std::set_new_handler([] {
    ++failing_new_calls;
    throw std::bad_alloc();
  });
  check(std::get_new_handler() != nullptr && failing_new_calls == 0, "set");
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"state.counters", "pass", "global and static variables", {}, {}, counters, {}},
    {"state.static_locals", "pass", "constructed anew", {}, {}, static_locals, {}},
    {"state.large_arrays", "pass", "megabytes", {}, {}, large_arrays, {}},
    {"state.heap_of_globals", "pass", "what globals own", {}, {}, heap_of_globals, {}},
    {"state.heap_blocks", "pass", "never given back", {}, {}, heap_blocks, {}},
    {"state.thread_locals", "pass", "of body and tasks", {}, {}, thread_locals, {}},
    {"state.streams", "pass", "flags of cout, cerr and cin", {}, {}, streams, {}},
    {"state.environment", "pass", "environment variables", {}, {}, environment, {}},
    {"state.locales", "pass", "of C and C++", {}, {}, locales, {}},
    {"state.tokens", "pass", "inside of libc", {}, {}, tokens, {}},
    {"state.new_handler", "pass", "inside of libstdc++", {}, {}, new_handler, {}},
    {"ends.handlers", "pass", "run inside the execution", {}, {}, handlers, {}},
    {"ends.order", "pass", "last registered, first run", {}, {}, failing_handler, {}},
    {"ends.destructor",
     "check-failed",
     "statics are destroyed inside",
     {},
     {},
     failing_destructor,
     {}},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
