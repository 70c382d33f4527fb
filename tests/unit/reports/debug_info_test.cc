#include "reports/debug_info.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unwind.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "base/rng.h"

namespace debug_info_test {

struct Base {
  int first = 1;
};
struct Account : Base {
  int balance_ = 2;
  long rates[3] = {1, 2, 3};
};
struct Shop {
  std::vector<int> items;
  Account accounts[2];
  std::pair<int, Account> best;
  std::array<short, 4> grades;
  union {
    int as_int;
    float as_float;
  };
};
Shop shop;
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

// The return address of a call in a frame, and where the caller's frame begins.
struct Frame {
  uintptr_t return_address = 0;
  uintptr_t end = 0;
};

// The frame of the function that calls this one.
__attribute__((noinline)) Frame caller() {
  struct Walk {
    Frame frame;
    int number = 0;
  } walk;
  _Unwind_Backtrace(
      [](_Unwind_Context* context, void* data) {
        Walk& at = *static_cast<Walk*>(data);
        if (at.number == 1) at.frame.return_address = _Unwind_GetIP(context);
        if (at.number == 2) at.frame.end = _Unwind_GetCFA(context);
        return at.number++ < 2 ? _URC_NO_REASON : _URC_END_OF_STACK;
      },
      &walk);
  return walk.frame;
}

}  // namespace debug_info_test

