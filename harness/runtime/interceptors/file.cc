// open, close, dup; read, write and what moves in a file.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runtime/file_operation.h"
#include "runtime/real.h"
#include "runtime/second_name.h"

namespace heddle {
namespace {

int open_at(Runtime& runtime, int directory, const char* path, int flags, mode_t mode, Site site) {
  FileOperation operation(runtime, Op::file_open, directory, path, site);
  if ((flags & (O_NONBLOCK | O_PATH)) == 0) operation.check_opening("open", directory, path);
  const int descriptor = operation.done(HEDDLE_REAL(openat)(directory, path, flags, mode));
  if (descriptor < 0) return descriptor;
  operation.table().opened(runtime, descriptor, operation.file(), site);
  Inode* inode = operation.table().at(runtime, descriptor, site).inode;
  const bool fresh = (flags & O_CREAT) != 0 && inode != nullptr && inode->modified_ns == 0;
  if (fresh || (flags & O_TRUNC) != 0) inode->modified_ns = runtime.engine.now_ns();
  return descriptor;
}

int duplicate(Runtime& runtime, int from, int to, int flags, Site site) {
  FileOperation operation(runtime, Op::file_other, from, site);
  if (devices(runtime).is_own_descriptor(to)) {
    errno = EBADF;
    return operation.done(-1);
  }
  const int result =
      operation.done(from == to ? HEDDLE_REAL(dup2)(from, to) : HEDDLE_REAL(dup3)(from, to, flags));
  if (result >= 0) operation.table().duplicated(runtime, from, to, site);
  return result;
}

ssize_t read_at(Runtime& runtime, int descriptor, void* buffer, size_t size, off_t offset,
                Site site) {
  FileOperation operation(runtime, Op::file_read, descriptor, site, /*only_reads=*/true);
  operation.check_reading("pread");
  const ssize_t result = operation.done(HEDDLE_REAL(pread)(descriptor, buffer, size, offset));
  if (result > 0) operation.has_written(buffer, static_cast<size_t>(result));
  return result;
}

ssize_t read_some(Runtime& runtime, int descriptor, void* buffer, size_t size, Site site) {
  {
    FileOperation operation(runtime, Op::file_read, descriptor, site);
    if (operation.open_file().channel != Channel::random) {
      operation.check_reading("read");
      const ssize_t result = operation.done(HEDDLE_REAL(read)(descriptor, buffer, size));
      if (result > 0) operation.has_written(buffer, static_cast<size_t>(result));
      return result;
    }
    operation.has_written(buffer, size);
    operation.done(static_cast<ssize_t>(size));
  }
  HarnessScope scope(runtime);
  devices(runtime).random.fill(runtime, buffer, size, site);
  return static_cast<ssize_t>(size);
}

// The parts of a vector that `size` bytes have gone to or come from.
template <typename Visit>
void for_parts(const iovec* parts, int count, ssize_t size, Visit visit) {
  for (int i = 0; i < count && size > 0; ++i) {
    const size_t length =
        parts[i].iov_len < static_cast<size_t>(size) ? parts[i].iov_len : static_cast<size_t>(size);
    visit(parts[i].iov_base, length);
    size -= static_cast<ssize_t>(length);
  }
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::FileOperation;
using heddle::Op;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);  // garbage that the kernel ignores, or given
  va_end(arguments);
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(open)(path, flags, mode);
  return heddle::open_at(*runtime, AT_FDCWD, path, flags, mode, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(open64, open);

HEDDLE_EXPORT int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(openat)(directory, path, flags, mode);
  return heddle::open_at(*runtime, directory, path, flags, mode, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(openat64, openat);

// What -D_FORTIFY_SOURCE makes of open without a mode.
HEDDLE_EXPORT int __open_2(const char* path, int flags) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(open)(path, flags);
  return heddle::open_at(*runtime, AT_FDCWD, path, flags, 0, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(__open64_2, __open_2);

HEDDLE_EXPORT int creat(const char* path, mode_t mode) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(creat)(path, mode);
  constexpr int kFlags = O_CREAT | O_WRONLY | O_TRUNC;
  return heddle::open_at(*runtime, AT_FDCWD, path, kFlags, mode, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(creat64, creat);

HEDDLE_EXPORT int close(int descriptor) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(close)(descriptor);
  FileOperation operation(*runtime, Op::file_close, descriptor, HEDDLE_CALLER);
  if (heddle::devices(*runtime).is_own_descriptor(descriptor)) {
    errno = EBADF;
    return operation.done(-1);
  }
  const int result = operation.done(HEDDLE_REAL(close)(descriptor));
  if (result == 0) operation.table().closed(*runtime, descriptor, HEDDLE_CALLER);
  return result;
}

HEDDLE_EXPORT int dup(int descriptor) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(dup)(descriptor);
  FileOperation operation(*runtime, Op::file_other, descriptor, HEDDLE_CALLER);
  const int result = operation.done(HEDDLE_REAL(dup)(descriptor));
  if (result >= 0) operation.table().duplicated(*runtime, descriptor, result, HEDDLE_CALLER);
  return result;
}

HEDDLE_EXPORT int dup2(int from, int to) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(dup2)(from, to);
  return heddle::duplicate(*runtime, from, to, 0, HEDDLE_CALLER);
}

HEDDLE_EXPORT int dup3(int from, int to, int flags) noexcept {
  Runtime* runtime = controlled();
  // Unlike dup2, it refuses equal descriptors.
  if (runtime == nullptr || from == to) return HEDDLE_REAL(dup3)(from, to, flags);
  return heddle::duplicate(*runtime, from, to, flags, HEDDLE_CALLER);
}

HEDDLE_EXPORT ssize_t read(int descriptor, void* buffer, size_t size) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(read)(descriptor, buffer, size);
  return heddle::read_some(*runtime, descriptor, buffer, size, HEDDLE_CALLER);
}

HEDDLE_EXPORT ssize_t __read_chk(int descriptor, void* buffer, size_t size, size_t room) {
  Runtime* runtime = controlled();
  if (runtime == nullptr || size > room) {
    return HEDDLE_REAL_AS(decltype(&__read_chk), "__read_chk")(descriptor, buffer, size, room);
  }
  return heddle::read_some(*runtime, descriptor, buffer, size, HEDDLE_CALLER);
}

HEDDLE_EXPORT ssize_t write(int descriptor, const void* bytes, size_t size) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(write)(descriptor, bytes, size);
  FileOperation operation(*runtime, Op::file_write, descriptor, HEDDLE_CALLER);
  operation.check_writing("write");
  const ssize_t result = operation.done(HEDDLE_REAL(write)(descriptor, bytes, size));
  if (result > 0) operation.has_read(bytes, static_cast<size_t>(result));
  return result;
}

HEDDLE_EXPORT ssize_t pread(int descriptor, void* buffer, size_t size, off_t offset) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pread)(descriptor, buffer, size, offset);
  return heddle::read_at(*runtime, descriptor, buffer, size, offset, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(pread64, pread);

HEDDLE_EXPORT ssize_t __pread_chk(int descriptor, void* buffer, size_t size, off_t offset,
                                  size_t room) {
  Runtime* runtime = controlled();
  if (runtime == nullptr || size > room) {
    return HEDDLE_REAL_AS(decltype(&__pread_chk), "__pread_chk")(descriptor, buffer, size, offset,
                                                                 room);
  }
  return heddle::read_at(*runtime, descriptor, buffer, size, offset, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(__pread64_chk, __pread_chk);

HEDDLE_EXPORT ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pwrite)(descriptor, bytes, size, offset);
  FileOperation operation(*runtime, Op::file_write, descriptor, HEDDLE_CALLER);
  operation.check_writing("pwrite");
  const ssize_t result = operation.done(HEDDLE_REAL(pwrite)(descriptor, bytes, size, offset));
  if (result > 0) operation.has_read(bytes, static_cast<size_t>(result));
  return result;
}
HEDDLE_SECOND_NAME(pwrite64, pwrite);

HEDDLE_EXPORT ssize_t readv(int descriptor, const iovec* parts, int count) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(readv)(descriptor, parts, count);
  FileOperation operation(*runtime, Op::file_read, descriptor, HEDDLE_CALLER);
  operation.check_reading("readv");
  const ssize_t result = operation.done(HEDDLE_REAL(readv)(descriptor, parts, count));
  heddle::for_parts(parts, count, result,
                    [&](void* part, size_t size) { operation.has_written(part, size); });
  return result;
}

