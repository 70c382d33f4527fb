// Vector clocks and epochs (Lamport 1978; Mattern 1989; Flanagan and Freund, "FastTrack", PLDI
// 2009, section 3), extended by virtual time, which flows along the same edges.
#pragma once

#include <cstdint>

#include "base/arena.h"
#include "base/ids.h"

namespace heddle {

// A moment of one task: (task, clock), packed. 0 is "never": before everything.
class Epoch {
 public:
  constexpr Epoch() = default;
  constexpr Epoch(TaskId task, uint32_t clock)
      : value_((static_cast<uint64_t>(task.index()) << 32) | clock) {}
  constexpr TaskId task() const { return TaskId(static_cast<uint32_t>(value_ >> 32)); }
  constexpr uint32_t clock() const { return static_cast<uint32_t>(value_); }
  constexpr uint64_t packed() const { return value_; }
  friend constexpr bool operator==(Epoch a, Epoch b) { return a.value_ == b.value_; }

 private:
  uint64_t value_ = 0;
};

// One counter a task; entries beyond `size` are 0. Memory comes from an arena and is never
// returned singly, so copies share nothing and destruction is nothing.
class VectorClock {
 public:
  uint32_t get(TaskId task) const { return task.index() < size_ ? clocks_[task.index()] : 0; }
  uint32_t size() const { return size_; }
  bool covers(Epoch epoch) const { return epoch.clock() <= get(epoch.task()); }

  // Precondition: value >= get(task).
  void set(TaskId task, uint32_t value, Arena& arena) {
    if (task.index() >= size_) grow(task.index() + 1, arena);
    clocks_[task.index()] = value;
  }

  // Pointwise maximum.
  void join(const VectorClock& other, Arena& arena) {
    if (other.size_ > size_) grow(other.size_, arena);
    for (uint32_t i = 0; i < other.size_; ++i) {
      clocks_[i] = clocks_[i] < other.clocks_[i] ? other.clocks_[i] : clocks_[i];
    }
  }

  void assign(const VectorClock& other, Arena& arena) {
    if (other.size_ > size_) grow(other.size_, arena);
    for (uint32_t i = 0; i < other.size_; ++i) clocks_[i] = other.clocks_[i];
    for (uint32_t i = other.size_; i < size_; ++i) clocks_[i] = 0;
  }

  void clear() { size_ = 0; }
  bool empty() const { return size_ == 0; }

  // Everything in `this` is at or before `other`.
  bool at_or_before(const VectorClock& other) const {
    for (uint32_t i = 0; i < size_; ++i) {
      if (clocks_[i] > (i < other.size_ ? other.clocks_[i] : 0)) return false;
    }
    return true;
  }

 private:
  void grow(uint32_t size, Arena& arena) {
    if (size > capacity_) {
      uint32_t capacity = capacity_ == 0 ? 8 : capacity_;
      while (capacity < size) capacity *= 2;
      uint32_t* fresh = static_cast<uint32_t*>(arena.allocate(capacity * sizeof(uint32_t), 16));
      for (uint32_t i = 0; i < size_; ++i) fresh[i] = clocks_[i];
      clocks_ = fresh;
      capacity_ = capacity;
    }
    for (uint32_t i = size_; i < size; ++i) clocks_[i] = 0;
    size_ = size;
  }

  uint32_t* clocks_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace heddle
