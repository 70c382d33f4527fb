// An array of fixed size that a strategy makes on the host and uses on fibers.
//
// Host memory is never restored between executions, so what a strategy keeps in it lasts for the
// whole exploration; element access is a plain load, with nothing of a library in between.
#pragma once

#include <cstddef>

namespace heddle {

template <typename T>
class HostArray {
 public:
  explicit HostArray(size_t size) : first_(new T[size]()) {}
  ~HostArray() { delete[] first_; }
  HostArray(const HostArray&) = delete;
  HostArray& operator=(const HostArray&) = delete;

  T& operator[](size_t i) { return first_[i]; }
  const T& operator[](size_t i) const { return first_[i]; }
  T* begin() { return first_; }

 private:
  T* first_;
};

}  // namespace heddle
