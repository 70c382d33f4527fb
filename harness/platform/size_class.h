// Sizes of heap blocks, rounded up: multiples of 16 to 256, then four steps for each doubling, so
// that at most a fifth of a block is padding.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle {

class SizeClass {
 public:
  // Classes for sizes up to 2^bits.
  static constexpr uint32_t count(uint32_t bits) { return 16 + (bits - 8) * 4; }

  static constexpr uint32_t of(size_t size) {
    if (size <= 256) return size <= 16 ? 0 : static_cast<uint32_t>((size + 15) / 16 - 1);
    const uint32_t exponent = 63 - static_cast<uint32_t>(__builtin_clzll(size - 1));
    const uint32_t quarter = static_cast<uint32_t>((size - 1) >> (exponent - 2)) & 3;
    return 16 + (exponent - 8) * 4 + quarter;
  }

  // The largest size of the class: a multiple of 16.
  static constexpr size_t capacity(uint32_t size_class) {
    if (size_class < 16) return (size_class + 1) * size_t{16};
    const uint32_t exponent = 8 + (size_class - 16) / 4;
    const size_t quarter = (size_class - 16) % 4;
    return (size_t{1} << exponent) + ((quarter + 1) << (exponent - 2));
  }
};

static_assert(SizeClass::capacity(SizeClass::of(1)) == 16);
static_assert(SizeClass::capacity(SizeClass::of(257)) == 320);
static_assert(SizeClass::capacity(SizeClass::of(1024)) == 1024);
static_assert(SizeClass::of(size_t{1} << 33) == SizeClass::count(33) - 1);

}  // namespace heddle
