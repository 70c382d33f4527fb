#include "reports/symbols.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

// Where the symbol table knows them; volatile, so that no compiler drops them.
namespace symbols_test {

volatile int balance = 1;
volatile int queue[4] = {1, 2, 3, 4};

namespace {
volatile long hidden = 2;
}  // namespace

namespace inner {
namespace {
volatile int same = 1;
}
volatile int* first_same() {
  return &same;
}
}  // namespace inner
namespace other {
namespace {
volatile int same = 2;
}
volatile int* second_same() {
  return &same;
}
}  // namespace other

// Both are symbols_test::shadow::value once anonymous namespaces are left out.
namespace shadow {
volatile int value = 1;
namespace {
volatile int value = 2;
volatile int* inner() {
  return &value;
}
}  // namespace
}  // namespace shadow

volatile int* static_local() {
  static volatile int counter = 5;
  return &counter;
}

volatile long* hidden_address() {
  return &hidden;
}

__attribute__((noinline)) uintptr_t return_address() {
  return reinterpret_cast<uintptr_t>(__builtin_return_address(0));
}

struct Account {
  __attribute__((noinline)) uintptr_t deposit() {
    const uintptr_t pc = return_address();
    balance = balance + 1;  // no tail call
    return pc;
  }
};

__attribute__((always_inline)) inline uintptr_t inlined() {
  return return_address();
}

}  // namespace symbols_test

