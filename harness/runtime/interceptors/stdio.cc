// stdio's streams: opening, closing, flushing, moving, buffers, locks.
#include "runtime/interceptors/stdio_inlines.h"
// Keep in this order.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <wchar.h>

#include "runtime/file_operation.h"
#include "runtime/real.h"
#include "runtime/second_name.h"

namespace heddle {
namespace {

bool is_standard(FILE* stream) {
  return stream == stdin || stream == stdout || stream == stderr;
}

// A stream of the execution's own: closed at its end if the program does not.
FILE* opened_stream(FileOperation& operation, Runtime& runtime, FILE* stream) {
  operation.done(stream);
  if (stream == nullptr) return stream;
  operation.table().stream_opened(runtime, stream, /*directory=*/false);
  const int descriptor = fileno_unlocked(stream);
  operation.table().opened(runtime, descriptor, operation.file(), operation.site());
  Inode* inode = operation.table().at(runtime, descriptor, operation.site()).inode;
  if (inode != nullptr && inode->modified_ns == 0) inode->modified_ns = runtime.engine.now_ns();
  return stream;
}

// Standard streams outlive the execution: what is written to a closed one is still kept.
int close_stream(Runtime& runtime, FILE* stream, Site site) {
  FileOperation operation(runtime, Op::file_close, stream, site);
  if (is_standard(stream)) return operation.done(HEDDLE_REAL(fflush)(stream));
  const int descriptor = fileno_unlocked(stream);
  operation.table().stream_closed(stream);
  const int result = operation.done(HEDDLE_REAL(fclose)(stream));
  operation.table().closed(runtime, descriptor, site);
  return result;
}

FILE* reopen(Runtime& runtime, const char* path, const char* mode, FILE* stream, Site site) {
  FileTable& table = devices(runtime).files;
  const int before = descriptor_of(runtime, stream);
  // Without a path: the same file in another mode.
  File& file = path != nullptr ? table.at_path(runtime, AT_FDCWD, path, site)
                               : *table.at(runtime, before, site).file;
  FileOperation operation(runtime, Op::file_open, file, site);
  runtime.used_stdio = true;
  // freopen forgets halfway that the caller does the locking (OutputCapture), and would give back a
  // lock that it has not taken.
  const int locking = __fsetlocking(stream, FSETLOCKING_INTERNAL);
  FILE* result = operation.done(HEDDLE_REAL(freopen)(path, mode, stream));
  if (result != nullptr || is_standard(stream)) __fsetlocking(stream, locking);
  table.closed(runtime, before, site);
  if (is_standard(stream)) table.change_standard_streams();
  if (result != nullptr) {
    table.opened(runtime, fileno_unlocked(result), file, site);
  } else if (!is_standard(stream)) {
    table.stream_closed(stream);
  }
  return result;
}

// A buffer of the program's would outlive the memory it lies in, where the stream does.
int set_buffer(Runtime& runtime, FILE* stream, char* buffer, int mode, size_t size, Site site) {
  FileOperation operation(runtime, Op::file_other, stream, site);
  if (!is_standard(stream)) {
    return operation.done(HEDDLE_REAL(setvbuf)(stream, buffer, mode, size));
  }
  operation.table().change_standard_streams();
  return operation.done(HEDDLE_REAL(setvbuf)(stream, nullptr, mode, 0));
}

Mutex& lock_of(Runtime& runtime, FILE* stream, Site site) {
  FileTable& table = devices(runtime).files;
  File& file = *table.at(runtime, descriptor_of(runtime, stream), site).file;
  return *table.stream_lock(runtime, stream, file, /*make=*/true, site);
}

}  // namespace
}  // namespace heddle

// A call on one stream that neither reads nor writes bytes of the program.
#define HEDDLE_STREAM_CALL(result, name, parameters, ...)                     \
  HEDDLE_EXPORT result name parameters {                                      \
    Runtime* runtime = controlled();                                          \
    if (runtime == nullptr) return HEDDLE_REAL(name)(__VA_ARGS__);            \
    FileOperation operation(*runtime, Op::file_other, stream, HEDDLE_CALLER); \
    return operation.done(HEDDLE_REAL(name)(__VA_ARGS__));                    \
  }

// One that makes a stream that is no named file.
#define HEDDLE_STREAM_MAKER(name, what, exception, parameters, ...)                            \
  HEDDLE_EXPORT FILE* name parameters exception {                                              \
    Runtime* runtime = controlled();                                                           \
    if (runtime == nullptr) return HEDDLE_REAL(name)(__VA_ARGS__);                             \
    heddle::File& file = heddle::devices(*runtime).files.named(*runtime, what, HEDDLE_CALLER); \
    FileOperation operation(*runtime, Op::file_open, file, HEDDLE_CALLER);                     \
    return heddle::opened_stream(operation, *runtime, HEDDLE_REAL(name)(__VA_ARGS__));         \
  }

using heddle::controlled;
using heddle::FileOperation;
using heddle::HarnessScope;
using heddle::MutexType;
using heddle::Op;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT FILE* fopen(const char* path, const char* mode) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(fopen)(path, mode);
  FileOperation operation(*runtime, Op::file_open, AT_FDCWD, path, HEDDLE_CALLER);
  operation.check_opening("fopen", AT_FDCWD, path);
  return heddle::opened_stream(operation, *runtime, HEDDLE_REAL(fopen)(path, mode));
}
HEDDLE_SECOND_NAME(fopen64, fopen);

HEDDLE_EXPORT FILE* fdopen(int descriptor, const char* mode) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(fdopen)(descriptor, mode);
  FileOperation operation(*runtime, Op::file_other, descriptor, HEDDLE_CALLER);
  FILE* stream = operation.done(HEDDLE_REAL(fdopen)(descriptor, mode));
  if (stream != nullptr) operation.table().stream_opened(*runtime, stream, /*directory=*/false);
  return stream;
}

