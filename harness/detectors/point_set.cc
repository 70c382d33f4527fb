#include "detectors/point_set.h"

namespace heddle {

static_assert(kGranuleBytes == Shadow::kGranule);

PointSet::PointSet(Arena& arena) {
  keys_ = static_cast<PointKey*>(arena.allocate(kMaxKeys * sizeof(PointKey), alignof(PointKey)));
  additions_ =
      static_cast<PointKey*>(arena.allocate(kMaxAdditions * sizeof(PointKey), alignof(PointKey)));
  filter_ = arena.make<uint64_t>(kFilterBits / 64);
}

uint32_t PointSet::lower_bound(const PointKey& key) const {
  uint32_t low = 0;
  uint32_t high = key_count_;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (keys_[middle] < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool PointSet::learn(const PointKey& key) {
  const uint32_t place = lower_bound(key);
  if (place < key_count_ && keys_[place] == key) return false;
  for (const PointKey& other : additions()) {
    if (other == key) return false;
  }
  if (addition_count_ == kMaxAdditions) return false;
  additions_[addition_count_++] = key;
  return true;
}

void PointSet::insert(const PointKey& key) {
  const uint32_t place = lower_bound(key);
  if (key_count_ == kMaxKeys || (place < key_count_ && keys_[place] == key)) return;
  for (uint32_t i = key_count_; i > place; --i) keys_[i] = keys_[i - 1];
  keys_[place] = key;
  ++key_count_;
  if (key.space != PointSpace::heap) {
    ++outside_heap_;
    return;
  }
  const uint32_t bit = filter_bit(key.owner, key.serial);
  filter_[bit / 64] |= uint64_t{1} << (bit % 64);
}

void PointSet::merge_additions() {
  for (const PointKey& key : additions()) insert(key);
  addition_count_ = 0;
}

void PointSet::assign(const PointKey* first, uint32_t count) {
  key_count_ = 0;
  outside_heap_ = 0;
  addition_count_ = 0;
  for (uint32_t i = 0; i < kFilterBits / 64; ++i) filter_[i] = 0;
  for (uint32_t i = 0; i < count; ++i) insert(first[i]);
}

void PointSet::flag_known_block(Shadow& shadow, uint32_t slot, uint32_t serial, uintptr_t start,
                                size_t size) const {
  for (uint32_t i = lower_bound(PointKey::in_block(slot, serial, 0)); i < key_count_; ++i) {
    const PointKey& key = keys_[i];
    if (key.space != PointSpace::heap || key.owner != slot || key.serial != serial) return;
    const uint64_t offset = key.granule * kGranuleBytes;
    if (offset < size) shadow.set_point(start + offset);
  }
}

}  // namespace heddle
