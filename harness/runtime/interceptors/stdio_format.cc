// printf, scanf and wscanf. What they read and write through their arguments is not checked for
// races: that would take a second reading of the format.
#include "runtime/interceptors/stdio_inlines.h"
// Keep in this order.
#include <stdarg.h>
#include <stdio.h>

#include "runtime/file_operation.h"
#include "runtime/real.h"

namespace heddle {
namespace {

int print(Runtime& runtime, FILE* stream, const char* format, va_list arguments, Site site) {
  FileOperation operation(runtime, Op::file_write, stream, site);
  operation.check_writing("printf");
  return operation.done(HEDDLE_REAL(vfprintf)(stream, format, arguments));
}

int print_to(Runtime& runtime, int descriptor, const char* format, va_list arguments, Site site) {
  FileOperation operation(runtime, Op::file_write, descriptor, site);
  operation.check_writing("dprintf");
  return operation.done(HEDDLE_REAL(vdprintf)(descriptor, format, arguments));
}

// libc's functions without and with the %a of C99: two symbols for one name in the source.
template <typename Letter>
using Scan = int (*)(FILE*, const Letter*, va_list);
Scan<char> scan_of_c99() {
  return HEDDLE_REAL_AS(Scan<char>, "__isoc99_vfscanf");
}
Scan<char> scan_of_gnu() {
  return HEDDLE_REAL_AS(Scan<char>, "vfscanf");
}
Scan<wchar_t> scan_of_wide_c99() {
  return HEDDLE_REAL_AS(Scan<wchar_t>, "__isoc99_vfwscanf");
}
Scan<wchar_t> scan_of_wide_gnu() {
  return HEDDLE_REAL_AS(Scan<wchar_t>, "vfwscanf");
}

template <typename Letter>
int scan(Runtime& runtime, Scan<Letter> real, FILE* stream, const Letter* format, va_list arguments,
         Site site) {
  FileOperation operation(runtime, Op::file_read, stream, site);
  operation.check_reading("scanf");
  const int count = real(stream, format, arguments);
  return operation.done(count, true, count < 0 ? 0 : static_cast<uint64_t>(count));
}

}  // namespace
}  // namespace heddle

// The body of a variadic function: the same with a va_list, in an execution and outside.
#define HEDDLE_FORMATTED(last, inside, outside)                     \
  va_list arguments;                                                \
  va_start(arguments, last);                                        \
  Runtime* runtime = controlled();                                  \
  const int result = runtime != nullptr ? heddle::inside : outside; \
  va_end(arguments);                                                \
  return result

using heddle::controlled;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int vfprintf(FILE* stream, const char* format, va_list arguments) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(vfprintf)(stream, format, arguments);
  return heddle::print(*runtime, stream, format, arguments, HEDDLE_CALLER);
}

HEDDLE_EXPORT int vprintf(const char* format, va_list arguments) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(vprintf)(format, arguments);
  return heddle::print(*runtime, stdout, format, arguments, HEDDLE_CALLER);
}

HEDDLE_EXPORT int fprintf(FILE* stream, const char* format, ...) {
  HEDDLE_FORMATTED(format, print(*runtime, stream, format, arguments, HEDDLE_CALLER),
                   HEDDLE_REAL(vfprintf)(stream, format, arguments));
}

HEDDLE_EXPORT int printf(const char* format, ...) {
  HEDDLE_FORMATTED(format, print(*runtime, stdout, format, arguments, HEDDLE_CALLER),
                   HEDDLE_REAL(vprintf)(format, arguments));
}

HEDDLE_EXPORT int vdprintf(int descriptor, const char* format, va_list arguments) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(vdprintf)(descriptor, format, arguments);
  return heddle::print_to(*runtime, descriptor, format, arguments, HEDDLE_CALLER);
}

HEDDLE_EXPORT int dprintf(int descriptor, const char* format, ...) {
  HEDDLE_FORMATTED(format, print_to(*runtime, descriptor, format, arguments, HEDDLE_CALLER),
                   HEDDLE_REAL(vdprintf)(descriptor, format, arguments));
}

// What -D_FORTIFY_SOURCE makes of them. `flag` asks for checks that only libc's own can make.
HEDDLE_EXPORT int __vfprintf_chk(FILE* stream, int flag, const char* format, va_list arguments) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    return HEDDLE_REAL_AS(decltype(&__vfprintf_chk), "__vfprintf_chk")(stream, flag, format,
                                                                       arguments);
  }
  return heddle::print(*runtime, stream, format, arguments, HEDDLE_CALLER);
}

