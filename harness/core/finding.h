// What is wrong with the program, for readers. On fibers it is a Detection.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/detection.h"
#include "core/operation.h"
#include "core/schedule.h"
#include "core/trace.h"

namespace heddle {

enum class Severity : uint8_t { note, warning, error };

// ---- Host side: what reports are made of. -----------------------------------------------------

// A place in the source, as symbols give it. `file` is relative to the build's source root where
// it lies below it. Empty strings and 0 where unknown.
struct SourcePlace {
  std::string file;
  int line = 0;
  std::string function;
};

struct TaskInfo {
  TaskId id;
  std::string name;  // pthread_setname_np, else entry function and creation line, else main
  SourcePlace created_at;
  bool ended = false;
};

// Step of a story, resolved to names.
struct Step {
  uint64_t step = 0;
  TaskId task;
  Op op = Op::check;
  Effect effect = Effect::done;
  std::string object;      // "balance", "a.mutex", "heap block of 24 bytes allocated at …"
  uint64_t object_id = 0;  // tells objects of equal names apart; 0: not known, go by name
  bool has_value = false;  // `value` means something to a reader
  bool changes = false;    // `before` as well: the operation wrote
  int64_t before = 0;
  int64_t value = 0;  // sign-extended from the accessed size
  TaskId other;       // lock's owner, joined or created task
  uint64_t clock_ns = 0;
  uint64_t duration_ns = 0;        // sleeps
  SourcePlace place;               // innermost frame in the user's sources
  std::vector<SourcePlace> stack;  // innermost first
  std::vector<std::string> locks;  // held by the task
  bool foreign = false;            // made by code of the program whose source nobody knows
  bool relevant = true;            // belongs to the finding; --all shows the others as well
  std::string note;                // remark of the story: "overwrites teller-1's 1"
};

struct Wait {
  TaskId task;
  std::string for_what;  // "lock b.mutex", "join teller-1", "wait on not_empty"
  TaskId owner;          // who could end it; none: nobody
  bool owner_ended = false;
  bool owner_waits = false;     // holds nothing yet: a writer that goes before readers
  uint32_t further_owners = 0;  // must let go as well
  SourcePlace since;            // where it waits
  std::string holds;            // "a.mutex (since transfer.cc:21)", empty when nothing
};

struct Finding {
  FindingKind kind = FindingKind::check_failed;
  Severity severity = Severity::error;
  std::string judge = "heddle";
  std::string message;      // one line: "balance == 2, but it was 1"
  std::string explanation;  // sentences: what happened and why, empty when nothing is known
  uint64_t count = 0;       // executions that showed it
  uint64_t execution = 0;   // the first of them
  bool partial = false;
  // No execution showed it in which a task that could run was held back for less, while a sleeper
  // or a time-out went ahead; 0: not counted, or no matter.
  uint64_t delay_ns = 0;
  int caused_by = -1;           // index, in the result's findings, of the finding behind this one
  std::string schedule;         // h1.…
  bool minimal = false;         // dropping any one switch of the schedule would lose the finding
  uint64_t gave_up_after = 0;   // not minimal: replays that were tried; 0: nobody tried
  std::string replay;           // whole command line
  std::vector<TaskInfo> tasks;  // those involved, by id
  std::vector<Step> steps;      // the interleaving
  uint64_t steps_left_out = 0;
  // The same execution with every access to memory that several tasks used: for mistakes that the
  // locks or atomics of the single accesses hide. Empty where it was not recorded.
  std::vector<Step> closer_steps;
  bool seen_closer = false;  // these are `steps` by now: the mistake shows only there
  std::string mistake;  // known to stand behind it: "lost-update", "check-then-act" …; may be empty
  std::vector<Wait> waits;
  std::vector<Step> accesses;      // data-race: the two accesses, later one first
  std::vector<SourcePlace> stack;  // where the task stood that ended the execution, innermost first
  std::string object;              // data-race: what is raced on: "balance (global, 4 bytes)"
  std::vector<std::string> output;  // last 20 lines that the program printed
  // By which findings of shards are known to be the same, and the executions that showed it, as
  // ranges (first, last) of their ordinals in the shard.
  std::string key;
  std::vector<std::pair<uint64_t, uint64_t>> seen_in;
};

}  // namespace heddle
