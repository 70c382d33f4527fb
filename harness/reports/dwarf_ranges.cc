#include "reports/dwarf_ranges.h"

#include "reports/dwarf_cursor.h"

namespace heddle {
namespace {

// Of DWARF 5.
enum Entry : uint64_t {
  kEnd = 0,
  kBaseNumber = 1,
  kStartNumberEndNumber = 2,
  kStartNumberLength = 3,
  kOffsets = 4,
  kBase = 5,
  kStartEnd = 6,
  kStartLength = 7,
};

std::vector<DwarfRange> read_pairs(const DwarfSections& sections, const DwarfRangeList& list) {
  constexpr uint64_t kNewBase = ~uint64_t{0};
  std::vector<DwarfRange> ranges;
  DwarfCursor cursor(sections.ranges, list.offset);
  uint64_t base = list.base;
  for (;;) {
    const uint64_t low = cursor.fixed(8);
    const uint64_t high = cursor.fixed(8);
    if (cursor.bad() || (low == 0 && high == 0)) return ranges;
    if (low == kNewBase) {
      base = high;
    } else {
      ranges.push_back({base + low, base + high});
    }
  }
}

class ListReader {
 public:
  ListReader(const DwarfSections& sections, const DwarfRangeList& list)
      : sections_(sections), list_(list), cursor_(sections.range_lists, list.offset) {}

  std::vector<DwarfRange> all() {
    uint64_t base = list_.base;
    while (!cursor_.bad()) {
      const uint64_t entry = cursor_.fixed(1);
      if (entry == kBase || entry == kBaseNumber) {
        base = entry == kBase ? cursor_.fixed(8) : numbered();
      } else if (!read_range(entry, base)) {
        break;
      }
    }
    return ranges_;
  }

 private:
  // False: the end, or nothing that is known.
  bool read_range(uint64_t entry, uint64_t base) {
    DwarfRange range;
    switch (entry) {
      case kStartNumberEndNumber:
        range.low = numbered();
        range.high = numbered();
        break;
      case kStartNumberLength:
        range.low = numbered();
        range.high = range.low + cursor_.leb();
        break;
      case kOffsets:
        range.low = base + cursor_.leb();
        range.high = base + cursor_.leb();
        break;
      case kStartEnd:
        range.low = cursor_.fixed(8);
        range.high = cursor_.fixed(8);
        break;
      case kStartLength:
        range.low = cursor_.fixed(8);
        range.high = range.low + cursor_.leb();
        break;
      default:
        return false;
    }
    if (!cursor_.bad()) ranges_.push_back(range);
    return true;
  }

  uint64_t numbered() {
    return DwarfCursor(sections_.addresses, list_.address_base + cursor_.leb() * 8).fixed(8);
  }

  const DwarfSections& sections_;
  const DwarfRangeList& list_;
  DwarfCursor cursor_;
  std::vector<DwarfRange> ranges_;
};

}  // namespace

std::vector<DwarfRange> read_ranges(const DwarfSections& sections, const DwarfRangeList& list) {
  return list.version >= 5 ? ListReader(sections, list).all() : read_pairs(sections, list);
}

}  // namespace heddle
