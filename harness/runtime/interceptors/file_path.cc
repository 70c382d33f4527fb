// What changes names and folders: rename, unlink, mkdir, link, chdir, temporary names …
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/file_operation.h"
#include "runtime/inputs.h"
#include "runtime/real.h"
#include "runtime/second_name.h"

// A call on one path, below the working directory or `directory`.
#define HEDDLE_PATH_CALL(name, directory, parameters, ...)                             \
  HEDDLE_EXPORT int name parameters noexcept {                                         \
    Runtime* runtime = controlled();                                                   \
    if (runtime == nullptr) return HEDDLE_REAL(name)(__VA_ARGS__);                     \
    FileOperation operation(*runtime, Op::file_other, directory, path, HEDDLE_CALLER); \
    return operation.done(HEDDLE_REAL(name)(__VA_ARGS__));                             \
  }

// A call on two; the operation is on the second, and on the first as well.
#define HEDDLE_TWO_PATHS_CALL(name, from_directory, to_directory, parameters, ...)      \
  HEDDLE_EXPORT int name parameters noexcept {                                          \
    Runtime* runtime = controlled();                                                    \
    if (runtime == nullptr) return HEDDLE_REAL(name)(__VA_ARGS__);                      \
    FileOperation operation(*runtime, Op::file_other, to_directory, to, HEDDLE_CALLER); \
    heddle::bring_input(*runtime, from_directory, from, HEDDLE_CALLER);                 \
    const int result = operation.done(HEDDLE_REAL(name)(__VA_ARGS__));                  \
    operation.record_also(from_directory, from, result == 0);                           \
    return result;                                                                      \
  }

// A call on a descriptor that changes the file.
#define HEDDLE_DESCRIPTOR_CALL(name, exception, parameters, ...)                  \
  HEDDLE_EXPORT int name parameters exception {                                   \
    Runtime* runtime = controlled();                                              \
    if (runtime == nullptr) return HEDDLE_REAL(name)(__VA_ARGS__);                \
    FileOperation operation(*runtime, Op::file_other, descriptor, HEDDLE_CALLER); \
    return operation.done(HEDDLE_REAL(name)(__VA_ARGS__));                        \
  }

