// What a task does at a scheduling point, and the table of all kinds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/ids.h"

namespace heddle {

// X(enumerator, word in reports and JSON). Order is part of the trace digest: append only.
#define HEDDLE_OPERATIONS(X)            \
  X(task_start, "start")                \
  X(task_end, "end")                    \
  X(task_create, "create")              \
  X(task_join, "join")                  \
  X(task_detach, "detach")              \
  X(read, "read")                       \
  X(write, "write")                     \
  X(atomic_load, "load")                \
  X(atomic_store, "store")              \
  X(atomic_update, "update")            \
  X(atomic_compare, "compare-exchange") \
  X(fence, "fence")                     \
  X(mutex_lock, "lock")                 \
  X(mutex_try_lock, "try-lock")         \
  X(mutex_unlock, "unlock")             \
  X(condition_wait, "wait")             \
  X(condition_signal, "notify-one")     \
  X(condition_broadcast, "notify-all")  \
  X(once, "once")                       \
  X(futex_wait, "futex-wait")           \
  X(futex_wake, "futex-wake")           \
  X(read_lock, "read-lock")             \
  X(write_lock, "write-lock")           \
  X(rwlock_unlock, "rw-unlock")         \
  X(semaphore_wait, "semaphore-wait")   \
  X(semaphore_post, "semaphore-post")   \
  X(barrier_wait, "barrier-wait")       \
  X(yield, "yield")                     \
  X(sleep, "sleep")                     \
  X(clock_read, "clock")                \
  X(random, "random")                   \
  X(file_open, "open")                  \
  X(file_close, "close")                \
  X(file_read, "file-read")             \
  X(file_write, "file-write")           \
  X(file_lock, "file-lock")             \
  X(file_unlock, "file-unlock")         \
  X(file_other, "file")                 \
  X(heap_allocate, "allocate")          \
  X(heap_free, "free")                  \
  X(check, "check")                     \
  X(semaphore_value, "semaphore-value") \
  X(task_cancel, "cancel")              \
  X(cancel_test, "test-cancel")         \
  X(destroy, "destroy")                 \
  X(signal_send, "signal")              \
  X(signal_wait, "signal-wait")         \
  X(signal_mask, "signal-mask")

enum class Op : uint8_t {
#define X(name, word) name,
  HEDDLE_OPERATIONS(X)
#undef X
};

// Whether the number is one of these: it may come from elsewhere.
bool is_operation(Op op);

// The word for reports and JSON; static storage.
const char* word(Op op);

// Memory order of an atomic operation, as the compilers number it (C++ std::memory_order).
enum class MemoryOrder : uint8_t { relaxed, consume, acquire, release, acq_rel, seq_cst };

inline bool acquires(MemoryOrder order) {
  return order == MemoryOrder::acquire || order == MemoryOrder::consume ||
         order == MemoryOrder::acq_rel || order == MemoryOrder::seq_cst;
}
inline bool releases(MemoryOrder order) {
  return order == MemoryOrder::release || order == MemoryOrder::acq_rel ||
         order == MemoryOrder::seq_cst;
}

// An operation that a task is about to perform. `address` is the memory or object it is about (0:
// none), `object` the model's identity for it where there is one.
struct Operation {
  Operation() = default;
  Operation(Op op, uint8_t size, bool only_reads, ObjectId object, uintptr_t address, Site site,
            bool gives_up = false)
      : op(op),
        size(size),
        only_reads(only_reads),
        gives_up(gives_up),
        object(object),
        address(address),
        site(site) {}

  Op op = Op::check;
  uint8_t size = 0;         // bytes, for memory operations
  bool only_reads = false;  // in the present state it would change nothing (a try that fails, …)
  bool gives_up = false;    // where others would wait it fails: a try, or a wait until a deadline
  ObjectId object;
  uintptr_t address = 0;
  Site site;
};

// to = from, for one that was made just now: in the pieces in which it was written, as a wider load
// would have to wait until these have left the processor's store buffer.
inline void copy_fresh(Operation& to, const Operation& from) {
  uint32_t head = 0;
  static_assert(offsetof(Operation, object) == sizeof(head) && sizeof(Operation) == 24);
  __builtin_memcpy(&head, static_cast<const void*>(&from), sizeof(head));
  ObjectId object = from.object;
  asm("" : "+r"(head), "+r"(object));  // or the compiler would make one of them
  __builtin_memcpy(static_cast<void*>(&to), &head, sizeof(head));
  to.object = object;
  to.address = from.address;
  to.site = from.site;
}

}  // namespace heddle