HEDDLE_EXPORT int __vprintf_chk(int flag, const char* format, va_list arguments) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    return HEDDLE_REAL_AS(decltype(&__vprintf_chk), "__vprintf_chk")(flag, format, arguments);
  }
  return heddle::print(*runtime, stdout, format, arguments, HEDDLE_CALLER);
}

HEDDLE_EXPORT int __fprintf_chk(FILE* stream, int flag, const char* format, ...) {
  HEDDLE_FORMATTED(
      format, print(*runtime, stream, format, arguments, HEDDLE_CALLER),
      HEDDLE_REAL_AS(decltype(&__vfprintf_chk), "__vfprintf_chk")(stream, flag, format, arguments));
}

HEDDLE_EXPORT int __printf_chk(int flag, const char* format, ...) {
  HEDDLE_FORMATTED(
      format, print(*runtime, stdout, format, arguments, HEDDLE_CALLER),
      HEDDLE_REAL_AS(decltype(&__vprintf_chk), "__vprintf_chk")(flag, format, arguments));
}

HEDDLE_EXPORT int __vdprintf_chk(int descriptor, int flag, const char* format, va_list arguments) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    return HEDDLE_REAL_AS(decltype(&__vdprintf_chk), "__vdprintf_chk")(descriptor, flag, format,
                                                                       arguments);
  }
  return heddle::print_to(*runtime, descriptor, format, arguments, HEDDLE_CALLER);
}

HEDDLE_EXPORT int __dprintf_chk(int descriptor, int flag, const char* format, ...) {
  HEDDLE_FORMATTED(format, print_to(*runtime, descriptor, format, arguments, HEDDLE_CALLER),
                   HEDDLE_REAL_AS(decltype(&__vdprintf_chk), "__vdprintf_chk")(descriptor, flag,
                                                                               format, arguments));
}

}  // extern "C"

// Both symbols of a scanf function. Its C++ names are ours, since the headers map libc's to one.
#define HEDDLE_SCANF(prefix, wide, dialect, Letter)                                            \
  extern "C" {                                                                                 \
  int heddle_##dialect##_vfscanf(FILE*, const Letter*, va_list) asm(prefix "vf" wide "scanf"); \
  int heddle_##dialect##_vscanf(const Letter*, va_list) asm(prefix "v" wide "scanf");          \
  int heddle_##dialect##_fscanf(FILE*, const Letter*, ...) asm(prefix "f" wide "scanf");       \
  int heddle_##dialect##_scanf(const Letter*, ...) asm(prefix wide "scanf");                   \
  HEDDLE_EXPORT int heddle_##dialect##_vfscanf(FILE* stream, const Letter* format,             \
                                               va_list arguments) {                            \
    Runtime* runtime = controlled();                                                           \
    const heddle::Scan<Letter> real = heddle::scan_of_##dialect();                             \
    if (runtime == nullptr) return real(stream, format, arguments);                            \
    return heddle::scan(*runtime, real, stream, format, arguments, HEDDLE_CALLER);             \
  }                                                                                            \
  HEDDLE_EXPORT int heddle_##dialect##_vscanf(const Letter* format, va_list arguments) {       \
    Runtime* runtime = controlled();                                                           \
    const heddle::Scan<Letter> real = heddle::scan_of_##dialect();                             \
    if (runtime == nullptr) return real(stdin, format, arguments);                             \
    return heddle::scan(*runtime, real, stdin, format, arguments, HEDDLE_CALLER);              \
  }                                                                                            \
  HEDDLE_EXPORT int heddle_##dialect##_fscanf(FILE* stream, const Letter* format, ...) {       \
    const heddle::Scan<Letter> real = heddle::scan_of_##dialect();                             \
    HEDDLE_FORMATTED(format, scan(*runtime, real, stream, format, arguments, HEDDLE_CALLER),   \
                     real(stream, format, arguments));                                         \
  }                                                                                            \
  HEDDLE_EXPORT int heddle_##dialect##_scanf(const Letter* format, ...) {                      \
    const heddle::Scan<Letter> real = heddle::scan_of_##dialect();                             \
    HEDDLE_FORMATTED(format, scan(*runtime, real, stdin, format, arguments, HEDDLE_CALLER),    \
                     real(stdin, format, arguments));                                          \
  }                                                                                            \
  }

HEDDLE_SCANF("__isoc99_", "", c99, char)
HEDDLE_SCANF("", "", gnu, char)
HEDDLE_SCANF("__isoc99_", "w", wide_c99, wchar_t)
HEDDLE_SCANF("", "w", wide_gnu, wchar_t)
