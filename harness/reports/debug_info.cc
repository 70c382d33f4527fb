#include "reports/debug_info.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace heddle {
namespace {

// Frame bases that compilers use without optimisation: DW_OP_call_frame_cfa, and DW_OP_reg6, the
// frame pointer, which lies below the return address and the caller's frame pointer.
constexpr char kCallerFrame = '\x9c';
constexpr char kFramePointer = '\x56';
constexpr int64_t kBelowCallerFrame = 16;

// Types nest; hostile ones in circles.
constexpr int kDeepest = 32;

bool is_reserved(absl::string_view name) {
  return absl::StartsWith(name, "_");
}

// Only a language's own library may use such names at all: not even a union without a name hides
// whose they are.
bool is_the_languages(absl::string_view name) {
  return absl::StartsWith(name, "__");
}

}  // namespace

struct DebugInfo::File {
  explicit File(const LoadedFile& loaded)
      : image(loaded.path), sections(image), load_bias(loaded.load_bias) {}
  ElfImage image;
  DwarfSections sections;
  uintptr_t load_bias;
};

struct DebugInfo::Unit {
  const File* file;
  uint64_t offset;
};

struct DebugInfo::Function {
  uintptr_t first;
  uintptr_t last;
  uint32_t unit;
  uint64_t entry;
};

struct DebugInfo::Global {
  uint32_t unit;
  uint64_t entry;
};

// ---- One unit, kept -----------------------------------------------------------------------------

class DebugInfo::Types {
 public:
  explicit Types(const Unit& unit) {
    std::vector<int32_t> open;  // by depth
    read_unit(unit.file->sections, unit.offset, [&](const DwarfEntry& entry) {
      open.resize(entry.depth);
      parents_.push_back(open.empty() ? -1 : open.back());
      open.push_back(static_cast<int32_t>(entries_.size()));
      entries_.push_back(entry);
      return true;
    });
  }

  const DwarfEntry* find(uint64_t offset) const {
    const int32_t index = index_of(offset);
    return index < 0 ? nullptr : &entries_[static_cast<size_t>(index)];
  }

  // The variable of the function `entry` that covers `from_end` bytes relative to the caller's
  // frame; `pc` as in the file.
  std::optional<VariablePart> local(uint64_t entry, uint64_t pc, int64_t from_end) const {
    const int32_t function = index_of(entry);
    if (function < 0) return std::nullopt;
    const DwarfEntry& outer = entries_[static_cast<size_t>(function)];
    if (outer.frame_base.size() != 1) return std::nullopt;
    const char base = outer.frame_base[0];
    if (base != kCallerFrame && base != kFramePointer) return std::nullopt;
    const int64_t at = base == kFramePointer ? from_end + kBelowCallerFrame : from_end;
    for (size_t i = static_cast<size_t>(function) + 1;
         i < entries_.size() && entries_[i].depth > outer.depth; ++i) {
      const DwarfEntry& variable = entries_[i];
      if (variable.tag != kTagVariable && variable.tag != kTagParameter) continue;
      const std::optional<int64_t> start = dwarf_frame_offset(variable.location);
      if (!start || !in_scope(i, static_cast<size_t>(function), pc)) continue;
      const std::string name = name_of(variable);
      const uint64_t type = type_of(variable);
      const uint64_t offset = static_cast<uint64_t>(at) - static_cast<uint64_t>(*start);
      if (name.empty() || at < *start || offset >= size_of(type, 0)) continue;
      VariablePart part = part_of(type, offset);
      part.name = name + part.name;
      return part;
    }
    return std::nullopt;
  }

  std::optional<VariablePart> part_of_entry(uint64_t entry, uint64_t offset) const {
    const DwarfEntry* variable = find(entry);
    if (variable == nullptr) return std::nullopt;
    const uint64_t type = type_of(*variable);
    if (offset >= size_of(type, 0)) return std::nullopt;
    return part_of(type, offset);
  }

 private:
  int32_t index_of(uint64_t offset) const {
    const auto found = std::lower_bound(
        entries_.begin(), entries_.end(), offset,
        [](const DwarfEntry& entry, uint64_t wanted) { return entry.offset < wanted; });
    if (offset == 0 || found == entries_.end() || found->offset != offset) return -1;
    return static_cast<int32_t>(found - entries_.begin());
  }

