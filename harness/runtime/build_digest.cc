#include "runtime/build_digest.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/raw_syscall.h"
#include "base/rng.h"

namespace heddle {
namespace {

// The executable's file, mapped for reading; empty where that is refused.
class Image {
 public:
  Image() {
    static const char kSelf[] = "/proc/self/exe";
    const long file = raw_syscall(SYS_open, reinterpret_cast<long>(kSelf), O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) return;
    struct stat status = {};
    if (raw_syscall(SYS_fstat, file, reinterpret_cast<long>(&status)) == 0 && status.st_size > 0) {
      const long start = raw_syscall(SYS_mmap, 0, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
      if (start > 0) {
        bytes_ = reinterpret_cast<const char*>(start);
        size_ = static_cast<size_t>(status.st_size);
      }
    }
    raw_syscall(SYS_close, file);
  }
  ~Image() {
    if (size_ > 0) {
      raw_syscall(SYS_munmap, reinterpret_cast<long>(bytes_), static_cast<long>(size_));
    }
  }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  // `count` things at an offset; null where the file does not hold them.
  template <typename T>
  const T* at(uint64_t offset, uint64_t count = 1) const {
    if (offset > size_ || count > (size_ - offset) / sizeof(T)) return nullptr;
    return reinterpret_cast<const T*>(bytes_ + offset);
  }

 private:
  const char* bytes_ = nullptr;
  size_t size_ = 0;
};

uint64_t digest_of(const char* name, const char* end, uint64_t size) {
  uint64_t digest = mix64(size);
  for (; name < end && *name != 0; ++name) digest = mix64(digest ^ static_cast<uint8_t>(*name));
  return digest;
}

}  // namespace

uint64_t digest_of_functions(const Globals& globals) {
  const Image image;
  const auto* header = image.at<Elf64_Ehdr>(0);
  if (header == nullptr) return 0;
  const auto* sections = image.at<Elf64_Shdr>(header->e_shoff, header->e_shnum);
  if (sections == nullptr) return 0;
  uint64_t digest = 0;
  for (unsigned i = 0; i < header->e_shnum; ++i) {
    const Elf64_Shdr& table = sections[i];
    if (table.sh_type != SHT_SYMTAB || table.sh_link >= header->e_shnum) continue;
    const Elf64_Shdr& strings = sections[table.sh_link];
    const uint64_t count = table.sh_size / sizeof(Elf64_Sym);
    const auto* symbols = image.at<Elf64_Sym>(table.sh_offset, count);
    const char* names = image.at<char>(strings.sh_offset, strings.sh_size);
    if (symbols == nullptr || names == nullptr) return 0;
    for (uint64_t k = 0; k < count; ++k) {
      const Elf64_Sym& symbol = symbols[k];
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
      if (symbol.st_size == 0 || symbol.st_name >= strings.sh_size) continue;
      if (Globals::in_harness(globals.executable().base + symbol.st_value)) continue;
      // A sum: the order in which the linker lays functions out says nothing.
      digest += digest_of(names + symbol.st_name, names + strings.sh_size, symbol.st_size);
    }
  }
  return digest;
}

}  // namespace heddle
