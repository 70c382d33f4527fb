#include "runtime/inherited.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>

#include "base/raw_syscall.h"

namespace heddle {
namespace {

// False: the descriptor is not open.
bool look_at(int descriptor, struct stat& found) {
  return raw_syscall(SYS_fstat, descriptor, reinterpret_cast<long>(&found)) == 0;
}

}  // namespace

void InheritedDescriptors::note(Arena& permanent) {
  rlimit open_files = {};
  raw_syscall(SYS_getrlimit, RLIMIT_NOFILE, reinterpret_cast<long>(&open_files));
  const int end = static_cast<int>(std::min<rlim_t>(kEnd, open_files.rlim_cur));
  pollfd asked[kEnd] = {};
  for (int descriptor = 0; descriptor < end; ++descriptor) asked[descriptor].fd = descriptor;
  raw_syscall(SYS_poll, reinterpret_cast<long>(asked), end, 0);
  size_t count = 0;
  for (int descriptor = 3; descriptor < end; ++descriptor) {
    if ((asked[descriptor].revents & POLLNVAL) == 0) asked[count++].fd = descriptor;
  }
  if (count == 0) return;
  all_ = permanent.make<Inherited>(count);
  for (size_t i = 0; i < count; ++i) {
    struct stat found = {};
    if (!look_at(asked[i].fd, found)) continue;
    all_[count_++] = {asked[i].fd, found.st_dev, found.st_ino};
  }
}

void InheritedDescriptors::close() const {
  for (size_t i = 0; i < count_; ++i) {
    struct stat found = {};
    if (!look_at(all_[i].descriptor, found)) continue;
    if (found.st_dev != all_[i].device || found.st_ino != all_[i].inode) continue;
    raw_syscall(SYS_close, all_[i].descriptor);
  }
}

}  // namespace heddle
