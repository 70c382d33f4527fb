// What words were before they were changed, so that a search can go back to a moment of its last
// execution instead of running up to it again.
#pragma once

#include <cstdint>

#include "strategies/mapped_array.h"

namespace heddle {

class Journal {
 public:
  Journal() : changes_(size_t{1} << 28) {}

  // Before `word` changes.
  void keep(uint64_t& word) { changes_.add(Change{reinterpret_cast<uintptr_t>(&word), word}); }
  void keep(uint32_t& word) {
    changes_.add(Change{reinterpret_cast<uintptr_t>(&word) | kHalf, word});
  }

  uint32_t size() const { return changes_.size(); }
  void clear() { changes_.resize(0); }
  // Everything as it was when `size` was the size.
  void undo_to(uint32_t size) {
    while (changes_.size() > size) {
      const Change& change = changes_.back();
      if ((change.place & kHalf) != 0) {
        *reinterpret_cast<uint32_t*>(change.place & ~kHalf) = static_cast<uint32_t>(change.before);
      } else {
        *reinterpret_cast<uint64_t*>(change.place) = change.before;
      }
      changes_.resize(changes_.size() - 1);
    }
  }

 private:
  static constexpr uintptr_t kHalf = 1;  // of no word's address: a word of four bytes

  struct Change {
    uintptr_t place;
    uint64_t before;
  };
  MappedArray<Change> changes_;
};

}  // namespace heddle
