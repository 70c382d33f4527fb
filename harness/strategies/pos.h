// Partial Order Aware Concurrency Sampling (Yuan, Yang, Gu, CAV 2018): algorithm POS.
//
// Each pending operation has a random priority, and the highest runs. After it, the priorities of
// the pending operations that depend on it are drawn anew. A random walk decides an order of
// independent operations again and again, so a long private stretch of one task makes others late
// for it; here only the order of dependent operations is drawn, once each, which spreads the
// executions more evenly over the partial orders that the program has.
//
// Departures from the paper:
// - Fairness, as in pct: every other time a task that yields, fails a try or spins sinks below all
//   others until it has run. One that sleeps, or waits with a time-out, sinks to a random place
//   among these until it has run or been woken: whose sleep ends first stays open, yet one that
//   sleeps again and again cannot keep the others asleep.
// - Who is woken by a notify is drawn uniformly, and spurious wake-ups are rare.
// - Where one task alone can go on nobody is asked, so what ran there gives no new priorities.
#pragma once

#include "base/rng.h"
#include "core/strategy.h"
#include "strategies/draw.h"
#include "strategies/host_array.h"

namespace heddle {

class Pos : public Strategy {
 public:
  explicit Pos(uint64_t seed);

  const char* name() const override { return "pos"; }
  bool begin(ExecutionNumber number) override;
  TaskId choose(const ChoicePoint& point) override;
  uint32_t choose_value(const Position& position, uint32_t bound) override;
  bool choose_rare(const Position&) override { return is_rare(rng_); }

  // Whether the order of the two can matter: one object or overlapping memory, not both reading.
  static bool dependent(const Operation& a, const Operation& b);

 private:
  // Higher runs first. Drawn ones are above 0; below it are those of tasks that give way.
  using Priority = int64_t;

  Priority drawn() { return 1 + static_cast<Priority>(rng_.next() >> 2); }
  Priority sunk(const ChoicePoint& point);
  void take_back_woken(const ChoicePoint& point);
  TaskId highest(const TaskSet& enabled) const;
  void redraw_dependent(const ChoicePoint& point, TaskId chosen);

  const uint64_t seed_;
  Rng rng_;
  HostArray<Priority> priorities_;  // by task, of its pending operation
  TaskSet waiting_;                 // who has sunk asleep or in a wait with a time-out
  uint32_t admitted_ = 0;           // tasks below have one
  Priority lowest_ = 0;             // given so far
};

}  // namespace heddle