namespace heddle {
namespace {

using debug_info_test::caller;
using debug_info_test::Frame;
using debug_info_test::shop;

bool is_this_file(const std::string& file) {
  return absl::EndsWith(file, "/debug_info_test.cc");
}

const DebugInfo& here() {
  static const DebugInfo info(is_this_file);
  return info;
}

uintptr_t address_of(const volatile void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

std::string part_at(const volatile void* pointer) {
  const uintptr_t start = address_of(&shop);
  const auto part = here().part_of_global(start, address_of(pointer) - start);
  return part ? part->name : "none";
}

std::string local_at(const Frame& frame, const volatile void* pointer) {
  const auto part = here().local(frame.return_address, frame.end, address_of(pointer));
  return part ? part->name : "none";
}

TEST(DebugInfo, names_members_elements_and_bases) {
  EXPECT_EQ(part_at(&shop.accounts[1].balance_), ".accounts[1].balance_");
  EXPECT_EQ(part_at(&shop.accounts[0].first), ".accounts[0].first");
  EXPECT_EQ(part_at(&shop.accounts[1].rates[2]), ".accounts[1].rates[2]");
  EXPECT_EQ(part_at(&shop.as_int), ".as_int");
}

TEST(DebugInfo, names_no_members_that_a_library_hides) {
  const auto part = here().part_of_global(address_of(&shop), 8);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->name, ".items");
  EXPECT_TRUE(part->opaque);
  EXPECT_EQ(part_at(&shop.best.second.balance_), ".best.second.balance_");
  EXPECT_EQ(part_at(&shop.grades[2]), ".grades[2]");
}

TEST(DebugInfo, names_nothing_within_a_mutex) {
  const uintptr_t start = address_of(&debug_info_test::mutex);
  for (const size_t offset : {size_t{0}, size_t{4}, sizeof(pthread_mutex_t) - 1}) {
    const auto part = here().part_of_global(start, offset);
    ASSERT_TRUE(part);
    EXPECT_EQ(part->name, "");
    EXPECT_TRUE(part->opaque);
  }
}

TEST(DebugInfo, knows_the_size_and_the_rest) {
  const uintptr_t start = address_of(&shop);
  const uintptr_t inside = address_of(&shop.accounts[1].rates[2]) + 3;
  const auto part = here().part_of_global(start, inside - start);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->size, sizeof(long));
  EXPECT_EQ(part->offset, 3u);
  EXPECT_FALSE(here().part_of_global(start, sizeof shop));
  EXPECT_FALSE(here().part_of_global(start + 1, 0));
}

// Frames as they are without optimisation, which is how programs under test are compiled.
#if defined(__clang__)
#define HEDDLE_UNOPTIMISED __attribute__((noinline, optnone))
#else
#define HEDDLE_UNOPTIMISED __attribute__((noinline, optimize("O0", "no-omit-frame-pointer")))
#endif
HEDDLE_UNOPTIMISED void with_locals(int argument) {
  volatile int plain = argument;
  debug_info_test::Account account;
  account.rates[1] = plain;
  {
    volatile long inner = 3;
    const Frame frame = caller();
    EXPECT_EQ(local_at(frame, &inner), "inner");
  }
  const Frame frame = caller();
  EXPECT_EQ(local_at(frame, &plain), "plain");
  EXPECT_EQ(local_at(frame, &argument), "argument");
  EXPECT_EQ(local_at(frame, &account.balance_), "account.balance_");
  EXPECT_EQ(local_at(frame, &account.rates[1]), "account.rates[1]");
  EXPECT_EQ(local_at(frame, reinterpret_cast<void*>(frame.end)), "none");
  EXPECT_EQ(local_at({frame.return_address, frame.end + 4'096}, &plain), "none");
  EXPECT_EQ(local_at({address_of(&shop), frame.end}, &plain), "none");
}

TEST(DebugInfo, names_local_variables) {
  with_locals(1);
}

// ---- Hostile files ------------------------------------------------------------------------------

std::vector<uint64_t> units_of(const DwarfSections& sections) {
  std::vector<uint64_t> units;
  std::optional<uint64_t> offset = 0;
  while (offset) {
    bool wanted = false;
    const uint64_t at = *offset;
    offset = read_unit(sections, at, [&](const DwarfEntry& entry) {
      wanted = absl::EndsWith(entry.name, "debug_info_test.cc");
      return false;
    });
    if (wanted) units.push_back(at);
  }
  return units;
}

uint64_t entries_in(const DwarfSections& sections, uint64_t unit) {
  uint64_t count = 0;
  read_unit(sections, unit, [&](const DwarfEntry& entry) {
    count += 1 + entry.name.size() % 2;
    return true;
  });
  return count;
}

TEST(DebugInfo, wrong_bytes_are_read_within_their_bounds) {
  const ElfImage image("/proc/self/exe");
  const DwarfSections whole(image);
  const std::vector<uint64_t> units = units_of(whole);
  ASSERT_EQ(units.size(), 1u);
  const uint64_t good = entries_in(whole, units[0]);
  ASSERT_GT(good, 1'000u);
  // On the heap and of exact size, so that a sanitizer sees the first byte beyond.
  const std::string bytes(whole.info.substr(units[0], 20'000));
  Rng rng = Rng::for_execution(1, 0);
  int differ = 0;
  for (int round = 0; round < 300; ++round) {
    std::string broken = bytes;
    broken.resize(1 + rng.below(static_cast<uint32_t>(broken.size())));
    for (int i = 0; i < round % 20; ++i)
      broken[rng.below(static_cast<uint32_t>(broken.size()))] ^= 1 << rng.below(8);
    if (broken.size() >= 4) {
      const auto length = static_cast<uint32_t>(broken.size() - 4);
      std::memcpy(broken.data(), &length, sizeof length);
    }
    std::string abbreviations(whole.abbreviations);
    for (int i = 0; i < round % 7; ++i) {
      abbreviations[rng.below(static_cast<uint32_t>(abbreviations.size()))] ^= 1 << rng.below(8);
    }
    const std::string strings(
        whole.strings.substr(0, rng.below(static_cast<uint32_t>(whole.strings.size()))));
    DwarfSections sections = whole;
    sections.info = broken;
    sections.abbreviations = abbreviations;
    sections.strings = strings;
    if (entries_in(sections, 0) != good) ++differ;
  }
  EXPECT_GT(differ, 250);
}

TEST(DebugInfo, a_file_that_is_none_has_no_sections) {
  const ElfImage none("/proc/self/status");
  EXPECT_TRUE(none.sections().empty());
  EXPECT_TRUE(DwarfSections(none).info.empty());
  EXPECT_TRUE(ElfImage("/nowhere/at all").loaded(0, 1).empty());
  EXPECT_FALSE(read_unit(DwarfSections(none), 0, [](const DwarfEntry&) { return true; }));
}

TEST(DebugInfo, frame_offsets_are_one_operation) {
  EXPECT_EQ(dwarf_frame_offset("\x91\x6c"), -20);
  EXPECT_EQ(dwarf_frame_offset("\x91\x9c\x7f"), -100);
  EXPECT_FALSE(dwarf_frame_offset(""));
  EXPECT_FALSE(dwarf_frame_offset("\x91"));
  EXPECT_FALSE(dwarf_frame_offset("\x91\x6c\x06"));
  EXPECT_FALSE(dwarf_frame_offset("\x76\x6c"));
}

}  // namespace
}  // namespace heddle
