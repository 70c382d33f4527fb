// What a task has of the platform: thread-specific values, thread-local destructors; and how it
// begins and ends.
#pragma once

#include <limits.h>
#include <pthread.h>

#include "runtime/runtime.h"
#include "sync/signals.h"

namespace heddle {

// A registered call: of __cxa_thread_atexit or __cxa_atexit.
struct ExitCall {
  void (*function)(void*) = nullptr;
  void* argument = nullptr;
  ExitCall* next = nullptr;
};

struct TaskData {
  ExitCall* thread_exit = nullptr;            // last registered first
  __pthread_unwind_buf_t* cleanup = nullptr;  // the innermost handler of C (interceptors/cancel.cc)
  const void** specific = nullptr;            // by key, kKeys of them; made on first use
  bool in_atomic = false;         // a callback of its own code performs an atomic operation
  uint32_t handlers = 0;          // of signals, running one inside the other
  SignalSet blocked_outside = 0;  // what it blocked before the outermost of them
};

class Threads : public TaskRunner {
 public:
  static constexpr uint32_t kKeys = PTHREAD_KEYS_MAX;

  explicit Threads(Runtime& runtime) : runtime_(runtime) {}

  void begin_execution();
  // Deletes the keys that the execution has made and left; those that it has deleted, and that
  // were there before, are there again. Host side.
  void end_execution();

  // TaskRunner.
  void prepare(Task& task) override;
  void run(Task& task) override;
  void interrupt(Task& task) override;
  // Runs thread-local and thread-specific destructors, ends the task. For pthread_exit and run.
  [[noreturn]] void finish(Task& task);

  TaskData& data(Task& task) { return *static_cast<TaskData*>(task.runtime); }
  const void** specific(Task& task);
  // `by_program`: it goes with the execution. Else it was made outside of any, or by a library that
  // keeps it.
  void key_made(pthread_key_t key, void (*destructor)(void*), bool by_program);
  int delete_key(pthread_key_t key);  // an error number, as pthread_key_delete returns it
  bool usable(pthread_key_t key) const { return key < kKeys && !keys_[key].deleted; }
  void at_thread_exit(Task& task, void (*function)(void*), void* argument);
  // Static locals' destructors and atexit: run at the body's end, as the process's end would.
  void at_exit(void (*function)(void*), void* argument);
  // The same, before the first execution: it belongs to each of a whole program's.
  void at_exit_of_start_up(void (*function)(void*), void* argument);
  // Thread-local destructors of the task, then everything that was registered for the end.
  void run_all_exit_calls(Task& task);

 private:
  struct Key {
    void (*destructor)(void*) = nullptr;
    bool made_here = false;     // in this execution
    bool deleted = false;       // and not made again
    bool deleted_here = false;  // in this execution, and made before
  };

  void run_exit_calls(ExitCall*& list);
  bool run_specific_destructors(Task& task);
  [[noreturn]] void finish_body(Task& task);

  Runtime& runtime_;
  Key keys_[kKeys];
  uint32_t changed_end_ = 0;  // one beyond the last key that this execution has made or deleted
  ExitCall* at_exit_ = nullptr;
  ExitCall* start_up_at_exit_ = nullptr;  // in the permanent arena
};

// Outside of executions: a destructor of a global of the program's, or an exit handler, in case
// that the program is explored as a whole.
void note_start_up(void (*function)(void*), void* argument, Site site);

}  // namespace heddle
