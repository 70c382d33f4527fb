#include "runtime/folder_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/folder.h"

namespace heddle {
namespace {

constexpr mode_t kPermissions = 07777;

std::string in_the_way(const std::string& path) {
  return path + ": " + strerror(errno);
}

bool names_in(int parent, const std::string& path, std::vector<std::string>& names) {
  const int opened = openat(parent, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR* folder = opened < 0 ? nullptr : fdopendir(opened);
  if (folder == nullptr) return false;
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && !Folder::is_name_of_one(name.c_str())) names.push_back(name);
  }
  closedir(folder);
  std::sort(names.begin(), names.end());  // else as the file system likes
  return true;
}

bool copy_file(int from_directory, int to_directory, const char* path, mode_t mode) {
  const int from = openat(from_directory, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0) return false;
  const int to = openat(to_directory, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  ssize_t copied = to < 0 ? -1 : 1;
  constexpr size_t kPiece = 1 << 20;
  while (copied > 0) copied = sendfile(to, from, nullptr, kPiece);
  const bool done = copied == 0 && fchmod(to, mode & kPermissions) == 0;
  const int error = errno;
  close(from);
  if (to >= 0) close(to);
  errno = error;
  return done;
}

}  // namespace

std::string FolderCopy::plan(int directory) {
  entries_.clear();
  bytes_ = 0;
  return plan_below(directory, ".", Folder::kLevels);
}

std::string FolderCopy::plan_below(int parent, const std::string& path, int levels) {
  std::vector<std::string> names;
  if (levels == 0) return path + ": folders are nested too deep";
  if (!names_in(parent, path, names)) return in_the_way(path);
  const std::string start = path == "." ? "" : path + "/";
  for (const std::string& name : names) {
    std::string error = note(parent, std::string(start).append(name), levels);
    if (!error.empty()) return error;
  }
  return "";
}

std::string FolderCopy::note(int parent, const std::string& path, int levels) {
  struct stat about = {};
  if (fstatat(parent, path.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) return in_the_way(path);
  Entry entry = {path, about.st_mode, ""};
  if (S_ISREG(about.st_mode)) {
    if (faccessat(parent, path.c_str(), R_OK, AT_EACCESS) != 0) return in_the_way(path);
    bytes_ += static_cast<uint64_t>(about.st_size);
  } else if (S_ISLNK(about.st_mode)) {
    char target[PATH_MAX];
    const ssize_t length = readlinkat(parent, path.c_str(), target, sizeof(target));
    if (length < 0) return in_the_way(path);
    entry.target.assign(target, static_cast<size_t>(length));
  } else if (!S_ISDIR(about.st_mode)) {
    return "";
  }
  entries_.push_back(entry);
  if (bytes_ > kMostBytes) {
    return "it holds more than " + std::to_string(kMostBytes >> 20) + " MiB";
  }
  if (entries_.size() > kMostEntries) {
    return "it holds more than " + std::to_string(kMostEntries) + " files";
  }
  return S_ISDIR(about.st_mode) ? plan_below(parent, path, levels - 1) : "";
}

bool FolderCopy::make(int from, int to) const {
  for (const Entry& entry : entries_) {
    const char* path = entry.path.c_str();
    const bool done = S_ISDIR(entry.mode)   ? mkdirat(to, path, 0700) == 0
                      : S_ISLNK(entry.mode) ? symlinkat(entry.target.c_str(), to, path) == 0
                                            : copy_file(from, to, path, entry.mode);
    if (!done) return false;
  }
  // Once nothing is to be put into them any more.
  for (const Entry& entry : entries_) {
    if (!S_ISDIR(entry.mode)) continue;
    if (fchmodat(to, entry.path.c_str(), entry.mode & kPermissions, 0) != 0) return false;
  }
  return true;
}

}  // namespace heddle
