#include "reports/dwarf_reader.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "reports/dwarf_cursor.h"
#include "reports/dwarf_ranges.h"

namespace heddle {
namespace {

enum Attribute : uint64_t {
  kLocation = 0x02,
  kName = 0x03,
  kByteSize = 0x0b,
  kLow = 0x11,
  kHigh = 0x12,
  kFolder = 0x1b,
  kUpperBound = 0x2f,
  kAbstractOrigin = 0x31,
  kCount = 0x37,
  kMemberLocation = 0x38,
  kFrameBase = 0x40,
  kSpecification = 0x47,
  kRanges = 0x55,
  kType = 0x49,
  kStringOffsetsBase = 0x72,
  kAddressBase = 0x73,
  kRangesBase = 0x74,
};

constexpr uint64_t kAddressForm = 0x01;
constexpr uint64_t kImplicitConst = 0x21;
constexpr uint64_t kRangeListNumber = 0x23;
constexpr uint8_t kOpAddress = 0x03;
constexpr uint8_t kOpFrameOffset = 0x91;
constexpr uint8_t kOpAddressIndex = 0xa1;

absl::string_view text_at(absl::string_view section, uint64_t offset) {
  return DwarfCursor(section, offset).text();
}

struct Abbreviation {
  uint64_t code = 0;
  uint32_t tag = 0;
  bool children = false;
  struct Item {
    uint64_t attribute;
    uint64_t form;
    int64_t constant;
  };
  std::vector<Item> items;
};

// Read as far as they are asked for: of most units it is one.
class Abbreviations {
 public:
  Abbreviations(absl::string_view section, uint64_t offset) : cursor_(section, offset) {}

  // Codes count from 1 with every compiler; others are looked for. Valid until the next call.
  const Abbreviation* find(uint64_t code) {
    while (all_.size() < code && read_next()) continue;
    if (code - 1 < all_.size() && all_[code - 1].code == code) return &all_[code - 1];
    while (read_next()) continue;
    for (const Abbreviation& abbreviation : all_) {
      if (abbreviation.code == code) return &abbreviation;
    }
    return nullptr;
  }

 private:
  bool read_next() {
    if (complete_) return false;
    Abbreviation abbreviation;
    abbreviation.code = cursor_.leb();
    complete_ = cursor_.bad() || abbreviation.code == 0;
    if (complete_) return false;
    abbreviation.tag = static_cast<uint32_t>(cursor_.leb());
    abbreviation.children = cursor_.fixed(1) != 0;
    for (;;) {
      const uint64_t attribute = cursor_.leb();
      const uint64_t form = cursor_.leb();
      const int64_t constant = form == kImplicitConst ? cursor_.signed_leb() : 0;
      if ((attribute == 0 && form == 0) || cursor_.bad()) break;
      abbreviation.items.push_back({attribute, form, constant});
    }
    all_.push_back(std::move(abbreviation));
    return true;
  }

  DwarfCursor cursor_;
  std::vector<Abbreviation> all_;
  bool complete_ = false;
};

struct Value {
  uint64_t number = 0;
  absl::string_view bytes;  // texts, blocks and expressions
  bool is_block = false;
  bool is_reference = false;
  bool known = true;  // false: skipped
};

class UnitReader {
 public:
  UnitReader(const DwarfSections& sections, uint64_t offset)
      : sections_(sections), begin_(offset), cursor_(sections.info, offset) {}

  // Where the next unit begins.
  std::optional<uint64_t> header() {
    const uint64_t length = cursor_.fixed(4);
    if (cursor_.bad() || length >= 0xfffffff0) return std::nullopt;  // 64-bit DWARF
    end_ = cursor_.at() + length;
    if (end_ > sections_.info.size()) return std::nullopt;
    version_ = cursor_.fixed(2);
    uint64_t type = 1;
    uint64_t abbreviations = 0;
    if (version_ >= 5) {
      type = cursor_.fixed(1);
      address_size_ = cursor_.fixed(1);
      abbreviations = cursor_.fixed(4);
    } else {
      abbreviations = cursor_.fixed(4);
      address_size_ = cursor_.fixed(1);
    }
    readable_ = !cursor_.bad() && version_ >= 2 && version_ <= 5 && type == 1 && address_size_ == 8;
    if (readable_) abbreviations_.emplace(sections_.abbreviations, abbreviations);
    return end_;
  }

  // Without what is in it.
  DwarfUnit unit() {
    DwarfUnit unit;
    if (!readable_) return unit;
    learn_bases();
    unit.entry = read_entry().value_or(DwarfEntry());
    if (unit.entry.has_code) unit.code.push_back({unit.entry.low, unit.entry.high});
    if (ranges_) unit.code = read_ranges(sections_, range_list(unit.entry.low));
    return unit;
  }

  void entries(const std::function<bool(const DwarfEntry&)>& visit) {
    if (!readable_) return;
    learn_bases();
    while (cursor_.at() < end_ && !cursor_.bad()) {
      const uint32_t depth = depth_;
      const std::optional<DwarfEntry> entry = read_entry();
      if (entry && !visit(*entry)) return;
      if (!entry && depth == 0) return;
    }
  }

