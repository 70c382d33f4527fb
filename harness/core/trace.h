// What is kept of an execution.
#pragma once

#include <cstdint>
#include <vector>

#include "core/event.h"

namespace heddle {

enum class Ending : uint8_t { left, returned, stuck };

// Cheap facts of every execution.
struct TraceSummary {
  Ending ending = Ending::left;   // left: by a finding that ends it, or by the strategy
  uint64_t number = 0;            // of the execution (ExecutionNumber::number)
  uint64_t digest = 0;            // of all operations and points in order, with objects and results
  uint64_t operation_digest = 0;  // the same without plain accesses: equal in every replay
  uint64_t steps = 0;             // operations, scheduling points at accesses included
  uint64_t choice_points = 0;     // points with more than one possibility
  uint32_t tasks = 0;             // created, the body included
  uint32_t most_at_once = 0;      // alive and not ended at one moment
  bool overlapped = false;  // a task did something while one that it does not descend from lived
  uint32_t shared_objects = 0;  // synchronisation objects that two tasks or more used
  uint32_t switches = 0;        // context switches
  uint32_t weak_atomics = 0;    // atomic operations with an order weaker than seq_cst
  // Longest virtual time for which a task that could run was held back while a sleeper or a
  // time-out went ahead; only counted for strategies that follow what happens.
  uint64_t delay_ns = 0;
  uint64_t virtual_ns = 0;  // the body's clock at its end, since its start
};

// The story of an execution: recorded only when a schedule is replayed for a report.
struct Trace {
  TraceSummary summary;
  std::vector<RecordedEvent> events;
  uint64_t left_out =
      0;  // events beyond the recorder's limit: the oldest of the middle are dropped
};

}  // namespace heddle
