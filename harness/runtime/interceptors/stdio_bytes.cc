// stdio's bytes, lines and blocks. One operation each, whatever libc's buffers make of it.
#include "runtime/interceptors/stdio_inlines.h"
// Keep in this order.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/file_operation.h"
#include "runtime/real.h"
#include "runtime/second_name.h"

namespace heddle {
namespace {

constexpr bool kLocked = false;
constexpr bool kUnlocked = true;

// Each `call` is libc's function with its arguments; `name` is for refusals.
template <typename Call>
int read_byte(Runtime& runtime, FILE* stream, bool unlocked, const char* name, Site site,
              Call call) {
  FileOperation operation(runtime, Op::file_read, stream, site, unlocked);
  operation.check_reading(name);
  const int byte = call();
  return operation.done(byte, true, byte == EOF ? 0 : 1);
}

template <typename Call>
int write_byte(Runtime& runtime, FILE* stream, bool unlocked, const char* name, Site site,
               Call call) {
  FileOperation operation(runtime, Op::file_write, stream, site, unlocked);
  operation.check_writing(name);
  const int byte = call();
  return operation.done(byte, byte != EOF, 1);
}

template <typename Call>
char* read_line(Runtime& runtime, char* buffer, FILE* stream, bool unlocked, const char* name,
                Site site, Call call) {
  FileOperation operation(runtime, Op::file_read, stream, site, unlocked);
  operation.check_reading(name);
  const char* line = call();
  const size_t size = line == nullptr ? 0 : string_bytes(line);
  operation.done(line, true, size == 0 ? 0 : size - 1);
  operation.has_written(buffer, size);
  return line == nullptr ? nullptr : buffer;
}

template <typename Call>
int write_line(Runtime& runtime, const char* text, FILE* stream, bool unlocked, const char* name,
               Site site, Call call) {
  FileOperation operation(runtime, Op::file_write, stream, site, unlocked);
  operation.check_writing(name);
  const size_t size = string_bytes(text);
  const int result = call();
  operation.done(result, result != EOF, size - 1);
  operation.has_read(text, size);
  return result;
}

template <typename Call>
size_t read_block(Runtime& runtime, void* buffer, size_t size, FILE* stream, bool unlocked,
                  const char* name, Site site, Call call) {
  FileOperation operation(runtime, Op::file_read, stream, site, unlocked);
  operation.check_reading(name);
  const size_t count = call();
  operation.done(count, true, count * size);
  operation.has_written(buffer, count * size);
  return count;
}

template <typename Call>
size_t write_block(Runtime& runtime, const void* bytes, size_t size, size_t wanted, FILE* stream,
                   bool unlocked, const char* name, Site site, Call call) {
  FileOperation operation(runtime, Op::file_write, stream, site, unlocked);
  operation.check_writing(name);
  const size_t count = call();
  operation.done(count, count == wanted, count * size);
  operation.has_read(bytes, count * size);
  return count;
}

// Room for `size` bytes in the program's heap, in which getline's buffers belong.
bool make_room(Runtime& runtime, char** line, size_t* capacity, size_t size) {
  constexpr size_t kFirst = 120;
  if (*line != nullptr && *capacity >= size) return true;
  size_t larger = *line == nullptr || *capacity < kFirst ? kFirst : *capacity;
  while (larger < size) larger *= 2;
  ProgramScope scope(runtime);
  void* grown = realloc(*line == nullptr ? nullptr : *line, larger);
  if (grown == nullptr) return false;
  *line = static_cast<char*>(grown);
  *capacity = larger;
  return true;
}

ssize_t get_delimited(Runtime& runtime, char** line, size_t* capacity, int end, FILE* stream,
                      Site site) {
  if (line == nullptr || capacity == nullptr) {
    errno = EINVAL;
    return -1;
  }
  FileOperation operation(runtime, Op::file_read, stream, site);
  operation.check_reading("getdelim");
  size_t length = 0;
  for (int byte = 0; byte != end || length == 0;) {
    byte = HEDDLE_REAL(getc_unlocked)(stream);
    if (byte == EOF) break;
    if (!make_room(runtime, line, capacity, length + 2)) return operation.done(ssize_t{-1});
    (*line)[length++] = static_cast<char>(byte);
    if (byte == end) break;
  }
  operation.done(0, true, length);
  if (length == 0) return -1;
  (*line)[length] = 0;
  operation.has_written(*line, length + 1);
  operation.has_written(line, sizeof(*line));
  operation.has_written(capacity, sizeof(*capacity));
  return static_cast<ssize_t>(length);
}

}  // namespace
}  // namespace heddle

// HEDDLE_STDIO(helper, helper's own arguments, result, name, parameters, arguments…)
#define HEDDLE_STDIO(helper, own, result, name, parameters, ...)            \
  HEDDLE_EXPORT result name parameters {                                    \
    Runtime* runtime = controlled();                                        \
    if (runtime == nullptr) return HEDDLE_REAL(name)(__VA_ARGS__);          \
    return heddle::helper(*runtime, HEDDLE_STRIP own, #name, HEDDLE_CALLER, \
                          [&] { return HEDDLE_REAL(name)(__VA_ARGS__); });  \
  }
