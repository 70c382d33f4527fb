// Text without stdio, locale or allocation, for code that runs on fibers or in signal handlers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle {

// A line builder of fixed size; what does not fit is cut, never overrun.
class RawText {
 public:
  RawText& text(const char* string);
  RawText& text(const char* string, size_t length);
  RawText& number(int64_t value);
  RawText& hex(uint64_t value);
  const char* c_str() const { return buffer_; }
  size_t size() const { return size_; }
  // Writes everything so far to the descriptor with raw system calls and empties the text.
  void flush(int descriptor);

 private:
  static constexpr size_t kCapacity = 1000;
  char buffer_[kCapacity + 1] = {0};
  size_t size_ = 0;
};

}  // namespace heddle
