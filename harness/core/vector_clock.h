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
  static constexpr Epoch of_packed(uint64_t packed) {
    Epoch epoch;
    epoch.value_ = packed;
    return epoch;
  }
  friend constexpr bool operator==(Epoch a, Epoch b) { return a.value_ == b.value_; }

 private:
  uint64_t value_ = 0;
};

// One counter a task, below 2^31; entries beyond `size` are 0. Memory comes from an arena and is
// never returned singly, so copies share nothing and destruction is nothing.
class VectorClock {
 public:
  uint32_t get(TaskId task) const { return task.index() < size_ ? clocks_[task.index()] : 0; }
  uint32_t size() const { return size_; }
  bool covers(Epoch epoch) const {
    const uint64_t task = epoch.packed() >> 32;
    return epoch.clock() <= (task < size_ ? clocks_[task] : 0);
  }

  // Precondition: value >= get(task).
  void set(TaskId task, uint32_t value, Arena& arena) {
    if (task.index() >= size_) grow(task.index() + 1, arena);
    clocks_[task.index()] = value;
  }

  // Pointwise maximum.
  void join(const VectorClock& other, Arena& arena) {
    if (other.size_ > size_) grow(other.size_, arena);
    uint32_t* const to = clocks_;
    const uint32_t* const from = other.clocks_;
    const uint32_t count = other.size_;
    for (uint32_t i = 0; i < count; i += kBlock) {
      const Block mine = load(to + i);
      const Block theirs = load(from + i);
      const Block less = mine < theirs;  // all bits of those that are; clocks stay below 2^31
      store(to + i, (theirs & less) | (mine & ~less));
    }
  }

  void assign(const VectorClock& other, Arena& arena) {
    if (other.size_ > size_) grow(other.size_, arena);
    uint32_t* const to = clocks_;
    const uint32_t* const from = other.clocks_;
    const uint32_t count = other.size_;
    for (uint32_t i = 0; i < count; i += kBlock) store(to + i, load(from + i));
    for (uint32_t i = count; i < size_; i += kBlock) store(to + i, Block{});
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
  // So many counters at once: what every x86-64 has instructions for.
  static constexpr uint32_t kBlock = 4;
  using Block = int32_t __attribute__((vector_size(kBlock * sizeof(int32_t))));
  static Block load(const uint32_t* from) {
    Block block;
    __builtin_memcpy(&block, from, sizeof(block));
    return block;
  }
  static void store(uint32_t* to, Block block) { __builtin_memcpy(to, &block, sizeof(block)); }

  void grow(uint32_t size, Arena& arena) {
    size = (size + kBlock - 1) / kBlock * kBlock;
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
  uint32_t size_ = 0;  // a multiple of kBlock
  uint32_t capacity_ = 0;
};

}  // namespace heddle
