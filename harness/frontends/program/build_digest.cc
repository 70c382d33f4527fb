#include "frontends/program/build_digest.h"

#include "base/rng.h"
#include "reports/elf_image.h"
#include "runtime/globals.h"

namespace heddle {

uint64_t digest_of_functions() {
  const LoadedFile executable = own_files().front();
  uint64_t digest = 0;
  ElfImage(executable.path).each_symbol([&](const Elf64_Sym& symbol, absl::string_view name) {
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_size == 0) return;
    if (Globals::in_harness(executable.load_bias + symbol.st_value)) return;
    // A piece of libc that ThreadSanitizer brings along: schedules mean the same without it.
    if (name == "pthread_atfork" || name == "__pthread_atfork") return;
    // A sum: the order in which the linker lays functions out says nothing.
    digest += digest_of_bytes({name.data(), name.size()}, mix64(symbol.st_size));
  });
  return digest;
}

}  // namespace heddle
