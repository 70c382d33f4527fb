// A file as operations know it: by its path. What is in it, the kernel knows.
#pragma once

#include "sync/objects.h"

namespace heddle {

// `name` is the path, `$DIR/…` below the execution's folder; `address` is a hash of it with the top
// bit set, which no memory has, so that it is the same in every process.
class File : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::file;
};

}  // namespace heddle
