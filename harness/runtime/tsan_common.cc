// The callbacks of the `__tsan_*` sheet that are the same whoever judges; judge_heddle/ and
// judge_tsan/ hold the others.
#include "runtime/access.h"
#include "runtime/process.h"

extern "C" {

HEDDLE_EXPORT void __tsan_read_range(void* where, unsigned long size) {
  if (heddle::Runtime* runtime = heddle::controlled()) {
    heddle::access_range(*runtime, reinterpret_cast<uintptr_t>(where), size, false, HEDDLE_CALLER);
  }
}

HEDDLE_EXPORT void __tsan_write_range(void* where, unsigned long size) {
  if (heddle::Runtime* runtime = heddle::controlled()) {
    heddle::access_range(*runtime, reinterpret_cast<uintptr_t>(where), size, true, HEDDLE_CALLER);
  }
}

// Orders a thread against its own signal handlers only: nothing that other tasks could see.
HEDDLE_EXPORT void __tsan_atomic_signal_fence(int) {}

// Called by a constructor of every instrumented translation unit, before other constructors.
// ThreadSanitizer's own initialisation came before all of them.
HEDDLE_EXPORT void __tsan_init() {
  heddle::start_process();
}

// Call stacks come from frame pointers, so these two have nothing to do. That ThreadSanitizer does
// not know of them lets a task be left anywhere.
HEDDLE_EXPORT void __tsan_func_entry(void*) {}
HEDDLE_EXPORT void __tsan_func_exit() {}

HEDDLE_EXPORT void __tsan_ignore_thread_begin() {}
HEDDLE_EXPORT void __tsan_ignore_thread_end() {}

}  // extern "C"
