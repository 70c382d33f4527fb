// What has happened: one operation that took effect (or began to wait).
#pragma once

#include <cstdint>

#include "core/operation.h"

namespace heddle {

// How an operation ended. `blocked` events precede the event of the same operation's completion.
enum class Effect : uint8_t { done, failed, blocked, timed_out, woken_spuriously };

// Passed to observers on the hot path by reference; nothing in it is owned.
struct Event {
  Op op = Op::check;
  Effect effect = Effect::done;
  uint8_t size = 0;                          // bytes accessed
  MemoryOrder order = MemoryOrder::seq_cst;  // atomics and fences
  TaskId task;                               // who did it
  TaskId other;                              // created, joined or waited-for task, lock's owner
  ObjectId object;
  uintptr_t address = 0;
  uint64_t before = 0;  // value found (reads: the value read)
  uint64_t value = 0;   // value left behind, result, nanoseconds slept …
  Site site;
};

// An Event kept for a story, with its place and its call stack (innermost first, return addresses).
struct RecordedEvent {
  static constexpr int kMaxFrames = 12;
  Event event;
  uint64_t step = 0;       // 1-based number among all events of the execution
  uint64_t clock_ns = 0;   // the task's virtual time
  bool changes = false;    // `before` and `value` are both known (memory writes)
  uint8_t held_count = 0;  // locks held by the task, at most kMaxHeld of them listed
  static constexpr int kMaxHeld = 4;
  ObjectId held[kMaxHeld];
  uint8_t frame_count = 0;
  uintptr_t frames[kMaxFrames] = {};
  uintptr_t frame_ends[kMaxFrames] =
      {};  // where each frame's caller's begins (the CFA); 0: unknown
};

}  // namespace heddle
