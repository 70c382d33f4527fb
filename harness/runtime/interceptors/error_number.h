// How calls of POSIX tell errors.
#pragma once

#include <errno.h>

namespace heddle {

// An error number (0: none) as calls tell it that return -1 and set errno.
inline int result_with_errno(int error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

}  // namespace heddle
