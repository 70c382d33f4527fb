#include "base/raw_output.h"

#include <sys/syscall.h>

#include "base/raw_syscall.h"

namespace heddle {

RawText& RawText::text(const char* string, size_t length) {
  for (size_t i = 0; i < length && size_ < kCapacity; ++i) buffer_[size_++] = string[i];
  buffer_[size_] = 0;
  return *this;
}

// strlen is interposed.
RawText& RawText::text(const char* string) {
  size_t length = 0;
  while (string[length] != 0) ++length;
  return text(string, length);
}

RawText& RawText::number(int64_t value) {
  char digits[24];
  size_t count = 0;
  uint64_t rest = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  do {
    digits[count++] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (value < 0) text("-", 1);
  while (count > 0) text(&digits[--count], 1);
  return *this;
}

RawText& RawText::hex(uint64_t value) {
  char digits[16];
  size_t count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % 16];
    value /= 16;
  } while (value != 0);
  text("0x", 2);
  while (count > 0) text(&digits[--count], 1);
  return *this;
}

void RawText::flush(int descriptor) {
  size_t done = 0;
  while (done < size_) {
    long written = raw_syscall(SYS_write, descriptor, reinterpret_cast<long>(buffer_ + done),
                               static_cast<long>(size_ - done));
    if (written <= 0) break;
    done += static_cast<size_t>(written);
  }
  size_ = 0;
  buffer_[0] = 0;
}

}  // namespace heddle
