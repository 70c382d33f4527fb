// Debug information of one compilation unit, as much of it as names variables: DWARF 4 and 5 of
// g++ and clang, not split, not compressed. No bytes, however wrong, make it read outside of them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "reports/elf_image.h"

namespace heddle {

enum DwarfTag : uint32_t {
  kTagArray = 0x01,
  kTagClass = 0x02,
  kTagParameter = 0x05,
  kTagLexicalBlock = 0x0b,
  kTagMember = 0x0d,
  kTagPointer = 0x0f,
  kTagReference = 0x10,
  kTagUnit = 0x11,
  kTagStructure = 0x13,
  kTagTypedef = 0x16,
  kTagUnion = 0x17,
  kTagInheritance = 0x1c,
  kTagInlined = 0x1d,
  kTagSubrange = 0x21,
  kTagConst = 0x26,
  kTagFunction = 0x2e,
  kTagVariable = 0x34,
  kTagVolatile = 0x35,
  kTagNamespace = 0x39,
  kTagRvalueReference = 0x42,
};

// One entry. Offsets are those in .debug_info; 0 where there is no such attribute.
struct DwarfEntry {
  uint64_t offset = 0;
  uint32_t tag = 0;
  uint32_t depth = 0;  // 0: the unit itself
  absl::string_view name;
  absl::string_view folder;  // of a unit: where it was compiled
  bool has_code = false;     // [low, high)
  bool high_is_size = false;
  uint64_t low = 0;
  uint64_t high = 0;
  uint64_t type = 0;
  uint64_t origin = 0;  // where the rest is told: specification or abstract origin
  absl::string_view location;
  std::optional<uint64_t> address;  // where the location is one address and nothing else
  absl::string_view frame_base;
  uint64_t member_offset = 0;
  uint64_t byte_size = 0;
  std::optional<uint64_t> count;  // of an array's dimension
};

// [low, high), as in the file.
struct DwarfRange {
  uint64_t low = 0;
  uint64_t high = 0;
};

// What a unit says of itself, and where its code is.
struct DwarfUnit {
  DwarfEntry entry;
  std::vector<DwarfRange> code;
};

struct DwarfSections {
  explicit DwarfSections(const ElfImage& image);
  absl::string_view info, abbreviations, strings, line_strings, string_offsets, addresses;
  absl::string_view ranges, range_lists;
};

// The unit at `offset` of .debug_info. `visit` is told every entry in order and says whether to go
// on. The result: where the next unit begins; none at the end, or where nothing can be made of it.
std::optional<uint64_t> read_unit(const DwarfSections& sections, uint64_t offset,
                                  const std::function<bool(const DwarfEntry&)>& visit);

// The same, but the unit's first entry alone: in no time, however much is in the unit.
std::optional<uint64_t> read_unit_alone(const DwarfSections& sections, uint64_t offset,
                                        DwarfUnit& unit);

// The path of a unit's source.
std::string dwarf_source(const DwarfEntry& unit);

// Of an expression that is an offset from the frame base (DW_OP_fbreg) and nothing else.
std::optional<int64_t> dwarf_frame_offset(absl::string_view expression);

}  // namespace heddle