  // Compilers may give variables of blocks that do not overlap the same place.
  bool in_scope(size_t variable, size_t function, uint64_t pc) const {
    for (int32_t i = parents_[variable]; i > static_cast<int32_t>(function);
         i = parents_[static_cast<size_t>(i)]) {
      const DwarfEntry& scope = entries_[static_cast<size_t>(i)];
      if (scope.tag != kTagLexicalBlock && scope.tag != kTagInlined) return false;
      if (scope.has_code && (pc < scope.low || pc >= scope.high)) return false;
    }
    return true;
  }

  std::string name_of(const DwarfEntry& entry) const {
    const DwarfEntry* at = &entry;
    for (int i = 0; i < kDeepest && at != nullptr; ++i) {
      if (!at->name.empty()) return std::string(at->name);
      at = find(at->origin);
    }
    return "";
  }

  uint64_t type_of(const DwarfEntry& entry) const {
    const DwarfEntry* at = &entry;
    for (int i = 0; i < kDeepest && at != nullptr; ++i) {
      if (at->type != 0) return at->type;
      at = find(at->origin);
    }
    return 0;
  }

  // Without const, volatile and names that stand for it.
  const DwarfEntry* plain(uint64_t type) const {
    const DwarfEntry* entry = find(type);
    for (int i = 0; i < kDeepest && entry != nullptr; ++i) {
      if (entry->tag != kTagConst && entry->tag != kTagVolatile && entry->tag != kTagTypedef) {
        return entry;
      }
      entry = find(entry->type);
    }
    return nullptr;
  }

  uint64_t elements_of(const DwarfEntry& array) const {
    uint64_t count = 1;
    for (size_t i = static_cast<size_t>(index_of(array.offset)) + 1;
         i < entries_.size() && entries_[i].depth > array.depth; ++i) {
      if (entries_[i].tag == kTagSubrange) count *= entries_[i].count.value_or(0);
    }
    return count;
  }

  uint64_t size_of(uint64_t type, int depth) const {
    const DwarfEntry* entry = plain(type);
    if (entry == nullptr || depth > kDeepest) return 0;
    if (entry->byte_size != 0) return entry->byte_size;
    switch (entry->tag) {
      case kTagArray:
        return elements_of(*entry) * size_of(entry->type, depth + 1);
      case kTagPointer:
      case kTagReference:
      case kTagRvalueReference:
        return 8;
      default:
        return 0;
    }
  }

  bool in_library(const DwarfEntry& type) const {
    for (int32_t i = index_of(type.offset); i >= 0; i = parents_[static_cast<size_t>(i)]) {
      const DwarfEntry& entry = entries_[static_cast<size_t>(i)];
      if (entry.tag == kTagNamespace &&
          (entry.name == "std" || entry.name == "absl" || is_reserved(entry.name))) {
        return true;
      }
    }
    return is_reserved(type.name) || absl::StartsWith(type.name, "pthread_");
  }

  // The member, or base, of `type` that holds byte `offset`.
  const DwarfEntry* member_at(const DwarfEntry& type, uint64_t offset) const {
    for (size_t i = static_cast<size_t>(index_of(type.offset)) + 1;
         i < entries_.size() && entries_[i].depth > type.depth; ++i) {
      const DwarfEntry& member = entries_[i];
      const bool direct = member.depth == type.depth + 1;
      if (!direct || (member.tag != kTagMember && member.tag != kTagInheritance)) continue;
      if (offset < member.member_offset || type_of(member) == 0) continue;
      if (offset - member.member_offset < size_of(member.type, 0)) return &member;
    }
    return nullptr;
  }