HEDDLE_EXPORT ssize_t writev(int descriptor, const iovec* parts, int count) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(writev)(descriptor, parts, count);
  FileOperation operation(*runtime, Op::file_write, descriptor, HEDDLE_CALLER);
  operation.check_writing("writev");
  const ssize_t result = operation.done(HEDDLE_REAL(writev)(descriptor, parts, count));
  heddle::for_parts(parts, count, result,
                    [&](void* part, size_t size) { operation.has_read(part, size); });
  return result;
}

HEDDLE_EXPORT off_t lseek(int descriptor, off_t offset, int whence) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(lseek)(descriptor, offset, whence);
  FileOperation operation(*runtime, Op::file_other, descriptor, HEDDLE_CALLER);
  return operation.done(HEDDLE_REAL(lseek)(descriptor, offset, whence));
}
HEDDLE_SECOND_NAME(lseek64, lseek);

HEDDLE_EXPORT ssize_t sendfile(int to, int from, off_t* offset, size_t size) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(sendfile)(to, from, offset, size);
  FileOperation operation(*runtime, Op::file_write, to, HEDDLE_CALLER);
  operation.check_writing("sendfile");
  return operation.done(HEDDLE_REAL(sendfile)(to, from, offset, size));
}
HEDDLE_SECOND_NAME(sendfile64, sendfile);

}  // extern "C"
