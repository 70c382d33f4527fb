// Where the code of a unit lies that is in several pieces.
#pragma once

#include <cstdint>
#include <vector>

#include "reports/dwarf_reader.h"

namespace heddle {

struct DwarfRangeList {
  uint64_t version = 0;  // of the unit: each has a section of its own
  uint64_t offset = 0;   // in that section
  uint64_t base = 0;     // what addresses are relative to unless the list says otherwise
  uint64_t address_base = 0;
};

// Pieces that the linker left out are empty, begin at 0 or lie outside of the file's code.
std::vector<DwarfRange> read_ranges(const DwarfSections& sections, const DwarfRangeList& list);

}  // namespace heddle
