// Whether executions depend on nothing but their schedule: now and then one is repeated.
//
// Where something is left of an execution that the next one meets, each gets a process of its own;
// where that does not help, the program is not deterministic.
#pragma once

#include <string>
#include <vector>

#include "explorer/explore.h"
#include "explorer/replayer.h"

namespace heddle {

class Repetition {
 public:
  // One execution in so many is repeated: the first one, the 65th …
  static constexpr uint64_t kEvery = 64;

  // `symbolizer` names what differs.
  Repetition(World& world, const ExploreOptions& options, const ReplayFactory& replay,
             Symbolizer& symbolizer)
      : world_(world),
        symbolizer_(symbolizer),
        replayer_(world, options.body, options.limits, replay) {}

  // How many executions may be run before one is to be repeated: at least one.
  uint64_t until_next() const { return left_ == 0 ? 1 : left_; }
  // So many have been run. True: the last one of them is to be repeated, or else the next one.
  bool passed(uint64_t executions) {
    left_ = executions < left_ ? left_ - executions : 0;
    return left_ == 0;
  }
  // What came of an execution.
  struct Result {
    uint64_t operations = 0;  // digest
    std::string outcome;
    std::vector<FindingKind> detections;
    bool operator==(const Result&) const = default;
  };
  // Repeats the last execution, which had that schedule. False: it came out differently, in a
  // process of its own as well.
  bool holds(const Schedule& schedule, const Result& last);

  // Why each execution has a process of its own since; empty: it has not.
  const std::string& isolated_by() const { return isolated_by_; }

 private:
  Result repeat(const Schedule& schedule);

  World& world_;
  Symbolizer& symbolizer_;
  Replayer replayer_;
  uint64_t left_ = 1;
  bool failed_ = false;  // once is enough
  std::string isolated_by_;
};

}  // namespace heddle
