// An array that grows on fibers: its whole range of addresses is reserved on the host, and the
// system gives memory for what is used of it. Shared with forks, in which executions may run.
#pragma once

#include <sys/mman.h>
#include <sys/syscall.h>

#include <cstddef>
#include <type_traits>

#include "base/arena.h"
#include "base/check.h"
#include "base/raw_syscall.h"

namespace heddle {

template <typename T>
class MappedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit MappedArray(size_t most) : most_(most) {
    const long place =
        raw_syscall(SYS_mmap, 0, static_cast<long>(most * sizeof(T)), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    HEDDLE_CHECK(place > 0);
    first_ = reinterpret_cast<T*>(place);
  }
  ~MappedArray() {
    raw_syscall(SYS_munmap, reinterpret_cast<long>(first_), static_cast<long>(most_ * sizeof(T)));
  }
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;

  uint32_t size() const { return size_; }
  bool full() const { return size_ == most_; }
  T& operator[](size_t i) { return first_[i]; }
  const T& operator[](size_t i) const { return first_[i]; }
  T& back() { return first_[size_ - 1]; }
  T& add(const T& value) {
    HEDDLE_CHECK(size_ < most_);
    first_[size_] = value;
    return first_[size_++];
  }
  T& add() {
    HEDDLE_CHECK(size_ < most_);
    return *new (static_cast<void*>(first_ + size_++), Arena::PlacementTag()) T();
  }
  // What a larger size adds holds whatever was there before.
  void resize(uint32_t size) {
    HEDDLE_CHECK(size <= most_);
    size_ = size;
  }
  T* begin() { return first_; }
  T* end() { return first_ + size_; }
  const T* begin() const { return first_; }
  const T* end() const { return first_ + size_; }

 private:
  T* first_ = nullptr;
  size_t most_;
  uint32_t size_ = 0;
};

}  // namespace heddle
