// What a step of a task has to do with: memory, locks, files, by names that hold in every execution
// in which the task gets there the same way.
//
// Two steps are dependent when they use the same thing and it matters who comes first. Only that is
// decided here; which order an execution had, and which could be turned round: trace_order.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/event.h"

namespace heddle {

// How a thing is used. Two reads commute, and so do two shared uses (readers of a lock, waiters of
// a condition); everything else depends.
enum class Use : uint8_t { read, shared, write };

struct Item {
  uint64_t key = 0;  // space and address
  uint8_t mask = 0;  // memory: the bytes of the granule; else all ones
  Use use = Use::read;
  // It would have waited had the thing not been free: another may have made it possible, and cannot
  // come later then.
  bool waits = false;
  // What holds the thing afterwards: one alone, or several readers.
  int8_t holds = 0;         // +1, -1
  int8_t holds_shared = 0;  // +1, -1
  // A semaphore's, before. kNoCount: it is none.
  static constexpr uint32_t kNoCount = ~uint32_t{0};
  // Whether it could go on before others came cannot be told from what holds.
  static constexpr uint32_t kUnknown = kNoCount - 1;
  uint32_t count = kNoCount;
  bool takes = false;  // a semaphore: one less afterwards
};

inline bool dependent(const Item& a, const Item& b) {
  if (a.key != b.key || (a.mask & b.mask) == 0) return false;
  return a.use == Use::write || b.use == Use::write || a.use != b.use;
}

// Receives items, a few for each event.
class ItemSink {
 public:
  virtual void add(const Item& item) = 0;

 protected:
  ~ItemSink() = default;
};

// A plain access, or an atomic's.
void add_memory(uintptr_t address, size_t size, Use use, ItemSink& sink);

// What an event used. `begun` is the operation that the step began with, `chosen`: it made a choice
// of a value, so that what it got is no other task's doing.
void add_event(const Event& event, const Operation& begun, bool chosen, ItemSink& sink);

// What a task that waits in `operation` would use could it go on; false where that is no lock.
bool waiting_item(const Operation& operation, Item& item);

// Whether a blocked event means that nothing has happened: the task only waits for its turn.
bool only_waits(const Event& event);

bool is_memory(const Item& item);

// Whether a task that is about to perform it could be seen by others.
bool visible(const Operation& operation);

}  // namespace heddle