  // Of a value of `type` the innermost part with a name that holds byte `offset`. Names that the
  // library reserves say nothing to a reader; where it offers parts (pair, array), these do.
  VariablePart part_of(uint64_t type, uint64_t offset) const {
    VariablePart part{"", size_of(type, 0), offset, false};
    for (int depth = 0; depth < kDeepest; ++depth) {
      const DwarfEntry* entry = plain(type);
      if (entry == nullptr) break;
      if (entry->tag == kTagArray) {
        const uint64_t size = size_of(entry->type, 0);
        if (size == 0) break;
        absl::StrAppend(&part.name, "[", part.offset / size, "]");
        part = {part.name, size, part.offset % size, part.opaque};
        type = entry->type;
        continue;
      }
      const bool has_members =
          entry->tag == kTagStructure || entry->tag == kTagClass || entry->tag == kTagUnion;
      const DwarfEntry* member = has_members ? member_at(*entry, part.offset) : nullptr;
      if (member == nullptr) break;
      const bool library = in_library(*entry);
      const bool hidden = is_reserved(member->name) || absl::EndsWith(member->name, "_");
      const DwarfEntry* inner = plain(member->type);
      const bool array =
          absl::StartsWith(entry->name, "array<") && inner != nullptr && inner->tag == kTagArray;
      if (((library && hidden) || is_the_languages(member->name)) && !array) {
        part.opaque = true;
        break;
      }
      const bool named = !member->name.empty() && !array && member->tag == kTagMember;
      if (named) absl::StrAppend(&part.name, ".", member->name);
      if (named || array) part.size = size_of(member->type, 0);
      part.offset -= member->member_offset;
      type = member->type;
    }
    return part;
  }

  std::vector<DwarfEntry> entries_;  // by offset
  std::vector<int32_t> parents_;
};

// ---- All units, walked through once -------------------------------------------------------------

void DebugInfo::scan(const File& file, const std::function<bool(const std::string&)>& is_users) {
  std::optional<uint64_t> offset;
  if (!file.sections.info.empty()) offset = 0;
  while (offset) {
    const auto number = static_cast<uint32_t>(units_.size());
    const uint64_t at = *offset;
    bool wanted = false;
    offset = read_unit(file.sections, at, [&](const DwarfEntry& entry) {
      if (entry.depth == 0) return wanted = is_users(dwarf_source(entry));
      if (entry.tag == kTagFunction && entry.has_code) {
        functions_.push_back(
            {file.load_bias + entry.low, file.load_bias + entry.high, number, entry.offset});
      }
      if (entry.tag == kTagVariable && entry.address) {
        globals_.try_emplace(file.load_bias + *entry.address, Global{number, entry.offset});
      }
      return true;
    });
    if (wanted) units_.push_back({&file, at});
  }
}

DebugInfo::DebugInfo(const std::function<bool(const std::string& file)>& is_users) {
  for (const LoadedFile& loaded : own_files()) {
    files_.push_back(std::make_unique<File>(loaded));
    scan(*files_.back(), is_users);
  }
  std::stable_sort(functions_.begin(), functions_.end(),
                   [](const Function& a, const Function& b) { return a.first < b.first; });
}

DebugInfo::~DebugInfo() = default;

const DebugInfo::Types& DebugInfo::types(uint32_t unit) const {
  std::unique_ptr<Types>& known = types_[unit];
  if (!known) known = std::make_unique<Types>(units_[unit]);
  return *known;
}

const DebugInfo::Function* DebugInfo::function_at(uintptr_t pc) const {
  const auto next =
      std::upper_bound(functions_.begin(), functions_.end(), pc,
                       [](uintptr_t at, const Function& function) { return at < function.first; });
  if (next == functions_.begin()) return nullptr;
  const Function& function = *(next - 1);
  return pc < function.last ? &function : nullptr;
}

std::optional<VariablePart> DebugInfo::local(uintptr_t return_address, uintptr_t frame_end,
                                             uintptr_t address) const {
  const uintptr_t pc = return_address - 1;
  const Function* function = function_at(pc);
  if (function == nullptr) return std::nullopt;
  return types(function->unit)
      .local(function->entry, pc - units_[function->unit].file->load_bias,
             static_cast<int64_t>(address - frame_end));
}

std::optional<VariablePart> DebugInfo::part_of_global(uintptr_t variable, uint64_t offset) const {
  const auto found = globals_.find(variable);
  if (found == globals_.end()) return std::nullopt;
  return types(found->second.unit).part_of_entry(found->second.entry, offset);
}

}  // namespace heddle
