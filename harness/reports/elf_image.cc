#include "reports/elf_image.h"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "base/raw_syscall.h"

namespace heddle {
namespace {

constexpr const char* kSelf = "/proc/self/exe";

}  // namespace

bool is_system_library(absl::string_view path) {
  return absl::StartsWith(path, "/lib") || absl::StartsWith(path, "/usr/lib");
}

std::vector<LoadedFile> own_files() {
  std::vector<LoadedFile> files;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto& found = *static_cast<std::vector<LoadedFile>*>(data);
        const std::string path = info->dlpi_name == nullptr ? "" : info->dlpi_name;
        if (found.empty()) {
          found.push_back({kSelf, info->dlpi_addr});
        } else if (absl::StartsWith(path, "/") && !is_system_library(path)) {
          found.push_back({path, info->dlpi_addr});
        }
        return 0;
      },
      &files);
  return files;
}

ElfImage::ElfImage(const std::string& path) {
  const long file =
      raw_syscall(SYS_open, reinterpret_cast<long>(path.c_str()), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  struct stat status = {};
  if (raw_syscall(SYS_fstat, file, reinterpret_cast<long>(&status)) == 0 && status.st_size > 0) {
    const long start = raw_syscall(SYS_mmap, 0, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (start > 0) {
      bytes_ = {reinterpret_cast<const char*>(start), static_cast<size_t>(status.st_size)};
    }
  }
  raw_syscall(SYS_close, file);
  read_sections();
}

ElfImage::~ElfImage() {
  if (bytes_.empty()) return;
  raw_syscall(SYS_munmap, reinterpret_cast<long>(bytes_.data()), static_cast<long>(bytes_.size()));
}

void ElfImage::read_sections() {
  const auto header = read<Elf64_Ehdr>(0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64) {
    return;
  }
  for (uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto section = read<Elf64_Shdr>(header->e_shoff + i * sizeof(Elf64_Shdr));
    if (!section) return;
    sections_.push_back(*section);
  }
  if (header->e_shstrndx >= sections_.size()) return;
  for (const Elf64_Shdr& section : sections_) {
    names_.push_back(text(sections_[header->e_shstrndx].sh_offset + section.sh_name));
  }
}

absl::string_view ElfImage::text(uint64_t offset) const {
  if (offset >= bytes_.size()) return "";
  const absl::string_view rest = bytes_.substr(offset);
  return rest.substr(0, strnlen(rest.data(), rest.size()));
}

absl::string_view ElfImage::bytes(uint64_t offset, uint64_t size) const {
  if (offset > bytes_.size() || bytes_.size() - offset < size) return {};
  return bytes_.substr(offset, size);
}

absl::string_view ElfImage::section(absl::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i) {
    const Elf64_Shdr& section = sections_[i];
    const bool readable = section.sh_type != SHT_NOBITS && (section.sh_flags & SHF_COMPRESSED) == 0;
    if (names_[i] == name && readable) return bytes(section.sh_offset, section.sh_size);
  }
  return {};
}

bool ElfImage::has_section(absl::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

absl::string_view ElfImage::loaded(uint64_t address, uint64_t size) const {
  for (const Elf64_Shdr& section : sections_) {
    const bool holds = (section.sh_flags & SHF_ALLOC) != 0 && section.sh_type != SHT_NOBITS &&
                       address >= section.sh_addr && address - section.sh_addr < section.sh_size &&
                       size <= section.sh_size - (address - section.sh_addr);
    if (holds) return bytes(section.sh_offset + (address - section.sh_addr), size);
  }
  return {};
}

void ElfImage::each_symbol(
    const std::function<void(const Elf64_Sym&, absl::string_view)>& visit) const {
  for (const Elf64_Shdr& table : sections_) {
    if (table.sh_type != SHT_SYMTAB || table.sh_link >= sections_.size()) continue;
    const uint64_t names = sections_[table.sh_link].sh_offset;
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
      const auto symbol = read<Elf64_Sym>(table.sh_offset + at);
      if (!symbol) return;
      if (symbol->st_shndx != SHN_UNDEF) visit(*symbol, text(names + symbol->st_name));
    }
  }
}

}  // namespace heddle
