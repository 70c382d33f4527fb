// What the explorer needs of the layer that runs executions and knows the process: implemented by
// the runtime, faked in tests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/finding.h"
#include "core/point_key.h"
#include "core/strategy.h"
#include "core/trace.h"
#include "core/wait.h"
#include "engine/engine.h"
#include "engine/mate.h"

namespace heddle {

enum class PointMode : uint8_t { automatic, sync, all };

// A function to explore, run as task 0.
struct Body {
  void* (*entry)(void*) = nullptr;
  void* argument = nullptr;
};

struct ExecutionRequest {
  Strategy* strategy = nullptr;
  ExecutionNumber number;
  ExecutionLimits limits;
  Body body;
  PointMode points = PointMode::automatic;
  // Scheduling points in addition to those learned: of a child execution, or to be watched.
  const std::vector<PointKey>* extra_points = nullptr;
  bool record = false;        // keep the whole story: World::story
  uint64_t story_length = 0;  // of that story, where it is known: ExecutionOutcome::story_length
  bool keep_output = false;   // keep what the program prints: ExecutionOutcome::output
  bool pass_output = false;   // let the program print to the real descriptors
};

struct ExecutionOutcome {
  TraceSummary summary;
  bool returned = false;              // the body came to its end
  std::vector<Detection> detections;  // in order
  std::vector<PointKey> raced;        // granules on which a race was seen and that were no points
                                      // before this execution began
  bool more_shared = false;  // a strategy that follows was not told of all accesses to memory that
                             // several tasks touched: `raced` names it, or the world knows it now
  std::vector<std::string> outcomes;  // heddle::outcome calls
  int exit_status = -1;               // of a whole program that has come to its end
  uint64_t story_length = 0;          // events, those left out of the story included
  bool untold_stacks = false;  // the story keeps events whose call stacks were not looked at: it
                               // was longer than expected
  std::string output;
};

// A task as the engine knew it at the end of an execution.
struct TaskRecord {
  TaskId id;
  TaskId creator;
  uint32_t child = 0;
  std::string given_name;  // pthread_setname_np; may be empty
  uintptr_t entry = 0;     // start of its function, as pthread_create got it
  Site created_at;
  std::vector<uintptr_t> created_stack;  // return addresses, innermost first; recorded runs only
  bool ended = false;
  std::vector<HeldLock> held;
};

// How the name of an address or object reads, as far as the runtime knows: heap blocks, stacks.
struct Described {
  enum class What : uint8_t {
    unknown,
    global,
    heap,
    stack,
    thread_local_storage,
    file
  } what = What::unknown;
  uint64_t size = 0;                       // heap: of the block
  uint64_t offset = 0;                     // heap: of the address in the block
  bool freed = false;                      // heap
  Site allocated_at;                       // heap
  std::vector<uintptr_t> allocated_stack;  // heap, where recorded
  TaskId task;                             // stack: whose
  std::string text;                        // file: its path, with $DIR for the execution's folder
};

// Everything that a recorded execution leaves for its story.
struct Recording {
  Trace trace;
  std::vector<TaskRecord> tasks;  // all, by id
  std::vector<WaitInfo> waits;    // at the end: who was blocked, by id
};
using Story = Recording;  // an alias: reports has a type of that name, and one program holds both

// Executions in a row, from `request.number` on.
struct BatchRequest {
  ExecutionRequest request;
  uint64_t stride = 1;  // from each number to the next one
  uint64_t most = 1;
  uint64_t most_steps = ~uint64_t{0};  // no further one once this many operations are done
  // Values by which an execution may end without being worth telling; by joined_outcomes.
  const std::vector<std::string>* known_outcomes = nullptr;
};

// What is counted of an execution that has nothing else to tell.
struct PlainExecution {
  TraceSummary summary;
  uint64_t trace_class = 0;
  uint32_t outcome = 0;  // 1 + index in known_outcomes; 0: it stated nothing
  bool pruned = false;
  bool complete = false;  // else the strategy may not have seen its end
};

struct PlainExecutions {
  std::vector<PlainExecution> all;
  bool exhausted = false;  // the strategy had nothing left
};

// What an execution states, as one text.
std::string joined_outcomes(const std::vector<std::string>& outcomes);

class World {
 public:
  virtual ~World() = default;

  // The state from which every later execution starts: taken once, before the first one.
  virtual void take_snapshot() = 0;

  // Restores the state and runs one execution.
  virtual ExecutionOutcome execute(const ExecutionRequest& request) = 0;

  // Runs one execution as the strategy says, which is told of it; twice where that gives a story
  // that the first time cannot.
  ExecutionOutcome execute_told(ExecutionRequest request);

  // Runs executions until one has something to tell: detections, memory to be learned, an outcome
  // that is not known. Returns that one; those before it are added to `plain` one by one. The
  // strategy is told of each (begin, end). Ends early when it takes long.
  virtual std::optional<ExecutionOutcome> execute_some(const BatchRequest& wanted,
                                                       PlainExecutions& plain);

  // Calls `make` so that what it allocates can be used by executions, wherever they run: a
  // strategy, above all. It is freed as ever.
  virtual void lend(const std::function<void()>& make) { make(); }

  // A copy of this process as it is now, in which `work` is done, with this World there having a
  // state of its own: no points are known, nothing is lent. Null: there can be none.
  virtual std::unique_ptr<Mate> start_mate(const MateWork& work) {
    static_cast<void>(work);
    return nullptr;
  }

  // Whether from now on each execution is to have a process of its own, which nothing is left in by
  // others. False: it cannot be.
  virtual bool isolate(bool on) {
    static_cast<void>(on);
    return false;
  }

  // Executions of this exploration that were run again, as the process that ran them was killed
  // from outside.
  virtual uint64_t restarts() const { return 0; }

  // Makes these granules scheduling points of all later executions.
  virtual void learn(const std::vector<PointKey>& points) = 0;
  // Before each exploration: no points are known any more.
  virtual void forget_points() = 0;

  // ---- About the last execution -----------------------------------------------------------
  // Whether some of what was asked about it was not answered, as the process that had run it to its
  // end was killed from outside. To be run again.
  virtual bool lost_answers() const { return false; }
  virtual View<Choice> choices() const = 0;
  virtual std::vector<TaskRecord> tasks() const = 0;
  virtual Story story() const = 0;  // precondition: request.record
  virtual Described describe(uintptr_t address) const = 0;
  virtual Described describe(ObjectId object) const = 0;
  virtual uintptr_t address_of(ObjectId object) const = 0;
  virtual const char* kind_of(ObjectId object) const = 0;  // "mutex", "file", …
  // The granule of an address, as a name.
  virtual PointKey point_key(uintptr_t address) const = 0;
};

}  // namespace heddle
