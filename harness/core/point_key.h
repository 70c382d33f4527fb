// The name of a memory granule that is a scheduling point: equal in every process and execution.
#pragma once

#include <cstdint>

namespace heddle {

inline constexpr uint64_t kGranuleBytes = 8;

enum class PointSpace : uint8_t {
  global,  // owner: module
  fixed,   // owner: a fixed region, such as a task's stack
  heap,    // owner: slot, serial: its n-th allocation
};

struct PointKey {
  PointSpace space = PointSpace::global;
  uint32_t owner = 0;
  uint32_t serial = 0;   // space heap only
  uint64_t granule = 0;  // offset from the owner's start / kGranuleBytes

  static PointKey in_block(uint32_t slot, uint32_t serial, uint64_t offset) {
    return {PointSpace::heap, slot, serial, offset / kGranuleBytes};
  }
  static PointKey in_module(uint32_t module, uint64_t offset) {
    return {PointSpace::global, module, 0, offset / kGranuleBytes};
  }
  static PointKey in_region(uint32_t region, uint64_t offset) {
    return {PointSpace::fixed, region, 0, offset / kGranuleBytes};
  }

  friend bool operator==(const PointKey&, const PointKey&) = default;
  friend bool operator<(const PointKey& a, const PointKey& b) {
    if (a.space != b.space) return a.space < b.space;
    if (a.owner != b.owner) return a.owner < b.owner;
    if (a.serial != b.serial) return a.serial < b.serial;
    return a.granule < b.granule;
  }
};

}  // namespace heddle