 private:
  // What the first entry says of bases may stand behind what needs them.
  void learn_bases() {
    const DwarfCursor first = cursor_;
    read_entry();
    cursor_ = first;
    depth_ = 0;
  }

  DwarfRangeList range_list(uint64_t base) const {
    const uint64_t offset =
        !ranges_are_numbered_
            ? *ranges_
            : ranges_base_ +
                  DwarfCursor(sections_.range_lists, ranges_base_ + *ranges_ * 4).fixed(4);
    return {version_, offset, base, address_base_};
  }

  // None: the end of a list of children.
  std::optional<DwarfEntry> read_entry() {
    DwarfEntry entry;
    entry.offset = cursor_.at();
    entry.depth = depth_;
    const uint64_t code = cursor_.leb();
    if (code == 0) {
      if (depth_ > 0) --depth_;
      return std::nullopt;
    }
    const Abbreviation* abbreviation = abbreviations_->find(code);
    if (abbreviation == nullptr) {
      cursor_.block(~uint64_t{0});  // nothing can be made of the rest
      return std::nullopt;
    }
    entry.tag = abbreviation->tag;
    for (const Abbreviation::Item& item : abbreviation->items) {
      const Value value = read_value(item.form, item.constant);
      if (value.known) note(item.attribute, item.form, value, entry);
    }
    if (entry.high_is_size) entry.high += entry.low;
    entry.has_code = entry.low != 0 && entry.high > entry.low;
    if (abbreviation->children) ++depth_;
    return entry;
  }

  void note(uint64_t attribute, uint64_t form, const Value& value, DwarfEntry& entry) {
    switch (attribute) {
      case kName:
        entry.name = value.bytes;
        break;
      case kFolder:
        entry.folder = value.bytes;
        break;
      case kLow:
        entry.low = value.number;
        break;
      case kHigh:
        entry.high = value.number;
        entry.high_is_size = form != kAddressForm;
        break;
      case kType:
        if (value.is_reference) entry.type = value.number;
        break;
      case kAbstractOrigin:
      case kSpecification:
        if (value.is_reference) entry.origin = value.number;
        break;
      case kLocation:
        if (value.is_block) note_location(value.bytes, entry);
        break;
      case kFrameBase:
        if (value.is_block) entry.frame_base = value.bytes;
        break;
      case kMemberLocation:
        if (!value.is_block) entry.member_offset = value.number;
        break;
      case kByteSize:
        if (!value.is_block) entry.byte_size = value.number;
        break;
      case kUpperBound:
        if (!value.is_block && !value.is_reference) entry.count = value.number + 1;
        break;
      case kCount:
        if (!value.is_block && !value.is_reference) entry.count = value.number;
        break;
      case kRanges:
        ranges_ = value.number;
        ranges_are_numbered_ = form == kRangeListNumber;
        break;
      case kRangesBase:
        ranges_base_ = value.number;
        break;
      case kStringOffsetsBase:
        string_offsets_base_ = value.number;
        break;
      case kAddressBase:
        address_base_ = value.number;
        break;
      default:
        break;
    }
  }

  void note_location(absl::string_view expression, DwarfEntry& entry) const {
    entry.location = expression;
    DwarfCursor cursor(expression);
    const uint64_t op = cursor.fixed(1);
    std::optional<uint64_t> address;
    if (op == kOpAddress) address = cursor.fixed(8);
    if (op == kOpAddressIndex) address = indexed_address(cursor.leb());
    if (!cursor.bad() && cursor.at_end()) entry.address = address;
  }

  uint64_t indexed_address(uint64_t index) const {
    return DwarfCursor(sections_.addresses, address_base_ + index * 8).fixed(8);
  }
  absl::string_view indexed_text(uint64_t index) const {
    const uint64_t offset =
        DwarfCursor(sections_.string_offsets, string_offsets_base_ + index * 4).fixed(4);
    return text_at(sections_.strings, offset);
  }

  static Value number(uint64_t value) { return {value, {}, false, false, true}; }
  static Value text(absl::string_view value) { return {0, value, false, false, true}; }
  static Value block(absl::string_view value) { return {0, value, true, false, true}; }
  Value reference(uint64_t offset) const { return {begin_ + offset, {}, false, true, true}; }
  static Value skipped(absl::string_view) { return {0, {}, false, false, false}; }

  Value read_value(uint64_t form, int64_t constant) {
    switch (form) {
      case kAddressForm:
      case 0x07:  // data8
        return number(cursor_.fixed(8));
      case 0x0b:  // data1
      case 0x0c:  // flag
        return number(cursor_.fixed(1));
      case 0x05:  // data2
        return number(cursor_.fixed(2));
      case 0x06:  // data4
      case 0x17:  // sec_offset
        return number(cursor_.fixed(4));
      case 0x0d:  // sdata
        return number(static_cast<uint64_t>(cursor_.signed_leb()));
      case 0x0f:  // udata
        return number(cursor_.leb());
      case 0x19:  // flag_present
        return number(1);
      case kImplicitConst:
        return number(static_cast<uint64_t>(constant));
      case 0x11:  // ref1, ref2, ref4, ref8
      case 0x12:
      case 0x13:
      case 0x14:
        return reference(cursor_.fixed(1u << (form - 0x11)));
      case 0x15:  // ref_udata
        return reference(cursor_.leb());
      case 0x10:  // ref_addr: of another unit, which is not looked for
        return skipped(cursor_.block(version_ == 2 ? 8 : 4));
      default:
        return read_other(form);
    }
  }

