#include "base/check.h"

#include <sys/syscall.h>

#include "base/raw_output.h"
#include "base/raw_syscall.h"

namespace heddle {
namespace {
void (*print_context)() = nullptr;
}  // namespace

void set_check_context(void (*print)()) { print_context = print; }

void check_failed(const char* expression, const char* file, int line) {
  RawText text;
  text.text("heddle: internal error at ").text(file).text(":").number(line);
  text.text(": ").text(expression).text(" does not hold: please report this with the lines below\n");
  text.flush(2);
  void (*print)() = print_context;
  print_context = nullptr;  // a check that fails while printing must not recurse
  if (print != nullptr) print();
  raw_syscall(SYS_exit_group, 3);
  __builtin_trap();
}

}  // namespace heddle
