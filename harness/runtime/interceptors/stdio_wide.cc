// stdio's wide characters.
#include "runtime/interceptors/stdio_inlines.h"
// Keep in this order.
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#include "runtime/file_operation.h"
#include "runtime/real.h"

namespace heddle {
namespace {

template <typename Call>
auto read_wide(Runtime& runtime, FILE* stream, Site site, Call call) {
  FileOperation operation(runtime, Op::file_read, stream, site);
  operation.check_reading("reading of wide characters");
  return operation.done(call(), true, 1);
}

template <typename Call>
auto write_wide(Runtime& runtime, FILE* stream, Site site, Call call) {
  FileOperation operation(runtime, Op::file_write, stream, site);
  operation.check_writing("writing of wide characters");
  return operation.done(call(), true, 1);
}

}  // namespace
}  // namespace heddle

// HEDDLE_WIDE(read_wide or write_wide, stream, result, name, parameters, arguments…)
#define HEDDLE_WIDE(helper, which, result, name, parameters, ...)          \
  HEDDLE_EXPORT result name parameters {                                   \
    Runtime* runtime = controlled();                                       \
    if (runtime == nullptr) return HEDDLE_REAL(name)(__VA_ARGS__);         \
    return heddle::helper(*runtime, which, HEDDLE_CALLER,                  \
                          [&] { return HEDDLE_REAL(name)(__VA_ARGS__); }); \
  }

using heddle::controlled;
using heddle::Runtime;

extern "C" {

HEDDLE_WIDE(read_wide, stream, wint_t, fgetwc, (FILE * stream), stream)
HEDDLE_WIDE(read_wide, stream, wint_t, getwc, (FILE * stream), stream)
HEDDLE_WIDE(read_wide, stdin, wint_t, getwchar, (), )
HEDDLE_WIDE(read_wide, stream, wint_t, ungetwc, (wint_t letter, FILE* stream), letter, stream)
HEDDLE_WIDE(read_wide, stream, wchar_t*, fgetws, (wchar_t * buffer, int size, FILE* stream), buffer,
            size, stream)

HEDDLE_WIDE(write_wide, stream, wint_t, fputwc, (wchar_t letter, FILE* stream), letter, stream)
HEDDLE_WIDE(write_wide, stream, wint_t, putwc, (wchar_t letter, FILE* stream), letter, stream)
HEDDLE_WIDE(write_wide, stdout, wint_t, putwchar, (wchar_t letter), letter)
HEDDLE_WIDE(write_wide, stream, int, fputws, (const wchar_t* text, FILE* stream), text, stream)
HEDDLE_WIDE(write_wide, stream, int, vfwprintf,
            (FILE * stream, const wchar_t* format, va_list arguments), stream, format, arguments)
HEDDLE_WIDE(write_wide, stdout, int, vwprintf, (const wchar_t* format, va_list arguments), format,
            arguments)

HEDDLE_EXPORT int fwprintf(FILE* stream, const wchar_t* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  Runtime* runtime = controlled();
  const auto call = [&] { return HEDDLE_REAL(vfwprintf)(stream, format, arguments); };
  const int result =
      runtime == nullptr ? call() : heddle::write_wide(*runtime, stream, HEDDLE_CALLER, call);
  va_end(arguments);
  return result;
}

HEDDLE_EXPORT int wprintf(const wchar_t* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  Runtime* runtime = controlled();
  const auto call = [&] { return HEDDLE_REAL(vfwprintf)(stdout, format, arguments); };
  const int result =
      runtime == nullptr ? call() : heddle::write_wide(*runtime, stdout, HEDDLE_CALLER, call);
  va_end(arguments);
  return result;
}

}  // extern "C"