namespace heddle {
namespace {

constexpr size_t kPlaceholders = 6;  // the X of a template

// Like libc's mkstemp and its kin, with letters that the schedule determines. `make` tries a name:
// 0 or more when it is new.
template <typename Make>
int make_temporary(Runtime& runtime, char* pattern, int suffix, Site site, Make make) {
  constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  constexpr int kAttempts = 100;
  const size_t length = string_bytes(pattern) - 1;
  const size_t end = length - static_cast<size_t>(suffix);
  bool valid = suffix >= 0 && end <= length && end >= kPlaceholders;
  for (size_t i = 1; valid && i <= kPlaceholders; ++i) valid = pattern[end - i] == 'X';
  if (!valid) {
    errno = EINVAL;
    return -1;
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    uint64_t number = 0;
    {
      HarnessScope scope(runtime);
      devices(runtime).random.fill(runtime, &number, sizeof(number), site);
    }
    for (size_t i = end - kPlaceholders; i < end; ++i, number /= sizeof(kLetters) - 1) {
      pattern[i] = kLetters[number % (sizeof(kLetters) - 1)];
    }
    const int result = make(pattern);
    if (result >= 0 || errno != EEXIST) return result;
  }
  return -1;
}

int open_temporary(Runtime& runtime, char* pattern, int suffix, int flags, Site site) {
  return make_temporary(runtime, pattern, suffix, site, [&](const char* path) {
    FileOperation operation(runtime, Op::file_open, AT_FDCWD, path, site);
    const int result = operation.done(HEDDLE_REAL(open)(
        path, (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR));
    if (result >= 0) operation.table().opened(runtime, result, operation.file(), site);
    return result;
  });
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::FileOperation;
using heddle::Op;
using heddle::Runtime;

extern "C" {

HEDDLE_PATH_CALL(unlink, AT_FDCWD, (const char* path), path)
HEDDLE_PATH_CALL(unlinkat, directory, (int directory, const char* path, int flags), directory, path,
                 flags)
HEDDLE_PATH_CALL(remove, AT_FDCWD, (const char* path), path)
HEDDLE_PATH_CALL(mkdir, AT_FDCWD, (const char* path, mode_t mode), path, mode)
HEDDLE_PATH_CALL(mkdirat, directory, (int directory, const char* path, mode_t mode), directory,
                 path, mode)
HEDDLE_PATH_CALL(rmdir, AT_FDCWD, (const char* path), path)
HEDDLE_PATH_CALL(truncate, AT_FDCWD, (const char* path, off_t size), path, size)
HEDDLE_SECOND_NAME(truncate64, truncate);
HEDDLE_PATH_CALL(chmod, AT_FDCWD, (const char* path, mode_t mode), path, mode)
HEDDLE_PATH_CALL(mkfifo, AT_FDCWD, (const char* path, mode_t mode), path, mode)
HEDDLE_PATH_CALL(symlink, AT_FDCWD, (const char* target, const char* path), target, path)
HEDDLE_PATH_CALL(symlinkat, directory, (const char* target, int directory, const char* path),
                 target, directory, path)

HEDDLE_TWO_PATHS_CALL(rename, AT_FDCWD, AT_FDCWD, (const char* from, const char* to), from, to)
HEDDLE_TWO_PATHS_CALL(renameat, from_directory, to_directory,
                      (int from_directory, const char* from, int to_directory, const char* to),
                      from_directory, from, to_directory, to)
HEDDLE_TWO_PATHS_CALL(link, AT_FDCWD, AT_FDCWD, (const char* from, const char* to), from, to)
HEDDLE_TWO_PATHS_CALL(linkat, from_directory, to_directory,
                      (int from_directory, const char* from, int to_directory, const char* to,
                       int flags),
                      from_directory, from, to_directory, to, flags)

HEDDLE_DESCRIPTOR_CALL(ftruncate, noexcept, (int descriptor, off_t size), descriptor, size)
HEDDLE_SECOND_NAME(ftruncate64, ftruncate);
HEDDLE_DESCRIPTOR_CALL(fchmod, noexcept, (int descriptor, mode_t mode), descriptor, mode)
HEDDLE_DESCRIPTOR_CALL(fsync, , (int descriptor), descriptor)
HEDDLE_DESCRIPTOR_CALL(fdatasync, , (int descriptor), descriptor)
HEDDLE_DESCRIPTOR_CALL(posix_fallocate, , (int descriptor, off_t offset, off_t size), descriptor,
                       offset, size)
HEDDLE_SECOND_NAME(posix_fallocate64, posix_fallocate);

HEDDLE_EXPORT int chdir(const char* path) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(chdir)(path);
  FileOperation operation(*runtime, Op::file_other, AT_FDCWD, path, HEDDLE_CALLER);
  operation.table().change_directory();
  return operation.done(HEDDLE_REAL(chdir)(path));
}

HEDDLE_EXPORT int fchdir(int descriptor) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(fchdir)(descriptor);
  FileOperation operation(*runtime, Op::file_other, descriptor, HEDDLE_CALLER);
  operation.table().change_directory();
  return operation.done(HEDDLE_REAL(fchdir)(descriptor));
}

HEDDLE_EXPORT int mkstemp(char* pattern) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(mkstemp)(pattern);
  return heddle::open_temporary(*runtime, pattern, 0, 0, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(mkstemp64, mkstemp);

HEDDLE_EXPORT int mkostemp(char* pattern, int flags) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(mkostemp)(pattern, flags);
  return heddle::open_temporary(*runtime, pattern, 0, flags, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(mkostemp64, mkostemp);

HEDDLE_EXPORT int mkstemps(char* pattern, int suffix) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(mkstemps)(pattern, suffix);
  return heddle::open_temporary(*runtime, pattern, suffix, 0, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(mkstemps64, mkstemps);

HEDDLE_EXPORT int mkostemps(char* pattern, int suffix, int flags) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(mkostemps)(pattern, suffix, flags);
  return heddle::open_temporary(*runtime, pattern, suffix, flags, HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(mkostemps64, mkostemps);

HEDDLE_EXPORT char* mkdtemp(char* pattern) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(mkdtemp)(pattern);
  const heddle::Site site = HEDDLE_CALLER;
  const int result = heddle::make_temporary(*runtime, pattern, 0, site, [&](const char* path) {
    FileOperation operation(*runtime, Op::file_other, AT_FDCWD, path, site);
    return operation.done(HEDDLE_REAL(mkdir)(path, S_IRWXU));
  });
  return result == 0 ? pattern : nullptr;
}

}  // extern "C"
