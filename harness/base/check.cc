#include "base/check.h"

#include <sys/syscall.h>

#include "base/raw_output.h"
#include "base/raw_syscall.h"

namespace heddle {
namespace {
struct Context {
  void (*print)(int) = nullptr;
  int output = 2;
  char* kept = nullptr;
  unsigned kept_size = 0;
};
Context context;

// "file.cc:12: expression", without the file's folders.
void keep_failure(const char* expression, const char* file, int line) {
  const char* name = file;
  for (const char* at = file; *at != 0; ++at) {
    if (*at == '/') name = at + 1;
  }
  RawText text;
  text.text(name).text(":").number(line).text(": ").text(expression);
  unsigned size = 0;
  for (; size < text.size() && size + 1 < context.kept_size; ++size) {
    context.kept[size] = text.c_str()[size];
  }
  context.kept[size] = 0;
}

}  // namespace

void set_check_context(void (*print)(int)) {
  context.print = print;
}

void set_check_output(int descriptor) {
  context.output = descriptor;
}

void keep_check_failure(char* place, unsigned size) {
  context.kept = place;
  context.kept_size = size;
}

void check_failed(const char* expression, const char* file, int line) {
  if (context.kept != nullptr) {
    keep_failure(expression, file, line);
    raw_syscall(SYS_exit_group, 3);
  }
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
