// The steps of one execution, what happens before what among them, and which pairs race.
//
// A step is what a task does between two scheduling points. It happens before another if a chain of
// the same task's progress, of creation, joining and waking, and of dependent uses leads there. Two
// steps race when they are dependent, of different tasks, nothing lies between them, and the later
// one could have come first. (Abdulla, Aronis, Jonsson, Sagonas, "Optimal Dynamic Partial Order
// Reduction", POPL 2014, sections 2 to 4.) Steps that wait for a lock could not have come between
// somebody's taking and freeing it: they race with whoever took it.
#pragma once

#include "strategies/footprint.h"
#include "strategies/mapped_array.h"

namespace heddle {

// More tasks than this in one execution are not searched.
inline constexpr uint32_t kMaxSearched = 128;

class SearchedTasks {
 public:
  bool has(TaskId task) const { return has(task.index()); }
  bool has(uint32_t i) const { return ((words_[i / 64] >> (i % 64)) & 1) != 0; }
  void add(TaskId task) { words_[task.index() / 64] |= uint64_t{1} << (task.index() % 64); }
  void remove(TaskId task) { words_[task.index() / 64] &= ~(uint64_t{1} << (task.index() % 64)); }
  void add_all(const SearchedTasks& other) {
    for (uint32_t i = 0; i < kWords; ++i) words_[i] |= other.words_[i];
  }
  void remove_all(const SearchedTasks& other) {
    for (uint32_t i = 0; i < kWords; ++i) words_[i] &= ~other.words_[i];
  }
  bool empty() const {
    for (const uint64_t word : words_) {
      if (word != 0) return false;
    }
    return true;
  }
  uint32_t count() const {
    uint32_t sum = 0;
    for (uint64_t word : words_) {
      for (; word != 0; word &= word - 1) ++sum;
    }
    return sum;
  }
  // The smallest member from `i` on; kMaxSearched: none.
  uint32_t next(uint32_t i) const {
    if (i >= kMaxSearched) return kMaxSearched;
    uint64_t word = words_[i / 64] & (~uint64_t{0} << (i % 64));
    for (i /= 64; word == 0; word = words_[i]) {
      if (++i == kWords) return kMaxSearched;
    }
    return i * 64 + static_cast<uint32_t>(__builtin_ctzll(word));
  }

 private:
  static constexpr uint32_t kWords = kMaxSearched / 64;
  uint64_t words_[kWords] = {};
};

class TraceOrder final : public ItemSink {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  struct Step {
    TaskId task;
    uint32_t number = 0;  // of its task's, from 1
    uint32_t node = kNone;
    uint32_t items = 0;  // where they begin; they end where the next step's do
    uint32_t clock = 0;  // where it begins
    uint32_t width = 0;
    uint32_t previous = kNone;  // of its task
  };
  // A moment between steps, to come back to.
  struct Mark {
    uint32_t steps = 0;
    uint32_t items = 0;
    uint32_t clocks = 0;
    uint32_t used = 0;
    uint32_t rows = 0;
    uint32_t tasks = 0;
    uint64_t fingerprint = 0;
  };

  TraceOrder();

  void begin_execution();
  // Precondition: no step is open.
  Mark mark() const;
  // Forgets what came later. Also during a step that never came to its end.
  void rewind(const Mark& mark);
  void task_created(TaskId task, TaskId creator, uint32_t child);

  // The running step: begun at a node, given items, closed or taken back.
  void open(TaskId task, uint32_t node);
  void add(const Item& item) override;
  void joined(TaskId ended);
  void woke(TaskId task) { woken_.add(task); }
  // Its place among the others. `races` are then the steps that it races with, until the next call.
  void close(bool want_races);
  void take_back();
  // The last step has made it possible that the task goes on.
  void enable(TaskId task);
  const SearchedTasks& woken() const { return woken_; }  // by the last closed step

  // What a task would use that waits for ever: fills `races`.
  void race_pending(TaskId task, const Item& item);
  // Everything that has been done by others without the last step's knowing of it: the last step of
  // each such task, into `races`.
  void race_with_end();
  const MappedArray<uint32_t>& races() const { return races_; }

