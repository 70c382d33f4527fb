// flock, fcntl, lockf: locks of files are waited for in the model, never in the kernel.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <unistd.h>

#include "runtime/file_operation.h"
#include "runtime/real.h"
#include "runtime/second_name.h"

namespace heddle {
namespace {

int result_of(Runtime& runtime, int error, const char* call, Site site) {
  if (error == FileLock::kHeldElsewhere) {
    not_modelled(runtime, call, "another process holds the lock of this file: end it first", site);
  }
  if (error != 0) errno = error;
  return error == 0 ? 0 : -1;
}

int lock_whole(Runtime& runtime, int descriptor, int operation, Site site) {
  HarnessScope scope(runtime);
  FileTable& table = devices(runtime).files;
  OpenFile& file = table.at(runtime, descriptor, site);
  if (file.inode == nullptr) return HEDDLE_REAL(flock)(descriptor, operation | LOCK_NB);
  const int error = table.lock(runtime, file, kFlock, site)
                        .flock(runtime.engine, file.holders[kFlock], descriptor, operation, site);
  return result_of(runtime, error, "flock", site);
}

int lock_range(Runtime& runtime, int descriptor, struct flock* range, bool wait, Site site) {
  HarnessScope scope(runtime);
  FileTable& table = devices(runtime).files;
  OpenFile& file = table.at(runtime, descriptor, site);
  if (file.inode == nullptr || range == nullptr) {
    return HEDDLE_REAL(fcntl)(descriptor, F_OFD_SETLK, range);
  }
  const int error =
      table.lock(runtime, file, kRange, site)
          .lock_range(runtime.engine, file.holders[kRange], descriptor, *range, wait, site);
  return result_of(runtime, error, "fcntl(F_OFD_SETLKW)", site);
}

// Locks of the process never wait for another thread of it: who holds one is somebody else.
int lock_of_process(Runtime& runtime, int descriptor, int command, struct flock* range, Site site) {
  FileOperation operation(runtime, Op::file_other, descriptor, site);
  const int result = operation.done(HEDDLE_REAL(fcntl)(descriptor, F_SETLK, range));
  if (result == 0 || command == F_SETLK || (errno != EAGAIN && errno != EACCES)) return result;
  not_modelled(runtime, "fcntl(F_SETLKW)",
               "another process holds the lock of this file: end it first; between threads of one "
               "process such locks have no effect",
               site);
}

int duplicate_from(Runtime& runtime, int descriptor, int command, int lowest, Site site) {
  FileOperation operation(runtime, Op::file_other, descriptor, site);
  const int result = operation.done(HEDDLE_REAL(fcntl)(descriptor, command, lowest));
  if (result >= 0) operation.table().duplicated(runtime, descriptor, result, site);
  return result;
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::FileOperation;
using heddle::Op;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int flock(int descriptor, int operation) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(flock)(descriptor, operation);
  return heddle::lock_whole(*runtime, descriptor, operation, HEDDLE_CALLER);
}

HEDDLE_EXPORT int fcntl(int descriptor, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);  // a number, a pointer, or garbage that is ignored
  va_end(arguments);
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(fcntl)(descriptor, command, argument);
  const heddle::Site site = HEDDLE_CALLER;
  auto* range = static_cast<struct flock*>(argument);
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return heddle::duplicate_from(*runtime, descriptor, command,
                                    static_cast<int>(reinterpret_cast<intptr_t>(argument)), site);
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      return heddle::lock_range(*runtime, descriptor, range, command == F_OFD_SETLKW, site);
    case F_SETLK:
    case F_SETLKW:
      return heddle::lock_of_process(*runtime, descriptor, command, range, site);
    default: {
      FileOperation operation(*runtime, Op::file_other, descriptor, site);
      return operation.done(HEDDLE_REAL(fcntl)(descriptor, command, argument));
    }
  }
}
HEDDLE_SECOND_NAME(fcntl64, fcntl);

HEDDLE_EXPORT int lockf(int descriptor, int command, off_t size) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(lockf)(descriptor, command, size);
  FileOperation operation(*runtime, Op::file_other, descriptor, HEDDLE_CALLER);
  const int attempt = command == F_LOCK ? F_TLOCK : command;
  const int result = operation.done(HEDDLE_REAL(lockf)(descriptor, attempt, size));
  if (result == 0 || command != F_LOCK || (errno != EAGAIN && errno != EACCES)) return result;
  heddle::not_modelled(*runtime, "lockf",
                       "another process holds the lock of this file: end it first", HEDDLE_CALLER);
}
HEDDLE_SECOND_NAME(lockf64, lockf);

}  // extern "C"