#define HEDDLE_STRIP(...) __VA_ARGS__

using heddle::controlled;
using heddle::FileOperation;
using heddle::kLocked;
using heddle::kUnlocked;
using heddle::Op;
using heddle::Runtime;

extern "C" {

HEDDLE_STDIO(read_byte, (stream, kLocked), int, fgetc, (FILE * stream), stream)
HEDDLE_STDIO(read_byte, (stream, kLocked), int, getc, (FILE * stream), stream)
HEDDLE_SECOND_NAME(_IO_getc, getc);
HEDDLE_STDIO(read_byte, (stdin, kLocked), int, getchar, (), )
HEDDLE_STDIO(read_byte, (stream, kUnlocked), int, fgetc_unlocked, (FILE * stream), stream)
HEDDLE_STDIO(read_byte, (stream, kUnlocked), int, getc_unlocked, (FILE * stream), stream)
HEDDLE_STDIO(read_byte, (stdin, kUnlocked), int, getchar_unlocked, (), )

HEDDLE_STDIO(write_byte, (stream, kLocked), int, fputc, (int byte, FILE* stream), byte, stream)
HEDDLE_STDIO(write_byte, (stream, kLocked), int, putc, (int byte, FILE* stream), byte, stream)
HEDDLE_SECOND_NAME(_IO_putc, putc);
HEDDLE_STDIO(write_byte, (stdout, kLocked), int, putchar, (int byte), byte)
HEDDLE_STDIO(write_byte, (stream, kUnlocked), int, fputc_unlocked, (int byte, FILE* stream), byte,
             stream)
HEDDLE_STDIO(write_byte, (stream, kUnlocked), int, putc_unlocked, (int byte, FILE* stream), byte,
             stream)
HEDDLE_STDIO(write_byte, (stdout, kUnlocked), int, putchar_unlocked, (int byte), byte)

HEDDLE_STDIO(read_line, (buffer, stream, kLocked), char*, fgets,
             (char* buffer, int size, FILE* stream), buffer, size, stream)
HEDDLE_STDIO(read_line, (buffer, stream, kUnlocked), char*, fgets_unlocked,
             (char* buffer, int size, FILE* stream), buffer, size, stream)

HEDDLE_STDIO(write_line, (text, stream, kLocked), int, fputs, (const char* text, FILE* stream),
             text, stream)
HEDDLE_STDIO(write_line, (text, stream, kUnlocked), int, fputs_unlocked,
             (const char* text, FILE* stream), text, stream)
HEDDLE_STDIO(write_line, (text, stdout, kLocked), int, puts, (const char* text), text)

HEDDLE_STDIO(read_block, (buffer, size, stream, kLocked), size_t, fread,
             (void* buffer, size_t size, size_t count, FILE* stream), buffer, size, count, stream)
HEDDLE_STDIO(read_block, (buffer, size, stream, kUnlocked), size_t, fread_unlocked,
             (void* buffer, size_t size, size_t count, FILE* stream), buffer, size, count, stream)

HEDDLE_STDIO(write_block, (bytes, size, count, stream, kLocked), size_t, fwrite,
             (const void* bytes, size_t size, size_t count, FILE* stream), bytes, size, count,
             stream)
HEDDLE_STDIO(write_block, (bytes, size, count, stream, kUnlocked), size_t, fwrite_unlocked,
             (const void* bytes, size_t size, size_t count, FILE* stream), bytes, size, count,
             stream)

// What -D_FORTIFY_SOURCE makes of them.
char* __fgets_chk(char* buffer, size_t room, int size, FILE* stream);
size_t __fread_chk(void* buffer, size_t room, size_t size, size_t count, FILE* stream);
HEDDLE_STDIO(read_line, (buffer, stream, kLocked), char*, __fgets_chk,
             (char* buffer, size_t room, int size, FILE* stream), buffer, room, size, stream)
HEDDLE_STDIO(read_block, (buffer, size, stream, kLocked), size_t, __fread_chk,
             (void* buffer, size_t room, size_t size, size_t count, FILE* stream), buffer, room,
             size, count, stream)

HEDDLE_EXPORT int ungetc(int byte, FILE* stream) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(ungetc)(byte, stream);
  FileOperation operation(*runtime, Op::file_other, stream, HEDDLE_CALLER);
  const int result = HEDDLE_REAL(ungetc)(byte, stream);
  return operation.done(result, result != EOF, 1);
}

HEDDLE_EXPORT ssize_t getdelim(char** line, size_t* capacity, int end, FILE* stream) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(getdelim)(line, capacity, end, stream);
  return heddle::get_delimited(*runtime, line, capacity, end, stream, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(__getdelim, getdelim);

HEDDLE_EXPORT ssize_t getline(char** line, size_t* capacity, FILE* stream) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(getline)(line, capacity, stream);
  return heddle::get_delimited(*runtime, line, capacity, '\n', stream, HEDDLE_CALLER);
}

HEDDLE_EXPORT void perror(const char* text) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(perror)(text);
  FileOperation operation(*runtime, Op::file_write, stderr, HEDDLE_CALLER);
  HEDDLE_REAL(perror)(text);
  operation.done(0, true, 1);
}

}  // extern "C"
