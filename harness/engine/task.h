// A task of the running execution, and the queues it waits in.
#pragma once

#include <cstdint>

#include "core/event.h"
#include "core/task_set.h"

namespace heddle {

enum class TaskState : uint8_t { runnable, blocked, ended };

// Why a blocked task goes on.
enum class Wake : uint8_t { notified, timed_out, spurious, cancelled };

inline constexpr uint64_t kNoDeadline = ~uint64_t{0};

// Whether a request to cancel the task ends such a wait (POSIX.1-2017, 2.9.5.2).
inline bool is_cancellation_point(Op op) {
  return op == Op::condition_wait || op == Op::semaphore_wait || op == Op::task_join ||
         op == Op::sleep || op == Op::signal_wait;
}

// Tasks that wait for one thing. `owner` is who can end the wait, where one task can: a mutex's
// holder, the task that is joined; it is what deadlock detection follows.
struct WaitQueue {
  TaskSet* waiters = nullptr;  // in the execution's arena, made when somebody first waits
  TaskId owner;
  const TaskSet* owners = nullptr;  // instead of `owner`: all of them must let go (readers)
  uint32_t notifies = 0;            // wake_one and wake_all calls so far
  bool empty() const { return waiters == nullptr || waiters->empty(); }
};

// A lock that a task holds.
struct HeldLock {
  ObjectId object;
  uintptr_t address = 0;
  Site since;
};

class Engine;

struct Task {
  static constexpr uint32_t kMaxHeld = 16;

  Engine* engine = nullptr;
  TaskId id;
  TaskId creator;
  uint32_t child = 0;     // n-th child of its creator, from 1
  uint32_t children = 0;  // created by it so far
  uint32_t slot = 0;      // of its stack, control block and heap
  TaskState state = TaskState::runnable;
  bool detached = false;
  bool joined = false;
  bool cancel_requested = false;
  bool cancel_disabled = false;

  bool cancels() const { return cancel_requested && !cancel_disabled; }

  // Signals (sync/signals.h), bit n - 1 for signal n.
  uint64_t signals_blocked = 0;  // as its creator's at first
  uint64_t signals_awaited = 0;  // while it waits for them
  bool interrupted = false;      // one has come for it: TaskRunner::interrupt

  // Progress, which names its choices. The current operation's number; accesses since; turns there.
  uint32_t operations = 0;
  uint32_t accesses = 0;
  uint32_t turn = 0;
  uint32_t stop_at = 0;  // count of accesses at which to make a scheduling point

  // Virtual time since the start of the execution, nanoseconds.
  uint64_t clock_ns = 0;
  uint64_t deadline_ns = kNoDeadline;  // of a sleep or timed wait
  uint32_t clock_reads = 0;            // in a row, without anything else

  // Waiting.
  WaitQueue* queue = nullptr;  // null while asleep or runnable
  Wake wake = Wake::notified;
  // Spurious wake-ups in a row at one place: `while (!ready) wait()` is one wait for their bound.
  uint32_t spurious_count = 0;
  uintptr_t spurious_site = 0;
  uintptr_t spurious_at = 0;
  Op waits_with = Op::check;  // the operation it is blocked in
  ObjectId waits_for;
  uintptr_t waits_at = 0;
  Site waits_site;

  // The atomic load that was its last operation, and, while it waits for a futex, the value that it
  // waits to see changed.
  struct Look {
    uintptr_t address = 0;
    uint64_t value = 0;
    uintptr_t pc = 0;
    uint32_t operation = 0;  // the task's own, which was this look
    uint8_t size = 0;        // 0: none
    bool second = false;     // the operation before was a look at the same place, from elsewhere
  };
  Look looked;
  Look watches;

  uint64_t progress = 0;  // Engine::note_progress; only counted for strategies that follow

  // Repeated reads (Engine::note_read).
  uint64_t streak_changes = 0;
  uintptr_t anchor_address = 0;
  uintptr_t anchor_pc = 0;
  uint32_t anchor_hits = 0;
  uint32_t streak_reads = 0;

  // What it runs.
  void* (*entry)(void*) = nullptr;
  void* argument = nullptr;
  void* result = nullptr;
  Site created_at;
  WaitQueue joiners;
  char name[16] = {0};  // pthread_setname_np; empty: none given

  // Whether malloc gives it blocks that it has just freed; asked when it first could.
  enum class Reuse : uint8_t { unknown, late, at_once } reuse = Reuse::unknown;

  HeldLock* held = nullptr;  // the first kMaxHeld of them
  uint32_t held_count = 0;   // all
  void* runtime = nullptr;   // the runtime's own data of this task (thread-specific values, …)
};

}  // namespace heddle
