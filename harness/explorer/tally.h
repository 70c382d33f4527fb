// What the executions of an exploration come to, one after the other in the order of their numbers:
// evidence, outcomes, candidates, and whether it is to end. The same sums whether the executions
// ran here, in several processes or on several machines.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "explorer/candidates.h"
#include "explorer/explore.h"

namespace heddle {

// The execution that is being told, asked only where it is the first to show something.
class Witness {
 public:
  virtual ~Witness() = default;
  virtual Schedule schedule() = 0;  // that repeats it
  // Granules whose accesses belong into the story of the detection.
  virtual std::vector<PointKey> watch(const Detection& detection) = 0;
};

// A schedule that is known, of an execution about which there is no more to say.
class KnownWitness : public Witness {
 public:
  explicit KnownWitness(Schedule schedule) : schedule_(std::move(schedule)) {}
  Schedule schedule() override { return schedule_; }
  std::vector<PointKey> watch(const Detection&) override { return {}; }

 private:
  const Schedule schedule_;
};

// What takes the executions of an exploration.
class ExecutionSink {
 public:
  // Outcomes that are worth comparing each execution's with.
  static constexpr size_t kMostKnown = 64;

  virtual ~ExecutionSink() = default;
  // Whether no further execution is to be run.
  virtual bool due() = 0;
  // Limits for what may be run before asking again.
  virtual uint64_t executions_left() const = 0;
  virtual uint64_t steps_left() const = 0;
  // By which an execution may end without being worth telling.
  virtual const std::vector<std::string>& known_outcomes() const = 0;

  // An execution with nothing to tell but, perhaps, one of the outcomes that are known.
  virtual void take(const PlainExecution& execution) = 0;
  // `plain` is what would be counted of it had it nothing to tell.
  virtual void take(ExecutionNumber number, const ExecutionOutcome& outcome,
                    const PlainExecution& plain, Witness& witness) = 0;
  virtual void exhausted() = 0;  // there is nothing left to explore
};

class Tally : public ExecutionSink {
 public:
  // `searches`: the strategy comes to an end by itself.
  Tally(bool searches, const ExploreOptions& options, const ExploreCallbacks& callbacks);

  bool due() override;
  uint64_t executions_left() const override { return end_at_execution_ - passed(); }
  uint64_t steps_left() const override { return end_at_step_ - evidence_.steps; }
  const std::vector<std::string>& known_outcomes() const override { return known_outcomes_; }
  void take(const PlainExecution& execution) override;
  void take(ExecutionNumber number, const ExecutionOutcome& outcome, const PlainExecution& plain,
            Witness& witness) override;
  void exhausted() override { ended_by_ = "exhausted"; }

  Candidates& candidates() { return candidates_; }
  const Evidence& evidence() const { return evidence_; }
  void tell_outcomes(ExplorationResult& result) const;
  // Of a shard: its executions, and the outcomes that they stated.
  void tell_executions(ShardPart& part) const;
  const char* ended_by() const { return ended_by_; }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;

  // Executions so far as limits count them: of a shard, those that the others have run as well.
  uint64_t passed() const { return options_.shard.of > 1 ? next_number_ : evidence_.executions; }
  void count(const PlainExecution& execution);
  void keep_row(const PlainExecution& execution, const std::string* outcome);
  void note_outcome(std::string value, Witness& witness);
  void note_detections(ExecutionNumber number, const ExecutionOutcome& outcome, Witness& witness);
  void note_error();
  void limit_steps();

  const bool searches_;
  const ExploreOptions& options_;
  const ExploreCallbacks& callbacks_;
  const Clock::time_point start_;
  Candidates candidates_;
  Evidence evidence_;
  uint64_t next_number_ = 0;
  int hangs_ = 0;
  bool failed_ = false;  // an execution has shown an error
  absl::btree_map<std::string, OutcomeCount> outcomes_;
  std::vector<std::string> known_outcomes_;  // the first of them
  uint64_t outcomes_left_out_ = 0;
  absl::flat_hash_set<uint64_t> digests_;  // its order never matters
  ShardPart rows_;                         // of a shard
  uint64_t end_at_execution_;
  uint64_t end_at_step_;
  const char* last_execution_by_ = "executions";  // what end_at_execution_ comes from
  const char* ended_by_ = nullptr;
};

}  // namespace heddle