  // Texts, blocks, what stands in tables of its own.
  Value read_other(uint64_t form) {
    switch (form) {
      case 0x08:  // string
        return text(cursor_.text());
      case 0x0e:  // strp
        return text(text_at(sections_.strings, cursor_.fixed(4)));
      case 0x1f:  // line_strp
        return text(text_at(sections_.line_strings, cursor_.fixed(4)));
      case 0x1a:  // strx
        return text(indexed_text(cursor_.leb()));
      case 0x25:  // strx1 … strx4
      case 0x26:
      case 0x27:
      case 0x28:
        return text(indexed_text(cursor_.fixed(static_cast<uint32_t>(form - 0x24))));
      case 0x1b:  // addrx
        return number(indexed_address(cursor_.leb()));
      case 0x29:  // addrx1 … addrx4
      case 0x2a:
      case 0x2b:
      case 0x2c:
        return number(indexed_address(cursor_.fixed(static_cast<uint32_t>(form - 0x28))));
      case 0x03:  // block2
        return block(cursor_.block(cursor_.fixed(2)));
      case 0x04:  // block4
        return block(cursor_.block(cursor_.fixed(4)));
      case 0x0a:  // block1
        return block(cursor_.block(cursor_.fixed(1)));
      case 0x09:  // block, exprloc
      case 0x18:
        return block(cursor_.block(cursor_.leb()));
      case kRangeListNumber:
        return number(cursor_.leb());
      case 0x22:  // loclistx
        cursor_.leb();
        return skipped({});
      case 0x1e:  // data16
        return skipped(cursor_.block(16));
      case 0x20:  // ref_sig8, ref_sup8
      case 0x24:
        return skipped(cursor_.block(8));
      case 0x1c:  // ref_sup4, strp_sup and GNU's older ones of the same
      case 0x1d:
      case 0x1f20:
      case 0x1f21:
        return skipped(cursor_.block(4));
      default:  // its size is not known, hence nothing behind it
        return skipped(cursor_.block(~uint64_t{0}));
    }
  }

  const DwarfSections& sections_;
  uint64_t begin_;
  DwarfCursor cursor_;
  uint64_t end_ = 0;
  uint64_t version_ = 0;
  uint64_t address_size_ = 0;
  bool readable_ = false;
  uint32_t depth_ = 0;
  uint64_t string_offsets_base_ = 8;
  uint64_t address_base_ = 8;
  uint64_t ranges_base_ = 12;
  std::optional<uint64_t> ranges_;
  bool ranges_are_numbered_ = false;
  std::optional<Abbreviations> abbreviations_;
};

}  // namespace

DwarfSections::DwarfSections(const ElfImage& image)
    : info(image.section(".debug_info")),
      abbreviations(image.section(".debug_abbrev")),
      strings(image.section(".debug_str")),
      line_strings(image.section(".debug_line_str")),
      string_offsets(image.section(".debug_str_offsets")),
      addresses(image.section(".debug_addr")),
      ranges(image.section(".debug_ranges")),
      range_lists(image.section(".debug_rnglists")) {}

std::optional<uint64_t> read_unit(const DwarfSections& sections, uint64_t offset,
                                  const std::function<bool(const DwarfEntry&)>& visit) {
  UnitReader reader(sections, offset);
  const std::optional<uint64_t> end = reader.header();
  if (!end) return std::nullopt;
  reader.entries(visit);
  return *end < sections.info.size() ? end : std::nullopt;
}

std::optional<uint64_t> read_unit_alone(const DwarfSections& sections, uint64_t offset,
                                        DwarfUnit& unit) {
  UnitReader reader(sections, offset);
  const std::optional<uint64_t> end = reader.header();
  unit = DwarfUnit();
  if (!end) return std::nullopt;
  unit = reader.unit();
  return *end < sections.info.size() ? end : std::nullopt;
}

std::string dwarf_source(const DwarfEntry& unit) {
  if (unit.folder.empty() || absl::StartsWith(unit.name, "/")) return std::string(unit.name);
  return absl::StrCat(unit.folder, "/", unit.name);
}

std::optional<int64_t> dwarf_frame_offset(absl::string_view expression) {
  DwarfCursor cursor(expression);
  if (cursor.fixed(1) != kOpFrameOffset) return std::nullopt;
  const int64_t offset = cursor.signed_leb();
  if (cursor.bad() || !cursor.at_end()) return std::nullopt;
  return offset;
}

}  // namespace heddle
