#include "frontends/output.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "frontends/failure.h"

namespace heddle {
namespace {

// All of it, or errno.
int write_all(int descriptor, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

[[noreturn]] void fail_to_write(const std::string& where, int error, const char* remedy) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  fail_environment(absl::StrCat("cannot write to ", where, " (", std::strerror(error), ")"),
                   full ? "make room there, or write elsewhere with --out=FILE" : remedy);
}

constexpr const char* kOtherFile = "name a file in a folder that you may write to with --out=FILE";

// A new file beside the target, so that renaming it stays within one file system.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) : name_(target + ".XXXXXX") {
    descriptor_ = ::mkstemp(name_.data());
    if (descriptor_ < 0) fail_to_write(target, errno, kOtherFile);
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int write(absl::string_view text) const {
    const int error = write_all(descriptor_, text);
    return error != 0 ? error : ::fsync(descriptor_) != 0 ? errno : 0;
  }
  // 0, or errno; afterwards there is no temporary file.
  int become(const std::string& target) {
    struct stat old = {};
    const mode_t mask = ::umask(0);
    ::umask(mask);
    const mode_t mode = ::stat(target.c_str(), &old) == 0 ? old.st_mode & 0777 : 0666 & ~mask;
    if (::fchmod(descriptor_, mode) != 0) return errno;
    if (::close(descriptor_) != 0) return descriptor_ = -1, errno;
    descriptor_ = -1;
    if (::rename(name_.c_str(), target.c_str()) != 0) return errno;
    name_.clear();
    return 0;
  }

 private:
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace

Output::Output(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  // Absolute: executions run in a folder of their own.
  std::error_code ignored;
  const std::filesystem::path real =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path_, ignored), ignored);
  if (!real.empty()) path_ = real.string();
  struct stat target = {};
  const bool exists = ::stat(path_.c_str(), &target) == 0;
  if (exists && S_ISDIR(target.st_mode)) fail_to_write(path_, EISDIR, kOtherFile);
  replaces_ = !exists || S_ISREG(target.st_mode);
  if (exists && ::access(path_.c_str(), W_OK) != 0) fail_to_write(path_, errno, kOtherFile);
  if (replaces_) TemporaryFile probe(path_);
}

void Output::write(absl::string_view text) const {
  if (!path_.empty()) return write_file(text);
  const int error = write_all(STDOUT_FILENO, text);
  if (error != 0) fail_to_write("standard output", error, kOtherFile);
}

void Output::write_file(absl::string_view text) const {
  if (replaces_) {
    TemporaryFile file(path_);
    int error = file.write(text);
    if (error == 0) error = file.become(path_);
    if (error != 0) fail_to_write(path_, error, kOtherFile);
    return;
  }
  // A device or a pipe: there is nothing to replace.
  const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  const int error = descriptor < 0 ? errno : write_all(descriptor, text);
  if (descriptor >= 0) ::close(descriptor);
  if (error != 0) fail_to_write(path_, error, kOtherFile);
}

bool Output::to_terminal() const {
  return path_.empty() && ::isatty(STDOUT_FILENO) == 1;
}

int terminal_columns() {
  struct winsize size = {};
  constexpr int kUsual = 80;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

void write_error(absl::string_view text, int descriptor) {
  write_all(descriptor, text);
}

}  // namespace heddle
