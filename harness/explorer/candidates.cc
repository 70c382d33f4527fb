#include "explorer/candidates.h"

#include <algorithm>

#include "base/check.h"

namespace heddle {

DetectionKey DetectionKey::of(const Detection& detection) {
  DetectionKey key;
  key.kind = detection.kind;
  const bool limit = key.kind == FindingKind::step_limit || key.kind == FindingKind::time_limit ||
                     key.kind == FindingKind::task_limit || key.kind == FindingKind::memory_limit;
  if (limit) return key;
  const uintptr_t one = detection.access.site.pc;
  const uintptr_t other = detection.earlier.site.pc;
  key.low_pc = std::min(one, other);
  key.high_pc = std::max(one, other);
  return key;
}

const Detection* find_detection(const std::vector<Detection>& detections, const DetectionKey& key) {
  for (const Detection& detection : detections) {
    if (DetectionKey::of(detection) == key) return &detection;
  }
  return nullptr;
}

void ExecutionSet::add(uint64_t ordinal) {
  if (ranges_.empty() || ranges_.back().second + 1 < ordinal) {
    ranges_.emplace_back(ordinal, ordinal);
    return;
  }
  HEDDLE_CHECK(ranges_.back().second <= ordinal);
  ranges_.back().second = ordinal;
}

void ExecutionSet::add_all(const ExecutionSet& other) {
  std::vector<Range> both = ranges_;
  both.insert(both.end(), other.ranges_.begin(), other.ranges_.end());
  std::sort(both.begin(), both.end());
  ranges_.clear();
  for (const Range& range : both) {
    if (!ranges_.empty() && range.first <= ranges_.back().second + 1) {
      ranges_.back().second = std::max(ranges_.back().second, range.second);
    } else {
      ranges_.push_back(range);
    }
  }
}

uint64_t ExecutionSet::count() const {
  uint64_t sum = 0;
  for (const Range& range : ranges_) sum += range.second - range.first + 1;
  return sum;
}

Candidate& Candidates::admit(const Detection& detection, bool& fresh) {
  const DetectionKey key = DetectionKey::of(detection);
  const auto [found, inserted] = index_.emplace(key, all_.size());
  fresh = inserted;
  if (inserted) {
    all_.emplace_back();
    all_.back().key = key;
    all_.back().detection = detection;
  }
  return all_[found->second];
}

}  // namespace heddle
