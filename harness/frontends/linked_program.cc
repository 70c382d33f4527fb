#include "frontends/linked_program.h"

#include <dlfcn.h>
#include <sys/syscall.h>

#include "absl/strings/str_cat.h"
#include "base/raw_output.h"
#include "base/raw_syscall.h"

extern "C" {
// By the linker, where a unit has put its name there (include/heddle/instrument.h).
extern const char __start_heddle_optimised[] __attribute__((weak));
extern const char __stop_heddle_optimised[] __attribute__((weak));
extern const char __start_heddle_root[] __attribute__((weak));
extern const char __stop_heddle_root[] __attribute__((weak));
// Absent from statically linked programs.
extern const char _DYNAMIC[] __attribute__((weak, visibility("hidden")));
}

namespace heddle {
namespace {

[[noreturn]] void refuse(const char* what) {
  RawText text;
  text.text("heddle: ").text(what).text("\n");
  text.flush(2);
  raw_syscall(SYS_exit_group, 3);
  __builtin_trap();
}

// Runs before any library's own start-up, which is where libtsan would end the process without
// saying why.
void refuse_wrong_link() {
  if (_DYNAMIC == nullptr) {
    refuse(
        "this program is linked statically: link it without -static, so that its calls of libc "
        "can be controlled");
  }
  if (dlsym(RTLD_DEFAULT, "__tsan_flush_memory") != nullptr) {
    refuse(
        "this program is linked with libtsan: remove -fsanitize=thread from the link options "
        "(it belongs to the compile options alone)");
  }
}

__attribute__((used, section(".preinit_array"))) void (*const at_start)() = refuse_wrong_link;

}  // namespace

std::string source_root() {
  for (const char* at = __start_heddle_root; at != nullptr && at < __stop_heddle_root; ++at) {
    if (*at != 0) return at;  // empty strings are padding
  }
  return HEDDLE_SOURCE_ROOT;
}

std::vector<std::string> optimised_units() {
  std::vector<std::string> lines;
  const char* at = __start_heddle_optimised;
  while (at != nullptr && at < __stop_heddle_optimised) {
    const std::string unit = at;
    at += unit.size() + 1;
    if (unit.empty()) continue;
    const std::string name = unit == "<built-in>" ? "a translation unit" : unit;
    lines.push_back(absl::StrCat(name,
                                 " was compiled with optimisation, which merges and removes "
                                 "accesses, so interleavings are missed: compile it with -O0"));
  }
  return lines;
}

}  // namespace heddle
