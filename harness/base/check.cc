#include "base/check.h"

#include <sys/syscall.h>

#include "base/raw_output.h"
#include "base/raw_syscall.h"

namespace heddle {
namespace {
struct Context {
  void (*print)(int) = nullptr;
  int output = 2;
};
Context context;
}  // namespace

void set_check_context(void (*print)(int)) {
  context.print = print;
}

void set_check_output(int descriptor) {
  context.output = descriptor;
}

void check_failed(const char* expression, const char* file, int line) {
  RawText text;
  text.text("heddle: internal error at ").text(file).text(":").number(line);
  text.text(": ")
      .text(expression)
      .text(" does not hold: please report this with the lines below\n");
  text.flush(context.output);
  void (*print)(int) = context.print;
  context.print = nullptr;  // a check that fails while printing must not recurse
  if (print != nullptr) print(context.output);
  raw_syscall(SYS_exit_group, 3);
  __builtin_trap();
}

}  // namespace heddle