  // Tasks that can begin the continuation in which the racing step (the last one, or the pending
  // one of `task`) comes before `earlier`: every step that does not happen after `earlier`, then
  // this one. Stops and returns true when it meets one of `enough`.
  bool initials(uint32_t earlier, const SearchedTasks& enough, SearchedTasks& found);
  // Whether step a happens before step b.
  bool before(uint32_t a, uint32_t b) const {
    return covers(steps_[b], steps_[a].task, steps_[a].number);
  }

  uint32_t size() const { return steps_.size(); }
  const Step& step(uint32_t i) const { return steps_[i]; }
  const Item* items(uint32_t i) const { return &items_[steps_[i].items]; }
  uint32_t item_count(uint32_t i) const {
    const uint32_t end = i + 1 < steps_.size() ? steps_[i + 1].items : items_.size();
    return end - steps_[i].items;
  }
  uint32_t tasks() const { return tasks_; }
  uint64_t name_of(TaskId task) const { return names_[task.index()]; }
  // Equal for executions that differ in the order of independent steps only: a sum over the pairs
  // of dependent uses. Steps are not named by their numbers, which change when memory becomes known
  // as shared.
  uint64_t fingerprint() const { return fingerprint_; }
  void add_to_fingerprint(uint64_t value) { fingerprint_ += value; }
  bool full() const { return steps_.size() + 1 >= kMostSteps; }

 private:
  static constexpr uint32_t kMostSteps = 1u << 22;
  static constexpr uint32_t kBuckets = 1u << 14;

  struct Used {
    Item item;
    uint32_t step = 0;
    uint32_t before = kNone;  // the last use of the same bucket
    uint32_t number = 0;      // of this key's uses by its task
  };

  bool covers(const Step& step, TaskId task, uint32_t number) const {
    return task.index() < step.width && clocks_[step.clock + task.index()] >= number;
  }
  bool known(TaskId task, uint32_t step) const {
    return now_[task.index()][steps_[step].task.index()] >= steps_[step].number;
  }
  static uint32_t bucket_of(uint64_t key) {
    return static_cast<uint32_t>((key * 0x9e3779b97f4a7c15ull) >> 50);
  }
  uint32_t last_use(uint64_t key) const {
    const uint32_t bucket = bucket_of(key);
    return stamps_[bucket] == stamp_ ? heads_[bucket] : kNone;
  }
  void find_dependencies(TaskId task, const Item& item);
  void find_waiting_races(TaskId task, const Item& item);
  void find_races(TaskId task);
  bool could_come_before(const Item& item, const Used& other) const;
  void add_dependency(uint32_t step);
  void add_race(uint32_t step);
  void keep_uses(uint32_t step);
  uint32_t own_uses(TaskId task, uint64_t key) const;
  void keep_row(uint32_t task);

  MappedArray<Step> steps_;
  MappedArray<Item> items_;
  MappedArray<uint32_t> clocks_;
  MappedArray<Used> used_;
  MappedArray<uint32_t> rows_;  // of now_, before they changed: what was there, its width, its task
  MappedArray<uint32_t> races_;
  MappedArray<uint32_t> dependencies_;  // of the step at work
  MappedArray<uint32_t> waiting_races_;
  uint32_t heads_[kBuckets];
  uint64_t stamps_[kBuckets] = {};  // heads_ of earlier executions do not count
  uint64_t stamp_ = 0;

  uint32_t tasks_ = 0;
  uint64_t names_[kMaxSearched] = {};
  uint32_t numbers_[kMaxSearched] = {};  // steps so far
  uint32_t last_[kMaxSearched] = {};     // step
  uint32_t now_[kMaxSearched][kMaxSearched] = {};
  uint32_t before_[kMaxSearched] = {};  // of the task at work, before its step
  uint32_t created_[kMaxSearched] = {};
  uint32_t created_count_ = 0;
  uint32_t racer_ = kNone;    // task whose step races_ are about …
  bool racer_waits_ = false;  // … which it has not taken
  SearchedTasks woken_;
  uint64_t fingerprint_ = 0;
};

}  // namespace heddle
