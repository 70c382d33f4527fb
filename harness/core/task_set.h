// A set of tasks as a bit set: union and difference of whole wait queues cost a word per 64 tasks.
#pragma once

#include <cstdint>

#include "base/ids.h"

namespace heddle {

class TaskSet {
 public:
  static constexpr uint32_t kWords = kMaxTasks / 64;

  // Not defaulted: TaskSet() would then fill words_ with zeros first.
  TaskSet() {}  // NOLINT(modernize-use-equals-default)

  bool contains(TaskId task) const {
    const uint32_t i = task.index();
    return i / 64 < used_ && i < kMaxTasks && ((words_[i / 64] >> (i % 64)) & 1) != 0;
  }
  void add(TaskId task) {
    const uint32_t word = task.index() / 64;
    while (used_ <= word) words_[used_++] = 0;
    words_[word] |= uint64_t{1} << (task.index() % 64);
  }
  void remove(TaskId task) {
    const uint32_t word = task.index() / 64;
    if (word < used_) words_[word] &= ~(uint64_t{1} << (task.index() % 64));
  }
  void add_all(const TaskSet& other) {
    while (used_ < other.used_) words_[used_++] = 0;
    for (uint32_t i = 0; i < other.used_; ++i) words_[i] |= other.words_[i];
  }
  void remove_all(const TaskSet& other) {
    const uint32_t common = used_ < other.used_ ? used_ : other.used_;
    for (uint32_t i = 0; i < common; ++i) words_[i] &= ~other.words_[i];
  }
  void assign(const TaskSet& other) {
    used_ = other.used_;
    for (uint32_t i = 0; i < used_; ++i) words_[i] = other.words_[i];
  }
  void clear() { used_ = 0; }

  bool empty() const {
    for (uint32_t i = 0; i < used_; ++i) {
      if (words_[i] != 0) return false;
    }
    return true;
  }
  uint32_t count() const {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < used_; ++i) sum += ones(words_[i]);
    return sum;
  }

  // The member with `rank` smaller ones. Precondition: rank < count().
  TaskId nth(uint32_t rank) const {
    for (uint32_t i = 0;; ++i) {
      const uint32_t here = ones(words_[i]);
      if (rank < here) {
        uint64_t word = words_[i];
        while (rank-- > 0) word &= word - 1;
        return TaskId(i * 64 + static_cast<uint32_t>(__builtin_ctzll(word)));
      }
      rank -= here;
    }
  }
  // The smallest member; none for the empty set.
  TaskId first() const { return next_from(0); }
  // The smallest member above `task`, else the smallest at all (round robin); none when empty.
  TaskId next_after(TaskId task) const {
    const TaskId above = next_from(task.index() + 1);
    return above.valid() ? above : first();
  }

  // Ascending; for (TaskId task : set).
  class Cursor {
   public:
    Cursor(const TaskSet* set, TaskId at) : set_(set), at_(at) {}
    TaskId operator*() const { return at_; }
    Cursor& operator++() {
      at_ = set_->next_from(at_.index() + 1);
      return *this;
    }
    friend bool operator!=(const Cursor& a, const Cursor& b) { return !(a.at_ == b.at_); }

   private:
    const TaskSet* set_;
    TaskId at_;
  };
  Cursor begin() const { return Cursor(this, first()); }
  Cursor end() const { return Cursor(this, TaskId::none()); }

 private:
  // Bits that are set. Without the machine's own instruction, which not every x86-64 has, the
  // compiler would call a library for it.
  static uint32_t ones(uint64_t word) {
    word -= (word >> 1) & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return static_cast<uint32_t>((word * 0x0101010101010101u) >> 56);
  }

  TaskId next_from(uint32_t index) const {
    uint32_t word = index / 64;
    if (word >= used_ || word >= kWords) return TaskId::none();
    uint64_t bits = words_[word] & (~uint64_t{0} << (index % 64));
    while (bits == 0) {
      if (++word >= used_ || word >= kWords) return TaskId::none();
      bits = words_[word];
    }
    return TaskId(word * 64 + static_cast<uint32_t>(__builtin_ctzll(bits)));
  }

  uint32_t used_ = 0;       // words that mean something; the rest is garbage
  uint64_t words_[kWords];  // deliberately not initialised: clear() is O(1)
};

}  // namespace heddle
