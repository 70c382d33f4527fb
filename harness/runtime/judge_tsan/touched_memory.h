// The memory that ThreadSanitizer has looked at in this execution. To forget an execution it would
// map all of its shadow anew, which costs the kernel milliseconds; what was not looked at has no
// shadow, so clearing that of these ranges comes to the same.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle {

class TouchedMemory {
 public:
  struct Range {
    uintptr_t start;
    size_t size;
  };

  void note(uintptr_t address, size_t size) {
    if (size == 0) return;
    const uintptr_t first = address / kGranule;
    const uintptr_t last = (address + size - 1) / kGranule;
    if (last - first > kFew) return add(first * kGranule, (last - first + 1) * kGranule);
    for (uintptr_t granule = first; granule <= last; ++granule) {
      uintptr_t& seen = seen_[granule % kSeen];
      if (seen == granule) continue;
      seen = granule;
      add(granule * kGranule, kGranule);
    }
  }
  // Whether the ranges are all there was.
  bool complete() const { return complete_; }
  const Range* begin() const { return ranges_; }
  const Range* end() const { return ranges_ + count_; }
  // The shadow of all of them is clear; until `clear`.
  void set_cleared() { cleared_ = true; }
  bool cleared() const { return cleared_; }
  void clear();

 private:
  static constexpr uintptr_t kGranule = 8;
  static constexpr uintptr_t kFew = 4;
  static constexpr uint32_t kSeen = 4096;
  static constexpr uint32_t kMost = 16'384;

  void add(uintptr_t start, size_t size) {
    if (count_ == kMost) {
      complete_ = false;
    } else {
      ranges_[count_++] = {start, size};
    }
  }

  uintptr_t seen_[kSeen] = {};  // at each place the granule that was noted last
  Range ranges_[kMost];
  uint32_t count_ = 0;
  bool cleared_ = false;
  bool complete_ = false;  // what was looked at before it was made is not known
};

// That of the judge; null while there is none.
TouchedMemory* touched_memory();

inline void note_touched(uintptr_t address, size_t size) {
  if (TouchedMemory* const touched = touched_memory()) touched->note(address, size);
}

}  // namespace heddle
