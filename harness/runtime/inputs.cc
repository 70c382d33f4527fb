#include "runtime/inputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/raw_syscall.h"
#include "base/rng.h"
#include "runtime/devices.h"
#include "runtime/program.h"

namespace heddle {

struct Brought {
  uint64_t path = 0;  // digest
  Brought* next = nullptr;
};

namespace {

bool look_at(int directory, const char* path, struct stat& about) {
  return raw_syscall(SYS_newfstatat, directory, reinterpret_cast<long>(path),
                     reinterpret_cast<long>(&about), 0) == 0;
}

bool climbs(const char* path) {
  return path[0] == '.' && path[1] == '.' && (path[2] == '/' || path[2] == 0);
}

// True once for each path of an execution.
bool first_time(Runtime& runtime, const char* path) {
  uint64_t digest = 0;
  for (; *path != 0; ++path) digest = mix64(digest ^ static_cast<uint8_t>(*path));
  for (const Brought* known = runtime.brought; known != nullptr; known = known->next) {
    if (known->path == digest) return false;
  }
  Brought* fresh = runtime.engine.arena().make<Brought>();
  *fresh = {digest, runtime.brought};
  runtime.brought = fresh;
  return true;
}

// The folders above the last component; those that are there already stay as they are.
void make_parents(const char* path) {
  constexpr size_t kLongest = 4096;
  char part[kLongest];
  for (size_t i = 0; path[i] != 0 && i + 1 < kLongest; ++i) {
    part[i] = path[i];
    if (path[i] != '/' || i == 0) continue;
    part[i] = 0;
    raw_syscall(SYS_mkdir, reinterpret_cast<long>(part), 0700);
    part[i] = '/';
  }
}

void copy_file(int from_directory, const char* path, const struct stat& about) {
  const long from = raw_syscall(SYS_openat, from_directory, reinterpret_cast<long>(path),
                                O_RDONLY | O_CLOEXEC, 0);
  if (from < 0) return;
  const long to = raw_syscall(SYS_openat, AT_FDCWD, reinterpret_cast<long>(path),
                              O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, about.st_mode & 0777);
  if (to >= 0) {
    constexpr long kPiece = 1 << 20;
    while (raw_syscall(SYS_sendfile, to, from, 0, kPiece) > 0) {
    }
    raw_syscall(SYS_close, to);
  }
  raw_syscall(SYS_close, from);
}

}  // namespace

void bring_input(Runtime& runtime, int directory, const char* path, Site site) {
  if (runtime.program == nullptr || directory != AT_FDCWD) return;
  const bool missing = !runtime.program->copies_folder;
  runtime.touching_user_memory = true;
  const bool relative = path != nullptr && path[0] != 0 && path[0] != '/';
  const bool above = relative && climbs(path);
  const Folder& folder = devices(runtime).folder;
  struct stat here = {}, own = {}, there = {};
  const bool at_home = relative && look_at(AT_FDCWD, ".", here) &&
                       look_at(folder.descriptor(), ".", own) && here.st_ino == own.st_ino &&
                       here.st_dev == own.st_dev;
  const bool wanted = missing && at_home && !above && !look_at(AT_FDCWD, path, own) &&
                      look_at(folder.before(), path, there) && first_time(runtime, path);
  if (wanted && (S_ISREG(there.st_mode) || S_ISDIR(there.st_mode))) {
    runtime.used_files = true;
    make_parents(path);
    if (S_ISREG(there.st_mode)) {
      copy_file(folder.before(), path, there);
    } else {
      raw_syscall(SYS_mkdir, reinterpret_cast<long>(path), 0700);
    }
  }
  runtime.touching_user_memory = false;
  if (!at_home || !above) return;
  not_modelled(runtime, "a path that begins with ..",
               "executions run in a folder of their own: give an absolute path", site);
}

}  // namespace heddle
