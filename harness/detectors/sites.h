// Program counters in 32 bits, so that a shadow record stays small.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/ids.h"
#include "base/rng.h"
#include "platform/raw_memory.h"

namespace heddle {

// Offsets from the executable's base below 2 GiB stand for themselves; others (shared libraries)
// are kept in a hash table, which only grows: one entry for each instruction that was ever seen.
class SiteTable {
 public:
  explicit SiteTable(uintptr_t executable_base) : base_(executable_base) {
    outside_ = static_cast<uintptr_t*>(map_memory(0, kSize * sizeof(uintptr_t)));
    HEDDLE_CHECK(outside_ != nullptr);
  }

  // Whether the site stands for itself.
  bool is_inside(Site site) const { return site.pc - base_ < kOutside; }

  // Precondition: is_inside.
  uint32_t encode_inside(Site site) const { return static_cast<uint32_t>(site.pc - base_); }

  // 0, the unknown site, for site 0 and when the table is full.
  uint32_t encode(Site site) {
    return __builtin_expect(is_inside(site), 1) ? encode_inside(site) : encode_outside(site.pc);
  }

  Site decode(uint32_t code) const {
    if (code == 0) return {};
    return {code < kOutside ? base_ + code : outside_[code - kOutside]};
  }

  // The object is of no further use.
  void unmap() { unmap_memory(outside_, kSize * sizeof(uintptr_t)); }

 private:
  static constexpr uint32_t kOutside = 1u << 31;
  static constexpr uint32_t kSize = 1u << 20;

  uint32_t encode_outside(uintptr_t pc) {
    if (pc == 0) return 0;
    for (uint32_t i = static_cast<uint32_t>(mix64(pc)) % kSize;; i = (i + 1) % kSize) {
      if (outside_[i] == pc) return kOutside + i;
      if (outside_[i] != 0) continue;
      if (count_ >= kSize / 4 * 3) return 0;
      ++count_;
      outside_[i] = pc;
      return kOutside + i;
    }
  }

  uintptr_t base_;
  uintptr_t* outside_;  // open addressing; 0 is free
  uint32_t count_ = 0;
};

}  // namespace heddle