namespace heddle {
namespace {

// One for most tests: its first question is slow.
Symbols& symbols_of_this() {
  static Symbols symbols(HEDDLE_SOURCE_ROOT);
  return symbols;
}

uintptr_t address_as_number(const volatile void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

TEST(Symbols, place_of_a_call_not_of_what_follows_it) {
  Symbols& symbols = symbols_of_this();
  const int line = __LINE__ + 1;
  const uintptr_t pc = symbols_test::return_address();
  const SourcePlace place = symbols.innermost(pc);
  EXPECT_EQ(place.file, "tests/unit/reports/symbols_test.cc");
  EXPECT_EQ(place.line, line);
  EXPECT_TRUE(symbols.user_frame(place));
}

TEST(Symbols, functions_are_readable) {
  Symbols& symbols = symbols_of_this();
  EXPECT_EQ(symbols.innermost(symbols_test::Account().deposit()).function,
            "symbols_test::Account::deposit");
}

TEST(Symbols, inlined_frames_come_first) {
  Symbols& symbols = symbols_of_this();
  const int line = __LINE__ + 1;
  const uintptr_t pc = symbols_test::inlined();
  const std::vector<SourcePlace> stack = symbols.stack({pc});
  ASSERT_GE(stack.size(), 2u);
  EXPECT_EQ(stack[0].function, "symbols_test::inlined");
  EXPECT_EQ(stack[1].line, line);
}

TEST(Symbols, files_outside_the_root_stay_absolute) {
  Symbols symbols("/somewhere/else");
  const std::string file = symbols.innermost(symbols_test::return_address()).file;
  EXPECT_EQ(file.front(), '/');
}

TEST(Symbols, library_and_harness_frames_are_not_the_users) {
  const Symbols symbols("/home-of/project", "/home-of/heddle/harness");
  EXPECT_TRUE(symbols.user_frame({"src/account.h", 1, "f"}));
  EXPECT_TRUE(symbols.user_frame({"harness/mine.cc", 1, "f"})) << "a folder of the user's";
  EXPECT_TRUE(symbols.user_frame({"/opt/other/lib.h", 1, "f"}));
  EXPECT_FALSE(symbols.user_frame({"", 0, "f"}));
  EXPECT_FALSE(symbols.user_frame({"/usr/include/c++/12/bits/std_thread.h", 1, "f"}));
  EXPECT_FALSE(symbols.user_frame({"/usr/lib/gcc/x/include/y.h", 1, "f"}));
  EXPECT_FALSE(symbols.user_frame({"/home-of/heddle/harness/runtime/x.cc", 1, "f"}));
  EXPECT_FALSE(symbols.user_frame({"/opt/heddle/include/heddle/heddle.h", 1, "f"}));
}

TEST(Symbols, story_shows_the_innermost_user_frame) {
  const Symbols symbols("/project", "/heddle/harness");
  const SourcePlace library = {"/usr/include/c++/12/bits/std_mutex.h", 100, "std::mutex::lock"};
  const SourcePlace user = {"bank.cc", 12, "deposit"};
  EXPECT_EQ(symbols.user_place({library, user, {"bank.cc", 30, "main"}}).line, 12);
  EXPECT_EQ(symbols.user_place({library}).line, 100);
  EXPECT_EQ(symbols.user_place({{"", 0, "malloc"}}).function, "malloc");
  EXPECT_EQ(symbols.user_place({}).function, "");
}

TEST(Symbols, frames_of_system_libraries_have_no_line) {
  Symbols& symbols = symbols_of_this();
  const uintptr_t in_libc = address_as_number(reinterpret_cast<void*>(&std::abort)) + 1;
  EXPECT_EQ(symbols.innermost(in_libc).file, "");
  EXPECT_FALSE(symbols.user_frame(symbols.innermost(in_libc)));
}

// Or a report would depend on whether the system's debug files are installed.
TEST(Symbols, functions_of_system_libraries_have_their_exported_names) {
  Symbols& symbols = symbols_of_this();
  // Not &std::qsort, which may be a sanitizer's.
  const uintptr_t start = address_as_number(dlsym(RTLD_NEXT, "qsort"));
  int named = 0;
  for (uintptr_t address = start - 0x1000; address < start + 0x1000; address += 64) {
    Dl_info info;
    ASSERT_NE(dladdr(reinterpret_cast<void*>(address), &info), 0);
    if (info.dli_sname == nullptr) continue;
    EXPECT_EQ(symbols.innermost(address + 1).function, info.dli_sname);
    ++named;
  }
  EXPECT_GT(named, 0);
}

TEST(Symbols, an_unknown_address_is_no_error) {
  Symbols& symbols = symbols_of_this();
  EXPECT_EQ(symbols.innermost(0).file, "");
  EXPECT_EQ(symbols.innermost(12345).function, "");
  EXPECT_EQ(symbols.function(12345).function, "");
  EXPECT_EQ(symbols.variable(12345).name, "");
}

TEST(Symbols, function_by_its_start) {
  Symbols& symbols = symbols_of_this();
  const uintptr_t entry = reinterpret_cast<uintptr_t>(&symbols_test::return_address);
  EXPECT_EQ(symbols.function(entry).function, "symbols_test::return_address");
  EXPECT_EQ(symbols.function(entry).file, "tests/unit/reports/symbols_test.cc");
}

TEST(Symbols, variables_with_offset) {
  Symbols& symbols = symbols_of_this();
  EXPECT_EQ(symbols.variable(address_as_number(&symbols_test::balance)).name,
            "symbols_test::balance");
  const VariableName place = symbols.variable(address_as_number(&symbols_test::queue[2]));
  EXPECT_EQ(place.name, "symbols_test::queue[2]");
  EXPECT_EQ(place.size, sizeof symbols_test::queue[2]);
  const VariableName inside = symbols.variable(address_as_number(&symbols_test::queue[3]) + 3);
  EXPECT_EQ(inside.name, "symbols_test::queue[3]+3");
  EXPECT_EQ(inside.offset, 3u);
  EXPECT_NE(symbols.variable(address_as_number(&symbols_test::queue[3]) + 4).name,
            "symbols_test::queue[4]");
  EXPECT_EQ(symbols.variable(address_as_number(symbols_test::static_local())).name,
            "symbols_test::static_local::counter");
}

TEST(Symbols, heap_and_stack_are_no_variables) {
  Symbols& symbols = symbols_of_this();
  int local = 0;
  const auto on_heap = std::make_unique<int>(1);
  EXPECT_EQ(symbols.variable(address_as_number(&local)).name, "");
  EXPECT_EQ(symbols.variable(address_as_number(on_heap.get())).name, "");
}

TEST(Symbols, globals_by_name) {
  Symbols& symbols = symbols_of_this();
  const auto balance = symbols.global("symbols_test::balance");
  ASSERT_TRUE(balance.ok()) << balance.status();
  EXPECT_EQ(balance->address, address_as_number(&symbols_test::balance));
  EXPECT_EQ(balance->size, sizeof(int));
  const auto hidden = symbols.global("symbols_test::hidden");
  ASSERT_TRUE(hidden.ok()) << hidden.status();
  EXPECT_EQ(hidden->address, address_as_number(symbols_test::hidden_address()));
  EXPECT_TRUE(symbols.global("symbols_test::(anonymous namespace)::hidden").ok());
}

TEST(Symbols, equal_last_names_are_told_apart) {
  Symbols& symbols = symbols_of_this();
  const auto first = symbols.global("symbols_test::inner::same");
  const auto second = symbols.global("symbols_test::other::same");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->address, address_as_number(symbols_test::inner::first_same()));
  EXPECT_EQ(second->address, address_as_number(symbols_test::other::second_same()));
}

TEST(Symbols, an_ambiguous_name_is_refused) {
  Symbols& symbols = symbols_of_this();
  EXPECT_EQ(*symbols_test::shadow::inner(), 2);
  EXPECT_EQ(symbols.global("symbols_test::shadow::value").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(Symbols, a_name_that_fits_none_is_refused) {
  Symbols& symbols = symbols_of_this();
  EXPECT_EQ(symbols.global("symbols_test::nothing").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(symbols.global("balance").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(symbols.global("").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace heddle
