// The bytes of an ELF file, mapped, with reads that cannot leave it: the file is whatever lies at
// that path by now.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace heddle {

// Whether a shared object's path is one of libc, libstdc++ and the like.
bool is_system_library(absl::string_view path);

// The program and the shared objects beside it, without the system's.
struct LoadedFile {
  std::string path;
  uintptr_t load_bias = 0;
};
std::vector<LoadedFile> own_files();

class ElfImage {
 public:
  // Empty where there is no such file, or one that is none.
  explicit ElfImage(const std::string& path);
  ~ElfImage();
  ElfImage(const ElfImage&) = delete;
  ElfImage& operator=(const ElfImage&) = delete;

  template <typename T>
  std::optional<T> read(uint64_t offset) const {
    T value;
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof value) return std::nullopt;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  // Views live as long as the image.
  absl::string_view text(uint64_t offset) const;

  const std::vector<Elf64_Shdr>& sections() const { return sections_; }
  // The contents; empty where there is no such section, or its bytes are compressed.
  absl::string_view section(absl::string_view name) const;
  bool has_section(absl::string_view name) const;
  // Those that are loaded at [address, address + size), addresses as in the file; else empty.
  absl::string_view loaded(uint64_t address, uint64_t size) const;
  // What the symbol table says is in this file, in its order; a stripped file has none.
  void each_symbol(
      const std::function<void(const Elf64_Sym& symbol, absl::string_view name)>& visit) const;

 private:
  void read_sections();
  absl::string_view bytes(uint64_t offset, uint64_t size) const;

  absl::string_view bytes_;
  std::vector<Elf64_Shdr> sections_;
  std::vector<absl::string_view> names_;  // of sections_
};

}  // namespace heddle
