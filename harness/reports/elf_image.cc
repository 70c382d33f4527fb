#include "reports/elf_image.h"

#include <link.h>

#include <fstream>
#include <iterator>

#include "absl/strings/match.h"

namespace heddle {
namespace {

constexpr const char* kSelf = "/proc/self/exe";

}  // namespace

std::vector<LoadedFile> own_files() {
  std::vector<LoadedFile> files;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto& found = *static_cast<std::vector<LoadedFile>*>(data);
        const std::string path = info->dlpi_name == nullptr ? "" : info->dlpi_name;
        if (found.empty()) {
          found.push_back({kSelf, info->dlpi_addr});
        } else if (absl::StartsWith(path, "/") && !absl::StartsWith(path, "/lib") &&
                   !absl::StartsWith(path, "/usr/lib")) {
          found.push_back({path, info->dlpi_addr});
        }
        return 0;
      },
      &files);
  return files;
}

ElfImage::ElfImage(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  if (!file || size <= 0) return;
  bytes_.resize(static_cast<size_t>(size));
  file.seekg(0);
  file.read(bytes_.data(), size);
  bytes_.resize(static_cast<size_t>(file.gcount()));
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

std::string ElfImage::text(uint64_t offset) const {
  if (offset >= bytes_.size()) return "";
  return std::string(bytes_.data() + offset,
                     strnlen(bytes_.data() + offset, bytes_.size() - offset));
}

absl::string_view ElfImage::bytes(uint64_t offset, uint64_t size) const {
  if (offset > bytes_.size() || bytes_.size() - offset < size) return {};
  return {bytes_.data() + offset, size};
}

absl::string_view ElfImage::section(absl::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i) {
    const Elf64_Shdr& section = sections_[i];
    const bool readable = section.sh_type != SHT_NOBITS && (section.sh_flags & SHF_COMPRESSED) == 0;
    if (names_[i] == name && readable) return bytes(section.sh_offset, section.sh_size);
  }
  return {};
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

}  // namespace heddle
