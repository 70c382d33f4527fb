// Memory for everything that lives while user code runs: fixed address, never malloc.
//
// A region is reserved once and handed out upwards. `mark` and `release_to` give the memory of
// one execution back in O(1); what was touched stays mapped, so a warm execution faults no page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/check.h"

namespace heddle {

class Arena {
 public:
  Arena() = default;
  // Takes over [base, base + size), which must be mapped (NORESERVE will do) and readable as zero.
  Arena(void* base, size_t size)
      : base_(static_cast<char*>(base)), next_(base_), end_(base_ + size) {}

  // Never null: exhaustion is a failed check. Fresh memory is zero only until the first release.
  void* allocate(size_t size, size_t alignment) {
    char* start = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(next_) + alignment - 1) &
                                          ~(alignment - 1));
    HEDDLE_CHECK(start + size <= end_);
    next_ = start + size;
    return start;
  }

  // Value-initialised objects. T must be trivially destructible: nothing is ever destroyed.
  template <typename T>
  T* make(size_t count = 1) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* first = static_cast<T*>(allocate(sizeof(T) * count, alignof(T)));
    for (size_t i = 0; i < count; ++i) new (static_cast<void*>(first + i), PlacementTag()) T();
    return first;
  }

  char* mark() const { return next_; }
  void release_to(char* mark) { next_ = mark; }
  size_t used() const { return static_cast<size_t>(next_ - base_); }

  struct PlacementTag {};

 private:
  char* base_ = nullptr;
  char* next_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace heddle

// A placement form of our own, so that no library header is needed on fibers.
inline void* operator new(size_t, void* place, heddle::Arena::PlacementTag) noexcept {
  return place;
}
