// Draws that several strategies have in common.
#pragma once

#include "base/check.h"
#include "base/rng.h"
#include "core/choice.h"

namespace heddle {

// Where spurious wake-ups are offered, one choice in so many takes one: often enough to meet code
// that cannot bear them, rarely enough to leave waiting as it usually is.
inline constexpr uint32_t kOneSpuriousIn = 16;

// One task in so many reuses freed memory at once: often enough for what comes of equal addresses
// (ABA), while most tasks still show who uses memory after it was freed.
inline constexpr uint32_t kOneRareIn = 8;

inline bool is_rare(Rng& rng) {
  return rng.below(kOneRareIn) == 0;
}

inline TaskId any_enabled(const ChoicePoint& point, Rng& rng) {
  HEDDLE_CHECK(point.enabled_count > 0);
  return point.enabled->nth(rng.below(point.enabled_count));
}

// A waiter to wake spuriously at this point; mostly none. Draws only where some are offered.
inline TaskId maybe_spurious(const ChoicePoint& point, Rng& rng) {
  if (point.spurious == nullptr || point.spurious->empty()) return TaskId::none();
  if (rng.below(kOneSpuriousIn) != 0) return TaskId::none();
  return point.spurious->nth(rng.below(point.spurious->count()));
}

}  // namespace heddle
