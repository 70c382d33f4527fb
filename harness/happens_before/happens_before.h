// Happens-before as vector clocks, by the rules of C++20 [intro.races] and [atomics.fences].
//
// Every operation of the program that orders tasks is one call here, made when it takes effect.
// Two notions travel along:
//   order         happens-before, what the race detector judges by; only what the standard grants;
//   virtual time  an operation is not earlier than any it depends on, relaxed ones included. Time
//                 itself lives with the task (the engine's clock); here it is only carried on.
//
// A task's epoch advances after everything that publishes its clock, and after a join. The race
// detector must know an atomic operation by the epoch *before* that: the methods return it.
#pragma once

#include <cstdint>

#include "base/arena.h"
#include "base/ids.h"
#include "core/operation.h"
#include "core/vector_clock.h"

namespace heddle {

// Is told the edges that models make, for a judge of its own; not those of atomics, which it sees.
class OrderListener {
 public:
  virtual ~OrderListener() = default;
  virtual void acquired(TaskId task, ObjectId object, bool shared) = 0;
  virtual void released(TaskId task, ObjectId object, bool shared) = 0;
  virtual void joined(TaskId joiner, TaskId ended) = 0;
};

class HappensBefore {
 public:
  // `arena` is this object's alone: begin_execution gives back what the last one took of it.
  explicit HappensBefore(Arena& arena);

  void set_listener(OrderListener* listener) { listener_ = listener; }

  // A new execution with task 0 only. `time_ns` is the task's clock, for as long as it lives.
  void begin_execution(uint64_t& time_ns);

  // Tasks are created in order of id.
  void task_created(TaskId parent, TaskId child, uint64_t& child_time_ns);
  // `ended` has ended, and `joiner` knows.
  void joined(TaskId joiner, TaskId ended);

  // ---- Locks, conditions, once, barriers: what a model hands on. -------------------------------
  // Takes what was released to the object (a lock is taken, a waiter learns of its notify).
  void acquire(TaskId task, ObjectId object);
  // The same among tasks that do not exclude each other (readers of a lock): no order in time.
  void acquire_shared(TaskId task, ObjectId object);
  // Saw the object's state without ordering (a failed try): only time flows.
  void observe(TaskId task, ObjectId object);
  // Changed the object's state without ordering (a file's content): only time flows.
  void touch(TaskId task, ObjectId object);
  // Hands on the task's clock alone (unlock), or together with what is there (semaphores,
  // several notifiers).
  void release_assign(TaskId task, ObjectId object);
  void release_join(TaskId task, ObjectId object);
  // A reader of a lock lets go: only who then takes the lock alone (acquire) comes after it.
  void release_shared(TaskId task, ObjectId object);

  // ---- Atomics. A failed compare-exchange is a load with the failure order. --------------------
  // They return the epoch at which the operation accesses its memory.
  Epoch atomic_load(TaskId task, ObjectId object, MemoryOrder order);
  Epoch atomic_store(TaskId task, ObjectId object, MemoryOrder order);
  Epoch atomic_update(TaskId task, ObjectId object, MemoryOrder order);
  void fence(TaskId task, MemoryOrder order);

  const VectorClock& clock(TaskId task) const { return tasks_[task.index()].clock; }
  Epoch now(TaskId task) const { return tasks_[task.index()].now; }
  uint32_t tasks() const { return task_count_; }

 private:
  struct TaskState {
    VectorClock clock;  // includes now
    Epoch now;
    VectorClock fence_release;    // clock at the last release fence; relaxed stores publish it
    VectorClock pending_acquire;  // what relaxed loads saw; an acquire fence takes it
    uint64_t* time_ns;
  };
  struct ObjectState {
    VectorClock release;   // what an acquire takes: of the last release sequence
    VectorClock* readers;  // what an acquire takes besides, but acquire_shared does not; or null
    uint64_t changed_ns;   // no access may be earlier than the last change …
    uint64_t accessed_ns;  // … and no change earlier than the last access
  };

  TaskState& state(TaskId task);
  ObjectState& state(ObjectId object);
  void start_task(TaskId task, uint64_t& time_ns);
  void advance(TaskState& task);
  static void time_of_read(TaskState& task, ObjectState& object);
  static void time_of_change(TaskState& task, ObjectState& object);
  void take(TaskState& task, ObjectState& object, MemoryOrder order);

  Arena& arena_;
  OrderListener* listener_ = nullptr;
  TaskState* tasks_;  // kMaxTasks of them
  char* mark_;        // from here on the memory is of one execution
  uint32_t task_count_ = 0;
  ObjectState* objects_ = nullptr;
  uint32_t object_count_ = 0;  // initialised
  uint32_t object_capacity_ = 0;
};

}  // namespace heddle
