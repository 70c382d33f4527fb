#include "reports/instrumentation.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "reports/elf_image.h"

namespace heddle {
namespace {

using Addresses = absl::flat_hash_set<uint64_t>;

// include/heddle/instrument.h puts it into every unit that is instrumented.
constexpr absl::string_view kMarker = "heddle_instrumented_unit";

// Where the callbacks of instrumentation begin, as in the file.
Addresses callbacks_of(const ElfImage& image) {
  Addresses callbacks;
  image.each_symbol([&](const Elf64_Sym& symbol, absl::string_view name) {
    if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && absl::StartsWith(name, "__tsan_")) {
      callbacks.insert(symbol.st_value);
    }
  });
  return callbacks;
}

// Whether one of the bytes begins a call (or jump) to one of the callbacks. That other bytes look
// like one by chance is next to impossible.
bool calls_one(absl::string_view code, uint64_t address, const Addresses& callbacks) {
  constexpr size_t kLength = 5;
  for (size_t i = 0; i + kLength <= code.size(); ++i) {
    const auto opcode = static_cast<uint8_t>(code[i]);
    if (opcode != 0xe8 && opcode != 0xe9) continue;
    int32_t distance;
    std::memcpy(&distance, code.data() + i + 1, sizeof distance);
    if (callbacks.contains(address + i + kLength + static_cast<uint64_t>(int64_t{distance}))) {
      return true;
    }
  }
  return false;
}

// One that needs no callbacks, as where nothing in it accesses memory.
bool is_marked(const DwarfSections& sections, uint64_t unit) {
  bool marked = false;
  read_unit(sections, unit, [&](const DwarfEntry& entry) {
    marked = entry.tag == kTagVariable && entry.address && entry.name == kMarker;
    return !marked;
  });
  return marked;
}

}  // namespace

Instrumentation::Instrumentation(const std::function<bool(const std::string& file)>& is_users) {
  const LoadedFile executable = own_files().front();
  const ElfImage image(executable.path);
  load_bias_ = executable.load_bias;
  const DwarfSections sections(image);
  const Addresses callbacks = callbacks_of(image);
  if (callbacks.empty() || sections.info.empty()) return;
  DwarfUnit unit;
  std::optional<uint64_t> next = 0;
  while (next) {
    const uint64_t at = *next;
    next = read_unit_alone(sections, at, unit);
    const std::string source = dwarf_source(unit.entry);
    if (unit.code.empty() || !is_users(source)) continue;
    bool has_code = false;
    bool instrumented = false;
    for (const DwarfRange& range : unit.code) {
      if (range.low == 0 || range.high <= range.low) continue;
      const absl::string_view code = image.loaded(range.low, range.high - range.low);
      has_code = has_code || !code.empty();
      instrumented = calls_one(code, range.low, callbacks);
      if (instrumented) break;
    }
    if (!has_code || instrumented || is_marked(sections, at)) continue;
    missing_.push_back(source);
    code_.insert(code_.end(), unit.code.begin(), unit.code.end());
  }
  std::sort(missing_.begin(), missing_.end());
}

bool Instrumentation::is_missing_at(uintptr_t pc) const {
  const uint64_t at = pc - load_bias_;
  return std::any_of(code_.begin(), code_.end(),
                     [at](const DwarfRange& range) { return range.low <= at && at < range.high; });
}

}  // namespace heddle
