// Makes a schedule short: its switches are dropped until dropping any one of them would lose what
// the schedule shows (1-minimal). Delta debugging (Zeller and Hildebrandt, "Simplifying and
// Isolating Failure-Inducing Input", IEEE TSE 2002), reduced to complements: chunks are dropped,
// large ones first, single switches last.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "core/schedule.h"

namespace heddle {

// Never the clock: equal input, equal result.
struct MinimiseLimits {
  uint64_t replays = 2'000;
  uint64_t steps = 100'000'000;
};

// What came of trying a schedule.
struct Trial {
  bool shows = false;  // what the original shows
  uint64_t steps = 0;  // operations that it took
  Schedule followed;   // the choices made, where it shows: entries that had no effect are gone
};

struct Minimised {
  Schedule schedule;
  bool minimal = false;  // false: a limit or the user ended it
  bool changed = false;
  uint64_t replays = 0;  // that were tried
};

// `attempt` must be deterministic. `interrupted` may be empty.
Minimised minimise(const Schedule& schedule, const std::function<Trial(const Schedule&)>& attempt,
                   const std::function<bool()>& interrupted, const MinimiseLimits& limits = {});

}  // namespace heddle
