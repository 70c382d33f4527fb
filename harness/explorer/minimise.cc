#include "explorer/minimise.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace heddle {
namespace {

class Minimiser {
 public:
  Minimiser(const Schedule& schedule, const std::function<Trial(const Schedule&)>& attempt,
            const std::function<bool()>& interrupted, const MinimiseLimits& limits)
      : best_{schedule, false, false, 0},
        attempt_(attempt),
        interrupted_(interrupted),
        replays_left_(limits.replays),
        steps_left_(limits.steps) {}

  Minimised run() {
    size_t chunk = best_.schedule.entries.size();
    while (chunk > 0 && !exhausted_) {
      const bool dropped = pass(chunk);
      const size_t left = best_.schedule.entries.size();
      if (chunk == 1) {
        // Dropping one switch may make another one needless: again until nothing goes.
        if (!dropped) break;
        chunk = std::min<size_t>(1, left);
      } else {
        chunk = std::min(chunk / 2, left);
      }
    }
    best_.minimal = !exhausted_;
    return best_;
  }

 private:
  // Tries to drop each chunk once, the last one first: what follows the finding goes at once.
  bool pass(size_t chunk) {
    bool dropped = false;
    size_t end = best_.schedule.entries.size();
    while (end > 0 && !exhausted_) {
      const size_t begin = end > chunk ? end - chunk : 0;
      if (drop(begin, end)) {
        dropped = true;
        // The schedule followed may be shorter still.
        end = std::min(begin, best_.schedule.entries.size());
      } else {
        end = begin;
      }
    }
    return dropped;
  }

  bool drop(size_t begin, size_t end) {
    if (replays_left_ == 0 || steps_left_ == 0 || (interrupted_ && interrupted_())) {
      exhausted_ = true;
      return false;
    }
    Schedule shorter = best_.schedule;
    const auto first = shorter.entries.begin();
    shorter.entries.erase(first + static_cast<std::ptrdiff_t>(begin),
                          first + static_cast<std::ptrdiff_t>(end));
    Trial trial = attempt_(shorter);
    --replays_left_;
    ++best_.replays;
    steps_left_ -= std::min(steps_left_, trial.steps);
    if (!trial.shows) return false;
    // Whoever follows a schedule deviates from the defaults where it says so, nowhere else.
    HEDDLE_CHECK(trial.followed.entries.size() <= shorter.entries.size());
    best_.schedule = std::move(trial.followed);
    best_.changed = true;
    return true;
  }

  Minimised best_;
  const std::function<Trial(const Schedule&)>& attempt_;
  const std::function<bool()>& interrupted_;
  uint64_t replays_left_;
  uint64_t steps_left_;
  bool exhausted_ = false;
};

}  // namespace

Minimised minimise(const Schedule& schedule, const std::function<Trial(const Schedule&)>& attempt,
                   const std::function<bool()>& interrupted, const MinimiseLimits& limits) {
  return Minimiser(schedule, attempt, interrupted, limits).run();
}

}  // namespace heddle
