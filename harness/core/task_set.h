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
    return i / 64 < used_ && ((words_[i / 64] >> (i % 64)) & 1) != 0;
  }
  void add(TaskId task) {
    const uint32_t word = task.index() / 64;
    while (used_ <= word) words_[used_++] = 0;
    const uint64_t bit = uint64_t{1} << (task.index() % 64);
    count_ += (words_[word] & bit) == 0 ? 1 : 0;
    words_[word] |= bit;
  }
  void remove(TaskId task) {
    const uint32_t word = task.index() / 64;
    if (word >= used_) return;
    const uint64_t bit = uint64_t{1} << (task.index() % 64);
    count_ -= (words_[word] & bit) != 0 ? 1 : 0;
    words_[word] &= ~bit;
  }
  void add_all(const TaskSet& other) {
    while (used_ < other.used_) words_[used_++] = 0;
    for (uint32_t i = 0; i < other.used_; ++i) {
      const uint64_t fresh = other.words_[i] & ~words_[i];
      if (fresh == 0) continue;
      words_[i] |= fresh;
      count_ += ones(fresh);
    }
  }
  void remove_all(const TaskSet& other) {
    const uint32_t common = used_ < other.used_ ? used_ : other.used_;
    for (uint32_t i = 0; i < common; ++i) {
      const uint64_t gone = words_[i] & other.words_[i];
      if (gone == 0) continue;
      words_[i] ^= gone;
      count_ -= ones(gone);
    }
  }
  void assign(const TaskSet& other) {
    used_ = other.used_;
    count_ = other.count_;
    for (uint32_t i = 0; i < used_; ++i) words_[i] = other.words_[i];
  }
  void clear() { used_ = count_ = 0; }

  bool empty() const { return count_ == 0; }
  uint32_t count() const { return count_; }

  // The member with `rank` smaller ones. Precondition: rank < count().
  TaskId nth(uint32_t rank) const {
    uint32_t i = 0;
    for (; i + 1 < used_; ++i) {
      const uint32_t here = ones(words_[i]);
      if (rank < here) break;
      rank -= here;
    }
    return TaskId(i * 64 + place_of(words_[i], rank, count_ <= 4));
  }
  // The smallest member; none for the empty set.
  TaskId first() const { return next_from(0); }
  // The smallest member above `task`, else the smallest at all (round robin); none when empty.
  TaskId next_after(TaskId task) const {
    const TaskId above = next_from(task.index() + 1);
    return above.valid() ? above : first();
  }

  // Calls `visit` with each member, ascending; the set may not change meanwhile.
  template <typename Visit>
  void visit(Visit visit) const {
    for (uint32_t i = 0; i < used_; ++i) {
      for (uint64_t bits = words_[i]; bits != 0; bits &= bits - 1) {
        visit(TaskId(i * 64 + static_cast<uint32_t>(__builtin_ctzll(bits))));
      }
    }
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
  static uint64_t ones_of_bytes(uint64_t word) {
    word -= (word >> 1) & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
    return (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
  }
  static uint32_t ones(uint64_t word) {
    return static_cast<uint32_t>((ones_of_bytes(word) * 0x0101010101010101u) >> 56);
  }

  // Where in the word the bit with `rank` lower ones is; `few`: rank < 4. Ranks come at random: no
  // branch depends on one, as the processor would foresee half of them wrongly (select by bytes:
  // Vigna, "Broadword Implementation of Rank/Select Queries", WEA 2008, section 4).
  static uint32_t place_of(uint64_t word, uint32_t rank, bool few) {
    if (few) return place_of_few<3>(word, rank);
    constexpr uint64_t kEach = 0x0101010101010101u;
    const uint64_t sums = ones_of_bytes(word) * kEach;  // byte i: ones in bytes 0 … i
    const uint64_t below = (((rank * kEach) | (kEach << 7)) - sums) & (kEach << 7);
    const auto shift = static_cast<uint32_t>(((below >> 7) * kEach) >> 56) * 8;
    rank -= static_cast<uint32_t>((sums << 8) >> shift) & 255;
    return shift + place_of_few<7>(word >> shift, rank);
  }
  template <uint32_t kMost>
  static uint32_t place_of_few(uint64_t word, uint32_t rank) {
    for (uint32_t i = 0; i < kMost; ++i) word &= word - (i < rank ? 1 : 0);
    return static_cast<uint32_t>(__builtin_ctzll(word));
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
  uint32_t count_ = 0;      // members
  uint64_t words_[kWords];  // deliberately not initialised: clear() is O(1)
};

}  // namespace heddle
