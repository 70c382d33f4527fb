// What the explorer needs of the layer that runs executions and knows the process: implemented by
// the runtime, faked in tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/finding.h"
#include "core/point_key.h"
#include "core/strategy.h"
#include "core/trace.h"
#include "core/wait.h"
#include "engine/engine.h"

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
  bool record = false;       // keep the whole story: World::story
  bool keep_output = false;  // keep what the program prints: ExecutionOutcome::output
  bool pass_output = false;  // let the program print to the real descriptors
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

class World {
 public:
  virtual ~World() = default;

  // The state from which every later execution starts: taken once, before the first one.
  virtual void take_snapshot() = 0;

  // Restores the state and runs one execution.
  virtual ExecutionOutcome execute(const ExecutionRequest& request) = 0;

  // Makes these granules scheduling points of all later executions.
  virtual void learn(const std::vector<PointKey>& points) = 0;
  virtual void forget_points() = 0;

  // ---- About the last execution -----------------------------------------------------------
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
