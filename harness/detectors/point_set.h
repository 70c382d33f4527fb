// Which memory is a scheduling point: granules on which a race has been seen.
//
// They are named in a way that holds in every execution, worker and process, never by raw address.
// The shadow carries the flags during an execution; this set outlives it. Its content is a function
// of what was learned, in sorted order; what an execution adds is merged or discarded at its end.
#pragma once

#include <cstdint>

#include "base/arena.h"
#include "core/choice.h"
#include "core/point_key.h"
#include "detectors/shadow.h"

namespace heddle {

class PointSet {
 public:
  static constexpr uint32_t kMaxKeys = 1u << 16;
  static constexpr uint32_t kMaxAdditions = 1u << 10;

  // `arena` is never released below what this takes.
  explicit PointSet(Arena& arena);

  // Adds a key in this execution. False when it is known already, or the set is full. The caller
  // flags the granule itself: Shadow::set_point.
  bool learn(const PointKey& key);
  // What this execution has added so far, in that order.
  View<PointKey> additions() const { return {additions_, addition_count_}; }
  void merge_additions();
  void discard_additions() { addition_count_ = 0; }

  // All keys but the additions, sorted.
  View<PointKey> keys() const { return {keys_, key_count_}; }
  // Those whose addresses are known from the start of an execution: globals and fixed regions.
  View<PointKey> outside_heap() const { return {keys_, outside_heap_}; }
  // Replaces all keys; the order of `first` … does not matter. Additions are discarded.
  void assign(const PointKey* first, uint32_t count);

  // The slot's `serial`-th allocation of this execution is this block: flags its points. Inline:
  // costs a look at one bit when the block has none.
  void flag_block(Shadow& shadow, uint32_t slot, uint32_t serial, uintptr_t start,
                  size_t size) const {
    const uint32_t bit = filter_bit(slot, serial);
    if (__builtin_expect(((filter_[bit / 64] >> (bit % 64)) & 1) == 0, 1)) return;
    flag_known_block(shadow, slot, serial, start, size);
  }

 private:
  static constexpr uint32_t kFilterBits = 1u << 15;

  static uint32_t filter_bit(uint32_t slot, uint32_t serial) {
    return (slot * 0x9e3779b1u ^ serial * 0x85ebca77u) % kFilterBits;
  }
  void flag_known_block(Shadow& shadow, uint32_t slot, uint32_t serial, uintptr_t start,
                        size_t size) const;
  uint32_t lower_bound(const PointKey& key) const;
  void insert(const PointKey& key);

  PointKey* keys_;
  uint32_t key_count_ = 0;
  uint32_t outside_heap_ = 0;
  PointKey* additions_;
  uint32_t addition_count_ = 0;
  uint64_t* filter_;  // a bit for each (slot, serial) that has a key, shared by some others
};

}  // namespace heddle