HEDDLE_EXPORT FILE* freopen(const char* path, const char* mode, FILE* stream) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(freopen)(path, mode, stream);
  return heddle::reopen(*runtime, path, mode, stream, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(freopen64, freopen);

HEDDLE_STREAM_MAKER(tmpfile, "temporary file", , (), )
HEDDLE_SECOND_NAME(tmpfile64, tmpfile);
HEDDLE_STREAM_MAKER(fmemopen, "stream in memory", noexcept,
                    (void* buffer, size_t size, const char* mode), buffer, size, mode)
HEDDLE_STREAM_MAKER(open_memstream, "stream in memory", noexcept, (char** buffer, size_t* size),
                    buffer, size)
HEDDLE_STREAM_MAKER(open_wmemstream, "stream in memory", noexcept,
                    (wchar_t * *buffer, size_t* size), buffer, size)

HEDDLE_EXPORT int fclose(FILE* stream) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(fclose)(stream);
  return heddle::close_stream(*runtime, stream, HEDDLE_CALLER);
}

HEDDLE_EXPORT int fflush(FILE* stream) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(fflush)(stream);
  if (stream != nullptr) {
    FileOperation operation(*runtime, Op::file_other, stream, HEDDLE_CALLER);
    return operation.done(HEDDLE_REAL(fflush)(stream));
  }
  heddle::File& all = heddle::devices(*runtime).files.named(*runtime, "all streams", HEDDLE_CALLER);
  FileOperation operation(*runtime, Op::file_other, all, HEDDLE_CALLER);
  return operation.done(HEDDLE_REAL(fflush)(nullptr));
}

HEDDLE_STREAM_CALL(int, fflush_unlocked, (FILE * stream), stream)
HEDDLE_STREAM_CALL(int, fseek, (FILE * stream, long offset, int whence), stream, offset, whence)
HEDDLE_STREAM_CALL(int, fseeko, (FILE * stream, off_t offset, int whence), stream, offset, whence)
HEDDLE_SECOND_NAME(fseeko64, fseeko);
HEDDLE_STREAM_CALL(long, ftell, (FILE * stream), stream)
HEDDLE_STREAM_CALL(off_t, ftello, (FILE * stream), stream)
HEDDLE_SECOND_NAME(ftello64, ftello);
HEDDLE_STREAM_CALL(int, fgetpos, (FILE * stream, fpos_t* position), stream, position)
HEDDLE_SECOND_NAME(fgetpos64, fgetpos);
HEDDLE_STREAM_CALL(int, fsetpos, (FILE * stream, const fpos_t* position), stream, position)
HEDDLE_SECOND_NAME(fsetpos64, fsetpos);

HEDDLE_EXPORT void rewind(FILE* stream) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(rewind)(stream);
  FileOperation operation(*runtime, Op::file_other, stream, HEDDLE_CALLER);
  HEDDLE_REAL(rewind)(stream);
  operation.done(0);
}

HEDDLE_EXPORT int setvbuf(FILE* stream, char* buffer, int mode, size_t size) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(setvbuf)(stream, buffer, mode, size);
  return heddle::set_buffer(*runtime, stream, buffer, mode, size, HEDDLE_CALLER);
}

HEDDLE_EXPORT void setbuffer(FILE* stream, char* buffer, size_t size) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(setbuffer)(stream, buffer, size);
  heddle::set_buffer(*runtime, stream, buffer, buffer == nullptr ? _IONBF : _IOFBF, size,
                     HEDDLE_CALLER);
}

HEDDLE_EXPORT void setbuf(FILE* stream, char* buffer) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(setbuf)(stream, buffer);
  heddle::set_buffer(*runtime, stream, buffer, buffer == nullptr ? _IONBF : _IOFBF, BUFSIZ,
                     HEDDLE_CALLER);
}

HEDDLE_EXPORT void setlinebuf(FILE* stream) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(setlinebuf)(stream);
  heddle::set_buffer(*runtime, stream, nullptr, _IOLBF, 0, HEDDLE_CALLER);
}

// A task that holds libc's own lock must not be switched from: the others would hang in the kernel.
HEDDLE_EXPORT void flockfile(FILE* stream) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(flockfile)(stream);
  HarnessScope scope(*runtime);
  heddle::lock_of(*runtime, stream, HEDDLE_CALLER)
      .lock(scope->engine, MutexType::recursive, HEDDLE_CALLER);
}

HEDDLE_EXPORT int ftrylockfile(FILE* stream) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(ftrylockfile)(stream);
  HarnessScope scope(*runtime);
  return heddle::lock_of(*runtime, stream, HEDDLE_CALLER)
      .try_lock(scope->engine, MutexType::recursive, HEDDLE_CALLER);
}

HEDDLE_EXPORT void funlockfile(FILE* stream) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(funlockfile)(stream);
  HarnessScope scope(*runtime);
  heddle::lock_of(*runtime, stream, HEDDLE_CALLER)
      .unlock(scope->engine, MutexType::recursive, HEDDLE_CALLER);
}

// Once the streams have buffers of their own, which libstdc++ takes from the program's heap, there
// is no way back: output stays right without, only with more operations.
bool heddle_sync_with_stdio(bool sync) asm("_ZNSt8ios_base15sync_with_stdioEb");
HEDDLE_EXPORT bool heddle_sync_with_stdio(bool sync) {
  if (controlled() != nullptr) return true;
  return HEDDLE_REAL_AS(decltype(&heddle_sync_with_stdio),
                        "_ZNSt8ios_base15sync_with_stdioEb")(sync);
}

}  // extern "C"
