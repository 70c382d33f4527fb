// Descriptors beyond the standard three that this process was started with: whoever started it had
// left them open (a test runner its log, make its job server). They are no business of the program,
// whose own descriptors would get other numbers from them.
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"

namespace heddle {

class InheritedDescriptors {
 public:
  // Notes what is open now: before the program's first instruction.
  void note(Arena& permanent);
  // Closes those of them that are still what they were.
  void close() const;

 private:
  static constexpr int kEnd = 1024;  // those above are out of the program's way
  struct Inherited {
    int descriptor = 0;
    dev_t device = 0;
    ino_t inode = 0;
  };

  Inherited* all_ = nullptr;
  size_t count_ = 0;
};

}  // namespace heddle
