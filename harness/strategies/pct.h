// Probabilistic Concurrency Testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized
// Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010).
//
// Tasks have random priorities and the highest that can run runs; at d - 1 random choice points the
// task that would run drops below all that have not dropped. With n tasks and k choice points an
// execution meets a bug of depth d (one that d ordering constraints suffice for) with probability
// 1 / (n k^(d-1)) or more.
//
// Departures from the paper:
// - k is the greatest length seen in the learning executions, not told by the user.
// - An execution's d is drawn from 1 … depth, so that each of these depths has its bound, divided
//   by `depth`; with a fixed d the bound would hold for that one alone.
// - Every second execution has no depth: each choice point is a change point with a probability of
//   1, 1/2, 1/4 … or 1/k, which is drawn, as is the place among those that have dropped. So bugs of
//   greater depth are met as well. The bound does not count these executions.
// - Fairness: a task that yields, sleeps, waits with a time-out, fails a try or spins gives way:
//   until it runs, or is woken before its time, another priority takes the place of its own. A coin
//   says which: one below all others, so that spin-waits end, or one drawn as at its start, since
//   no sleep is long enough to order anything. The paper knows neither this, nor that whom a notify
//   wakes is drawn uniformly, nor rare spurious wake-ups: to it they are part of the program.
#pragma once

#include "base/rng.h"
#include "core/strategy.h"
#include "strategies/draw.h"
#include "strategies/priority_order.h"

namespace heddle {

class Pct : public Strategy {
 public:
  static constexpr uint32_t kMaxDepth = 16;

  // Precondition: 1 <= depth <= kMaxDepth.
  Pct(uint64_t seed, uint32_t depth);

  const char* name() const override { return "pct"; }
  bool begin(ExecutionNumber number) override;
  TaskId choose(const ChoicePoint& point) override;
  uint32_t choose_value(const Position& position, uint32_t bound) override;
  bool choose_rare(const Position&) override { return is_rare(rng_); }
  void end(const TraceSummary& trace) override;

  // The theorem's bound for one execution of this very depth; at most 1.
  static double bound(uint32_t tasks, uint64_t choice_points, uint32_t depth);
  // The probability of at least one hit in so many executions.
  static double at_least_once(double probability, uint64_t executions);

  struct Guarantee {
    uint32_t depth = 0;      // 0: for no depth is the probability that high
    double probability = 0;  // of having met a bug of this depth, had there been one
    uint64_t executions = 0;
  };
  // For the greatest depth whose probability exceeds `threshold`, by the most tasks and choice
  // points measured. Counts the executions that had a depth and were no longer than the length they
  // were drawn for.
  Guarantee guarantee(double threshold) const;

 private:
  // Higher runs first. Three bands: drawn ones above kDrawnFloor, those given at change points from
  // 1 to there, and below 0 those of tasks that give way to all, each lower than the one before.
  using Priority = PriorityOrder::Priority;
  static constexpr Priority kDrawnFloor = Priority{1} << 61;
  static bool has_depth(uint64_t number) { return number % 2 == 1; }

  struct ChangePoint {
    uint64_t number = 0;  // the choice point
    Priority priority = 0;
  };

  void draw_change_points();
  Priority drawn() { return kDrawnFloor + 1 + static_cast<Priority>(rng_.next() >> 2); }
  bool gives_way_now(TaskId task) const { return order_.priority_of(task) != own_[task.index()]; }
  void take_back(const ChoicePoint& point);
  void give_way(const ChoicePoint& point);
  void lower(TaskId task, Priority priority);

  const uint64_t seed_;
  const uint32_t depth_;
  Rng rng_;
  PriorityOrder order_;
  HostArray<Priority> own_;  // by task; in force but while it gives way
  TaskSet waiting_;          // who gives way asleep or in a wait with a time-out
  uint32_t admitted_ = 0;    // tasks below have had their priority drawn
  Priority lowest_ = 0;      // given so far

  ChangePoint changes_[kMaxDepth];  // ascending by number
  uint32_t change_count_ = 0;
  uint32_t next_change_ = 0;
  uint32_t odds_ = 0;  // one choice point in so many is a change point; 0: those above are all

  uint64_t length_ = 0;       // choice points that change points are drawn from
  uint64_t drawn_for_ = 0;    // … in this execution
  uint64_t most_points_ = 0;  // in any execution
  uint32_t most_tasks_ = 0;
  uint64_t covered_ = 0;  // executions no longer than drawn_for_
};

}  // namespace heddle
