#include "reports/dwarf_ranges.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "absl/strings/match.h"
#include "reports/elf_image.h"

namespace heddle {
namespace {

std::string number(uint64_t value, size_t size = 8) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  return bytes;
}

// Entries of DWARF 5: the kind, then what follows.
std::string entry(int kind, std::initializer_list<std::string> parts = {}) {
  std::string bytes(1, static_cast<char>(kind));
  for (const std::string& part : parts) bytes += part;
  return bytes;
}

std::string ranges_of(const std::string& list, uint64_t version, uint64_t base = 0,
                      const std::string& addresses = "") {
  DwarfSections sections(ElfImage("/nowhere"));
  (version >= 5 ? sections.range_lists : sections.ranges) = list;
  sections.addresses = addresses;
  std::string text;
  for (const DwarfRange& range : read_ranges(sections, {version, 0, base, 8})) {
    text += std::to_string(range.low) + "-" + std::to_string(range.high) + " ";
  }
  return text;
}

TEST(DwarfRanges, pairs_are_relative_to_the_last_base) {
  const std::string end = number(0) + number(0);
  EXPECT_EQ(ranges_of(number(1) + number(4) + number(8) + number(9) + end + number(1) + number(2),
                      4, 100),
            "101-104 108-109 ");
  EXPECT_EQ(ranges_of(number(1) + number(4) + number(~uint64_t{0}) + number(500) + number(1) +
                          number(2) + end,
                      4, 100),
            "101-104 501-502 ");
  EXPECT_EQ(ranges_of(end, 4), "");
}

TEST(DwarfRanges, every_entry_of_a_list) {
  const std::string addresses = std::string(8, 'x') + number(1000) + number(2000);
  const std::string zero(1, 0), one(1, 1), four(1, 4), long_form("\x80\x02", 2);  // 256
  EXPECT_EQ(ranges_of(entry(4, {one, four}) + entry(5, {number(700)}) + entry(4, {one, long_form}) +
                          entry(6, {number(30), number(40)}) + entry(7, {number(50), four}) +
                          entry(0) + entry(7, {number(1), four}),
                      5, 100, addresses),
            "101-104 701-956 30-40 50-54 ");
  EXPECT_EQ(ranges_of(entry(3, {one, four}) + entry(2, {zero, one}) + entry(1, {one}) +
                          entry(4, {zero, four}) + entry(0),
                      5, 100, addresses),
            "2000-2004 1000-2000 2000-2004 ");
}

TEST(DwarfRanges, what_is_cut_or_unknown_ends_a_list) {
  EXPECT_EQ(ranges_of(number(1) + number(4) + number(1), 4), "1-4 ");
  EXPECT_EQ(ranges_of(entry(7, {number(50), std::string(1, 4)}) + entry(7, {number(1, 3)}), 5),
            "50-54 ");
  EXPECT_EQ(ranges_of(entry(6, {number(1), number(2)}) + entry(99), 5), "1-2 ");
  EXPECT_EQ(ranges_of("", 4), "");
  EXPECT_EQ(ranges_of("", 5), "");
}

// Every function that a unit describes lies in what the unit says of its code.
TEST(DwarfRanges, hold_the_functions_of_a_real_unit) {
  const ElfImage image("/proc/self/exe");
  const DwarfSections sections(image);
  std::optional<uint64_t> next = 0;
  int found = 0;
  while (next) {
    const uint64_t at = *next;
    DwarfUnit unit;
    next = read_unit_alone(sections, at, unit);
    if (!absl::EndsWith(dwarf_source(unit.entry), "/dwarf_ranges_test.cc")) continue;
    ++found;
    EXPECT_GT(unit.code.size(), 1u);  // inline functions have sections of their own
    uint64_t functions = 0;
    const std::optional<uint64_t> end = read_unit(sections, at, [&](const DwarfEntry& entry) {
      if (entry.tag != kTagFunction || !entry.has_code) return true;
      ++functions;
      bool inside = false;
      for (const DwarfRange& range : unit.code) {
        inside = inside || (range.low <= entry.low && entry.high <= range.high);
      }
      EXPECT_TRUE(inside) << entry.name;
      return true;
    });
    EXPECT_EQ(end, next);
    EXPECT_GT(functions, 10u);
  }
  EXPECT_EQ(found, 1);
}

}  // namespace
}  // namespace heddle
