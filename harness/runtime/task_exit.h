// How a task ends before its function returns: pthread_exit, and requests to cancel it.
//
// Cancellation is deferred (POSIX.1-2017, 2.9.5): a request takes effect at testcancel, sleeps,
// joins and waits for conditions and semaphores. Calls on files and descriptors, which POSIX names
// as well, are single operations here and go through.
#pragma once

#include "runtime/runtime.h"
#include "sync/thread.h"

namespace heddle {

// Both unwind the stack: destructors and cleanup handlers of the frames below run, then the task
// ends. To be called outside any HarnessScope.
[[noreturn]] void exit_task(Runtime& runtime, void* result);
void test_cancel(Runtime& runtime, Site site);  // returns when nobody has requested anything

// The requests to cancel `task`: known by its control block.
Cancellation& cancellation_of(Runtime& runtime, const Task& task, Site site);

}  // namespace heddle
