#include "runtime/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/raw_syscall.h"
#include "runtime/high_descriptor.h"

namespace heddle {
namespace {

constexpr char kPrefix[] = "heddle-";
constexpr int kNumbers = 10'000;

// What the kernel's getdents64 fills in.
struct DirectoryEntry {
  uint64_t inode;
  int64_t next;
  uint16_t size;
  unsigned char type;
  char name[1];
};

bool is_dot(const char* name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

long open_directory(int parent, const char* name) {
  return raw_syscall(SYS_openat, parent, reinterpret_cast<long>(name),
                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// Removes all that is in the directory. Raw system calls only. Directories below the deepest level
// stay: nobody nests so deep by accident.
void empty_directory(int directory, int levels) {
  alignas(8) char buffer[2048];
  for (bool removed = true; removed;) {
    removed = false;
    raw_syscall(SYS_lseek, directory, 0, SEEK_SET);
    for (;;) {
      const long size =
          raw_syscall(SYS_getdents64, directory, reinterpret_cast<long>(buffer), sizeof(buffer));
      if (size <= 0) break;
      for (long at = 0; at < size;) {
        const auto* entry = reinterpret_cast<const DirectoryEntry*>(buffer + at);
        at += entry->size;
        const char* name = entry->name;
        if (is_dot(name)) continue;
        const long path = reinterpret_cast<long>(name);
        if (raw_syscall(SYS_unlinkat, directory, path, 0) == 0) {
          removed = true;
          continue;
        }
        const long child = levels > 0 ? open_directory(directory, name) : -EMFILE;
        if (child < 0) continue;
        raw_syscall(SYS_fchmod, child, 0700);
        empty_directory(static_cast<int>(child), levels - 1);
        raw_syscall(SYS_close, child);
        if (raw_syscall(SYS_unlinkat, directory, path, AT_REMOVEDIR) == 0) removed = true;
      }
    }
  }
}

// The names in an open directory but for . and .., from its start. Raw system calls only.
template <typename Visit>
void for_names(int directory, Visit visit) {
  alignas(8) char buffer[2048];
  for (;;) {
    const long size =
        raw_syscall(SYS_getdents64, directory, reinterpret_cast<long>(buffer), sizeof(buffer));
    if (size <= 0) return;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const DirectoryEntry*>(buffer + at);
      at += entry->size;
      if (!is_dot(entry->name)) visit(entry->name);
    }
  }
}

// Of all files below a directory, which is opened anew: another process may read it meanwhile.
uint64_t bytes_below(int parent, const char* name, int levels) {
  const int directory = static_cast<int>(open_directory(parent, name));
  if (directory < 0) return 0;
  uint64_t bytes = 0;
  for_names(directory, [&](const char* entry) {
    struct stat about = {};
    if (raw_syscall(SYS_newfstatat, directory, reinterpret_cast<long>(entry),
                    reinterpret_cast<long>(&about), AT_SYMLINK_NOFOLLOW) != 0) {
      return;
    }
    constexpr uint64_t kBlock = 512;
    bytes += static_cast<uint64_t>(about.st_blocks) * kBlock;
    if (S_ISDIR(about.st_mode) && levels > 0) bytes += bytes_below(directory, entry, levels - 1);
  });
  raw_syscall(SYS_close, directory);
  return bytes;
}

// The process that made a folder of this name; 0 when it is none of ours.
pid_t maker_of(const char* name) {
  if (strncmp(name, kPrefix, sizeof(kPrefix) - 1) != 0) return 0;
  char* end = nullptr;
  const long pid = strtol(name + sizeof(kPrefix) - 1, &end, 10);
  return *end == '-' && pid > 0 ? static_cast<pid_t>(pid) : 0;
}

void remove_leftovers(const char* parent) {
  DIR* entries = opendir(parent);
  if (entries == nullptr) return;
  while (const dirent* entry = readdir(entries)) {
    const pid_t maker = maker_of(entry->d_name);
    if (maker == 0 || kill(maker, 0) == 0 || errno != ESRCH) continue;
    // Process ids of another namespace mean nothing here; the lock does.
    const int directory = static_cast<int>(open_directory(dirfd(entries), entry->d_name));
    if (directory < 0) continue;
    if (::flock(directory, LOCK_EX | LOCK_NB) == 0) {
      empty_directory(directory, Folder::kLevels);
      unlinkat(dirfd(entries), entry->d_name, AT_REMOVEDIR);
    }
    close(directory);
  }
  closedir(entries);
}

}  // namespace

bool Folder::is_name_of_one(const char* name) {
  return maker_of(name) != 0;
}

bool Folder::make_below(const char* parent, int number) {
  const int length = snprintf(path_, kMaxPath, "%s/%s%07d-%04d", parent, kPrefix,
                              static_cast<int>(getpid()), number);
  if (length < 0 || static_cast<size_t>(length) >= kMaxPath) {
    errno = ENAMETOOLONG;
    return false;
  }
  length_ = static_cast<size_t>(length);
  if (mkdir(path_, 0700) != 0) return false;
  descriptor_ = move_high(open(path_, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat about = {};
  if (descriptor_ < 0 || fstat(descriptor_, &about) != 0) {
    rmdir(path_);
    errno = EMFILE;
    return false;
  }
  ::flock(descriptor_, LOCK_EX | LOCK_NB);
  device_ = about.st_dev;
  maker_ = getpid();
  return true;
}

std::string Folder::make(const char* const* parents) {
  std::string why = "no parent was named";
  for (; *parents != nullptr; ++parents) {
    remove_leftovers(*parents);
    for (int number = 0; number < kNumbers; ++number) {
      if (make_below(*parents, number)) return "";
      if (errno != EEXIST) break;
    }
    why = std::string(*parents) + ": " + strerror(errno);
  }
  length_ = 0;
  return "cannot make a folder for executions in " + why;
}

void Folder::enter() {
  if (before_ < 0) before_ = move_high(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  raw_syscall(SYS_fchdir, descriptor_);
}

void Folder::leave() {
  if (before_ < 0) return;
  raw_syscall(SYS_fchdir, before_);
  raw_syscall(SYS_close, before_);
  before_ = -1;
}

void Folder::clean(bool moved) {
  if (moved) raw_syscall(SYS_fchdir, descriptor_);
  empty_directory(descriptor_, kLevels);
}

uint64_t Folder::bytes_in_use() const {
  return exists() ? bytes_below(descriptor_, ".", kLevels) : 0;
}

void Folder::remove() {
  if (descriptor_ < 0 || raw_syscall(SYS_getpid) != maker_) return;
  leave();
  empty_directory(descriptor_, kLevels);
  raw_syscall(SYS_rmdir, reinterpret_cast<long>(path_));
  raw_syscall(SYS_close, descriptor_);
  descriptor_ = -1;
}

void Folder::forget() {
  raw_syscall(SYS_close, descriptor_);
  descriptor_ = -1;
  length_ = 0;
}

std::string Folder::with_dir(std::string_view text) const {
  std::string result;
  for (size_t at = length_ == 0 ? text.npos : text.find(path()); at != text.npos;
       at = text.find(path())) {
    result.append(text.substr(0, at)).append("$DIR");
    text.remove_prefix(at + length_);
  }
  return result.append(text);
}

}  // namespace heddle
