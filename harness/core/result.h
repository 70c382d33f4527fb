// The value that an exploration returns and that reports are pure functions of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/finding.h"

namespace heddle {

// More different outcomes than this are counted, not listed.
inline constexpr size_t kMaxOutcomes = 1000;

enum class Verdict : uint8_t { pass, fail, error };
const char* word(Verdict verdict);

enum class EvidenceKind : uint8_t { exhaustive, bounded, sampled };
const char* word(EvidenceKind kind);

// How strong a pass is.
struct Evidence {
  EvidenceKind kind = EvidenceKind::sampled;
  uint64_t executions = 0;
  uint64_t steps = 0;  // operations over all executions
  uint64_t distinct_traces = 0;
  uint32_t spurious = 0;  // exhaustive and bounded: wake-ups for each wait that were explored
  uint64_t worker_restarts = 0;  // executions run again: what ran them was killed from outside
  std::string isolated_by;       // why each execution had a process of its own; empty: it had not
  uint64_t pruned = 0;  // executions left because they were equivalent to others; not counted above
  double share = 0;     // of all, by an estimate, where a search has not come to its end; 0: none
  uint64_t choice_points = 0;  // over all executions
  uint32_t tasks = 0;          // most in one execution, the body included
  uint32_t most_at_once = 0;
  uint32_t shared_objects = 0;  // locks, atomics, files … that two tasks or more used, most in one
                                // execution; plain memory is not counted
  uint64_t weak_atomics = 0;   // operations with weaker orders: their stale reads not explored
  uint64_t virtual_ns = 0;     // longest execution in virtual time
  bool vacuous = false;        // no two tasks ever overlapped
  std::string bound;           // evidence bounded: what bounds it, "2 preemptions"
  int pct_depth = 0;           // 0: no bound stated
  double pct_probability = 0;  // of having seen a bug of that depth
  uint64_t pct_executions = 0;
  std::vector<std::string> uninstrumented;  // units and libraries whose accesses are not seen
};

// One of the end results that executions stated (heddle::outcome), and a schedule that gives it.
struct OutcomeCount {
  std::string value;     // several calls of one execution are joined by ", "
  uint64_t count = 0;    // executions
  std::string schedule;  // of the first of them
  std::string replay;    // whole command line
};

// An execution of a shard: what sums and limits depend on.
struct ShardExecution {
  TraceSummary summary;  // executions that follow one another on a race have one number
  uint64_t trace_class = 0;
  int64_t outcome = -1;  // index in ShardPart::outcomes; -1: it stated none
};

// What a share of an exploration has to add, so that all of them can be joined.
struct ShardPart {
  uint32_t index = 0;
  uint32_t of = 1;
  // The limits of the whole.
  uint64_t executions = 0;
  uint64_t steps = 0;
  uint64_t after = 0;
  bool keep_going = false;
  uint64_t told_delay_ns = 0;
  uint32_t depth = 0;                 // pct's
  uint32_t require_tasks = 0;         // of the whole, too
  std::vector<ShardExecution> all;    // in order
  std::vector<std::string> outcomes;  // different ones, in the order in which they came
  std::vector<Finding> findings;      // before they are explained
};

// An entry of the file that says which findings are left out.
struct Suppressed {
  std::string entry;
  uint64_t findings = 0;  // that it has left out; 0: it is not needed
  bool expired = false;   // and leaves out nothing any more
};

struct ExplorationResult {
  std::string scenario;
  std::vector<std::pair<std::string, uint64_t>> parameters;  // all of them
  Verdict verdict = Verdict::pass;
  Evidence evidence;
  std::string strategy;
  uint64_t seed = 1;
  std::string ended_by;                // "executions", "after", "time", "steps", "interrupted"
  std::vector<Finding> findings;       // severity errors first, in order of execution
  std::vector<OutcomeCount> outcomes;  // in order of value; at most kMaxOutcomes different ones
  uint64_t outcomes_left_out = 0;      // executions whose outcome is not among them
  double seconds = 0;                  // wall time; reports print it only with --verbose
  std::optional<ShardPart> shard;      // of a share alone
  std::vector<Suppressed> suppressed;  // one of each entry, in the order of the file
};

// A replay: one execution, told completely.
struct ReplayResult {
  ExplorationResult result;     // findings of this execution, at most
  std::vector<TaskInfo> tasks;  // all
  std::vector<Step> steps;      // all recorded; `relevant` marks those of the finding
  uint64_t steps_left_out = 0;
  std::vector<std::string> outcome;  // the scenario's closing values: "balance = -8"
  std::string output;                // what the program printed
  bool diverged = false;             // the schedule did not fit this build to its end
  std::string divergence;            // where it left the track
};

}  // namespace heddle
