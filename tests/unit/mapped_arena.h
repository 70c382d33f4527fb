// An arena of its own for a test.
#pragma once

#include <cstddef>

#include "base/arena.h"
#include "base/check.h"
#include "platform/raw_memory.h"

namespace heddle {

class MappedArena {
 public:
  explicit MappedArena(size_t size = size_t{1} << 30)
      : memory_(map_memory(0, size)), size_(size), arena_(memory_, size) {
    HEDDLE_CHECK(memory_ != nullptr);
  }
  ~MappedArena() { unmap_memory(memory_, size_); }
  MappedArena(const MappedArena&) = delete;
  MappedArena& operator=(const MappedArena&) = delete;

  Arena& operator*() { return arena_; }

 private:
  void* memory_;
  size_t size_;
  Arena arena_;
};

}  // namespace heddle
