#include "reports/elf_variables.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "reports/shorten.h"

namespace heddle {
namespace {

constexpr const char* kSelf = "/proc/self/exe";
constexpr absl::string_view kAnonymous = "(anonymous namespace)::";

struct Module {
  std::string path;
  uintptr_t load_bias = 0;
};

// The program and the shared objects beside it; the system's hold no variables of the program.
std::vector<Module> own_modules() {
  std::vector<Module> modules;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto& found = *static_cast<std::vector<Module>*>(data);
        const std::string path = info->dlpi_name == nullptr ? "" : info->dlpi_name;
        if (found.empty()) {
          found.push_back({kSelf, info->dlpi_addr});
        } else if (absl::StartsWith(path, "/") && !absl::StartsWith(path, "/lib") &&
                   !absl::StartsWith(path, "/usr/lib")) {
          found.push_back({path, info->dlpi_addr});
        }
        return 0;
      },
      &modules);
  return modules;
}

// A file's bytes with reads that cannot leave it: the file is whatever lies at that path by now.
class Image {
 public:
  explicit Image(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }

  template <typename T>
  std::optional<T> read(uint64_t offset) const {
    T value;
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof value) return std::nullopt;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  std::string text(uint64_t offset) const {
    if (offset >= bytes_.size()) return "";
    return std::string(bytes_.data() + offset,
                       strnlen(bytes_.data() + offset, bytes_.size() - offset));
  }

 private:
  std::vector<char> bytes_;
};

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
  for (const Module& module : own_modules()) read_module(module.path, module.load_bias);
  std::stable_sort(
      variables_.begin(), variables_.end(),
      [](const GlobalVariable& a, const GlobalVariable& b) { return a.address < b.address; });
}

void ElfVariables::read_module(const std::string& path, uintptr_t load_bias) {
  const Image image(path);
  const auto header = image.read<Elf64_Ehdr>(0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64) {
    return;
  }
  const auto section = [&](uint64_t index) {
    return image.read<Elf64_Shdr>(header->e_shoff + index * sizeof(Elf64_Shdr));
  };
  for (uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto table = section(i);
    if (!table || table->sh_type != SHT_SYMTAB) continue;
    const auto strings = section(table->sh_link);
    if (!strings) continue;
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= table->sh_size; at += sizeof(Elf64_Sym)) {
      const auto symbol = image.read<Elf64_Sym>(table->sh_offset + at);
      if (!symbol) return;
      const bool variable = ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT && symbol->st_size > 0 &&
                            symbol->st_shndx != SHN_UNDEF;
      if (!variable) continue;
      variables_.push_back({without_number(image.text(strings->sh_offset + symbol->st_name)),
                            load_bias + symbol->st_value, symbol->st_size});
    }
  }
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
