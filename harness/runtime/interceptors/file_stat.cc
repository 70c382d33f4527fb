// What asks about files: stat and its kin, access, folders' entries.
//
// Inode numbers and times of the execution's folder are those of this execution: numbers in the
// order of first sight, virtual times of the last write.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "runtime/file_operation.h"
#include "runtime/real.h"
#include "runtime/second_name.h"
#include "runtime/virtual_time.h"

namespace heddle {
namespace {

// The file as this execution knows it, or null when it lies elsewhere.
Inode* own_inode(Runtime& runtime, uint64_t device, uint64_t number) {
  const Folder& folder = devices(runtime).folder;
  if (!folder.exists() || device != folder.device()) return nullptr;
  return &devices(runtime).files.inode(runtime, device, number);
}

int told(FileOperation& operation, Runtime& runtime, struct stat* about, int result) {
  operation.done(result);
  if (result != 0) return result;
  if (const Inode* inode = own_inode(runtime, about->st_dev, about->st_ino)) {
    const timespec modified = clock_value(CLOCK_REALTIME, inode->modified_ns);
    about->st_ino = inode->number;
    about->st_atim = about->st_mtim = about->st_ctim = modified;
  }
  operation.has_written(about, sizeof(*about));
  return result;
}

int told(FileOperation& operation, Runtime& runtime, struct statx* about, int result) {
  operation.done(result);
  if (result != 0) return result;
  const uint64_t device = makedev(about->stx_dev_major, about->stx_dev_minor);
  if (const Inode* inode = own_inode(runtime, device, about->stx_ino)) {
    const timespec modified = clock_value(CLOCK_REALTIME, inode->modified_ns);
    statx_timestamp time = {};
    time.tv_sec = modified.tv_sec;
    time.tv_nsec = static_cast<uint32_t>(modified.tv_nsec);
    about->stx_ino = inode->number;
    about->stx_atime = about->stx_mtime = about->stx_ctime = about->stx_btime = time;
  }
  operation.has_written(about, sizeof(*about));
  return result;
}

DIR* opened_folder(FileOperation& operation, Runtime& runtime, DIR* folder, bool fresh) {
  operation.done(folder);
  if (folder == nullptr) return folder;
  operation.table().stream_opened(runtime, folder, /*directory=*/true);
  if (fresh) operation.table().opened(runtime, dirfd(folder), operation.file(), operation.site());
  return folder;
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::FileOperation;
using heddle::Op;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int stat(const char* path, struct stat* about) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(stat)(path, about);
  FileOperation operation(*runtime, Op::file_other, AT_FDCWD, path, HEDDLE_CALLER, true);
  return heddle::told(operation, *runtime, about, HEDDLE_REAL(stat)(path, about));
}
HEDDLE_SECOND_NAME(stat64, stat);

HEDDLE_EXPORT int lstat(const char* path, struct stat* about) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(lstat)(path, about);
  FileOperation operation(*runtime, Op::file_other, AT_FDCWD, path, HEDDLE_CALLER, true);
  return heddle::told(operation, *runtime, about, HEDDLE_REAL(lstat)(path, about));
}
HEDDLE_SECOND_NAME(lstat64, lstat);

HEDDLE_EXPORT int fstat(int descriptor, struct stat* about) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(fstat)(descriptor, about);
  FileOperation operation(*runtime, Op::file_other, descriptor, HEDDLE_CALLER, true);
  return heddle::told(operation, *runtime, about, HEDDLE_REAL(fstat)(descriptor, about));
}
HEDDLE_SECOND_NAME(fstat64, fstat);

HEDDLE_EXPORT int fstatat(int directory, const char* path, struct stat* about, int flags) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(fstatat)(directory, path, about, flags);
  FileOperation operation(*runtime, Op::file_other, directory, path, HEDDLE_CALLER, true);
  return heddle::told(operation, *runtime, about,
                      HEDDLE_REAL(fstatat)(directory, path, about, flags));
}
HEDDLE_SECOND_NAME(fstatat64, fstatat);

HEDDLE_EXPORT int statx(int directory, const char* path, int flags, unsigned mask,
                        struct statx* about) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(statx)(directory, path, flags, mask, about);
  FileOperation operation(*runtime, Op::file_other, directory, path, HEDDLE_CALLER, true);
  return heddle::told(operation, *runtime, about,
                      HEDDLE_REAL(statx)(directory, path, flags, mask, about));
}

HEDDLE_EXPORT int access(const char* path, int mode) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(access)(path, mode);
  FileOperation operation(*runtime, Op::file_other, AT_FDCWD, path, HEDDLE_CALLER, true);
  return operation.done(HEDDLE_REAL(access)(path, mode));
}

HEDDLE_EXPORT int faccessat(int directory, const char* path, int mode, int flags) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(faccessat)(directory, path, mode, flags);
  FileOperation operation(*runtime, Op::file_other, directory, path, HEDDLE_CALLER, true);
  return operation.done(HEDDLE_REAL(faccessat)(directory, path, mode, flags));
}

HEDDLE_EXPORT ssize_t readlink(const char* path, char* target, size_t size) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(readlink)(path, target, size);
  FileOperation operation(*runtime, Op::file_other, AT_FDCWD, path, HEDDLE_CALLER, true);
  const ssize_t length = operation.done(HEDDLE_REAL(readlink)(path, target, size));
  if (length > 0) operation.has_written(target, static_cast<size_t>(length));
  return length;
}

HEDDLE_EXPORT DIR* opendir(const char* path) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(opendir)(path);
  FileOperation operation(*runtime, Op::file_open, AT_FDCWD, path, HEDDLE_CALLER);
  return heddle::opened_folder(operation, *runtime, HEDDLE_REAL(opendir)(path), true);
}

HEDDLE_EXPORT DIR* fdopendir(int descriptor) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(fdopendir)(descriptor);
  FileOperation operation(*runtime, Op::file_other, descriptor, HEDDLE_CALLER);
  return heddle::opened_folder(operation, *runtime, HEDDLE_REAL(fdopendir)(descriptor), false);
}

HEDDLE_EXPORT dirent* readdir(DIR* folder) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(readdir)(folder);
  FileOperation operation(*runtime, Op::file_read, dirfd(folder), HEDDLE_CALLER);
  dirent* entry = HEDDLE_REAL(readdir)(folder);
  operation.done(entry, true, entry == nullptr ? 0 : 1);
  const heddle::Inode* parent = operation.open_file().inode;
  if (entry == nullptr || parent == nullptr) return entry;
  const heddle::Inode* inode = heddle::own_inode(*runtime, parent->device, entry->d_ino);
  if (inode != nullptr) entry->d_ino = inode->number;
  return entry;
}
HEDDLE_SECOND_NAME(readdir64, readdir);

HEDDLE_EXPORT int closedir(DIR* folder) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(closedir)(folder);
  const int descriptor = dirfd(folder);
  FileOperation operation(*runtime, Op::file_close, descriptor, HEDDLE_CALLER);
  operation.table().stream_closed(folder);
  const int result = operation.done(HEDDLE_REAL(closedir)(folder));
  operation.table().closed(*runtime, descriptor, HEDDLE_CALLER);
  return result;
}

}  // extern "C"
