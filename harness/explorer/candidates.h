// What an exploration has seen, merged: one candidate for all detections of one kind at the same
// instructions. What becomes of them is decided after the exploration (confirm.h).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/finding.h"
#include "core/point_key.h"

namespace heddle {

// What makes two detections of one exploration the same. A check is known by its place alone: its
// message may hold numbers, and source lines are what findings are merged by in the end. The sides
// of a race are unordered. Where a limit was met says nothing.
struct DetectionKey {
  FindingKind kind = FindingKind::check_failed;
  uintptr_t low_pc = 0;
  uintptr_t high_pc = 0;

  static DetectionKey of(const Detection& detection);
  friend bool operator==(const DetectionKey&, const DetectionKey&) = default;
  template <typename H>
  friend H AbslHashValue(H hash, const DetectionKey& key) {
    return H::combine(std::move(hash), key.kind, key.low_pc, key.high_pc);
  }
};

// The first detection of that key, or null.
const Detection* find_detection(const std::vector<Detection>& detections, const DetectionKey& key);

// A set of executions as ranges of ordinals: exact, and small where executions differ little.
class ExecutionSet {
 public:
  // Precondition: not below any member. Adding one twice counts it once.
  void add(uint64_t ordinal);
  void add_all(const ExecutionSet& other);
  uint64_t count() const;
  const std::vector<std::pair<uint64_t, uint64_t>>& ranges() const { return ranges_; }

 private:
  using Range = std::pair<uint64_t, uint64_t>;  // first and last
  std::vector<Range> ranges_;                   // ascending, with gaps in between
};

struct Candidate {
  DetectionKey key;
  Detection detection;            // as seen in the execution that is told
  uint64_t execution = 0;         // number of that execution: the first that showed it, mostly
  uint64_t operation_digest = 0;  // … of that execution
  // The execution has come to the limit of steps: in a replay that lies elsewhere, as accesses to
  // memory that has turned out to be raced on are steps as well.
  bool cut_short = false;
  Schedule schedule;            // … which repeats it
  std::vector<PointKey> watch;  // granules whose accesses belong into its story
  uint64_t delay_ns = 0;        // … which held tasks back for so long; the least of all
  ExecutionSet executions;      // all that showed it
};

class Candidates {
 public:
  // The candidate of a detection; `fresh` says whether it is a new one, still empty but for key and
  // detection. Valid until the next call.
  Candidate& admit(const Detection& detection, bool& fresh);
  std::vector<Candidate>& all() { return all_; }  // in the order of first detection
  bool empty() const { return all_.empty(); }
  size_t size() const { return all_.size(); }

 private:
  std::vector<Candidate> all_;
  absl::flat_hash_map<DetectionKey, size_t> index_;
};

}  // namespace heddle
