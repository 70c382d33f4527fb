// What a detector saw: plain data, for code that runs on fibers. Readers get a Finding
// (core/finding.h).
#pragma once

#include <cstdint>

#include "core/operation.h"

namespace heddle {

// X(enumerator, name in reports and JSON). contract.md, Finding kinds.
#define HEDDLE_FINDING_KINDS(X)               \
  X(data_race, "data-race")                   \
  X(check_failed, "check-failed")             \
  X(uncaught_exception, "uncaught-exception") \
  X(crash, "crash")                           \
  X(exit, "exit")                             \
  X(deadlock, "deadlock")                     \
  X(self_deadlock, "self-deadlock")           \
  X(orphaned_lock, "orphaned-lock")           \
  X(lost_wakeup, "lost-wakeup")               \
  X(lock_misuse, "lock-misuse")               \
  X(use_after_free, "use-after-free")         \
  X(double_free, "double-free")               \
  X(leaked_task, "leaked-task")               \
  X(step_limit, "step-limit")                 \
  X(time_limit, "time-limit")                 \
  X(task_limit, "task-limit")                 \
  X(output, "output")                         \
  X(outputs_differ, "outputs-differ")         \
  X(nondeterminism, "nondeterminism")         \
  X(not_modelled, "not-modelled")             \
  X(lock_order_cycle, "lock-order-cycle")     \
  X(memory_limit, "memory-limit")

enum class FindingKind : uint8_t {
#define X(name, word) name,
  HEDDLE_FINDING_KINDS(X)
#undef X
};
const char* word(FindingKind kind);

// These two mean "Heddle could not judge": verdict error instead of fail.
inline bool is_verdict_error(FindingKind kind) {
  return kind == FindingKind::nondeterminism || kind == FindingKind::not_modelled;
}

// Who says so.
enum class Judge : uint8_t { heddle, tsan };

// One side of a race.
struct AccessInfo {
  TaskId task;
  bool write = false;
  bool atomic = false;
  bool free = false;  // the write is the release of the heap block
  uint8_t size = 0;   // bytes
  uintptr_t address = 0;
  Site site;
};

// What a detector saw, while state is held: plain data in the arena, no strings owned. Equal
// (kind, site, other_site) in one exploration are one finding. The rest of the story comes from
// replaying the schedule.
struct Detection {
  FindingKind kind = FindingKind::check_failed;
  bool partial = false;  // deadlock: other tasks could still move
  bool note = false;     // worth telling, but nothing is wrong
  Judge judge = Judge::heddle;
  AccessInfo access;   // data-race: the later access; else who and where
  AccessInfo earlier;  // data-race: the earlier one; use of dead memory: its end (`free`, or …
                       // … the task whose stack it was); lock-misuse: the other task
  ObjectId object;     // lock or condition in question
  ObjectId held;       // lock-order-cycle: the lock that is held while `object` is taken
  uint64_t step = 0;   // number of the event it follows
  char detail[256] = {0};  // check message, exception's type and text, call that is not modelled;
                           // lock-misuse: "locks {}, which {other} destroyed" (sync/misuse.h)
  static constexpr uint32_t kMaxFrames = 16;
  uint32_t frame_count = 0;           // where the task stood, if that ended the execution:
  uintptr_t frames[kMaxFrames] = {};  // return addresses, innermost first
};

}  // namespace heddle
