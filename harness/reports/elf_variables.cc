#include "reports/elf_variables.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "reports/elf_image.h"
#include "reports/shorten.h"

namespace heddle {
namespace {

constexpr absl::string_view kAnonymous = "(anonymous namespace)::";

// "counter" of a C function's static "counter.0".
std::string without_number(std::string name) {
  const size_t digits = name.find_last_not_of("0123456789");
  const bool numbered =
      digits != std::string::npos && digits > 0 && digits + 1 < name.size() && name[digits] == '.';
  if (numbered) name.resize(digits);
  return name;
}

std::string without_anonymous(absl::string_view name) {
  return absl::StrReplaceAll(name, {{kAnonymous, ""}});
}

}  // namespace

ElfVariables::ElfVariables() {
  for (const LoadedFile& file : own_files()) read_file(file);
  std::stable_sort(
      variables_.begin(), variables_.end(),
      [](const GlobalVariable& a, const GlobalVariable& b) { return a.address < b.address; });
}

void ElfVariables::read_file(const LoadedFile& file) {
  const ElfImage image(file.path);
  image.each_symbol([&](const Elf64_Sym& symbol, absl::string_view name) {
    if (ELF64_ST_TYPE(symbol.st_info) != STT_OBJECT || symbol.st_size == 0) return;
    variables_.push_back(
        {without_number(std::string(name)), file.load_bias + symbol.st_value, symbol.st_size});
  });
}

std::optional<GlobalVariable> ElfVariables::containing(uintptr_t address) const {
  auto next = std::upper_bound(
      variables_.begin(), variables_.end(), address,
      [](uintptr_t value, const GlobalVariable& variable) { return value < variable.address; });
  // Aliases share an address and may differ in size.
  while (next != variables_.begin()) {
    --next;
    if (address - next->address < next->size) {
      return GlobalVariable{demangled(next->name), next->address, next->size};
    }
    if (next->address + (uintptr_t{1} << 24) < address) break;
  }
  return std::nullopt;
}

absl::StatusOr<GlobalVariable> ElfVariables::named(absl::string_view name) const {
  // A cheap test on the mangled name spares demangling them all.
  const size_t last_part = name.rfind("::");
  const absl::string_view part =
      last_part == absl::string_view::npos ? name : name.substr(last_part + 2);
  std::optional<GlobalVariable> found;
  for (const GlobalVariable& variable : variables_) {
    if (!absl::StrContains(variable.name, part)) continue;
    const std::string full = demangled(variable.name);
    if (full != name && without_anonymous(full) != without_anonymous(name)) continue;
    if (found && found->address != variable.address) {
      return absl::FailedPreconditionError(
          absl::StrCat("several variables are called ", name, ": give one of them another name"));
    }
    found = GlobalVariable{full, variable.address, variable.size};
  }
  if (!found) return absl::NotFoundError(absl::StrCat("no global variable is called ", name));
  return *found;
}

}  // namespace heddle
