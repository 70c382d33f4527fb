// Where our own descriptors lie: above those that the program will see, since POSIX gives it the
// lowest free one.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>

#include "base/raw_syscall.h"

namespace heddle {

// A copy of `low`, closed on exec, as high as the limit of this process allows; -1 when `low` is no
// descriptor or none is left. `low` stays open.
inline int high_descriptor(int low) {
  for (const int first : {900, 200, 50, 3}) {
    const long high = raw_syscall(SYS_fcntl, low, F_DUPFD_CLOEXEC, first);
    if (high >= 0) return static_cast<int>(high);
  }
  return -1;
}

// The same, and closes `low`.
inline int move_high(int low) {
  const int high = high_descriptor(low);
  if (low >= 0) raw_syscall(SYS_close, low);
  return high;
}

}  // namespace heddle
