// What a debugger asks: it sees the kernel's threads, of which there is one, and no tasks.
// packaging/heddle-gdb.py is what calls this.
#include "runtime/export.h"
#include "runtime/process.h"

namespace heddle {
namespace {

// Numbers that the script knows too.
enum class About : unsigned { state, stack_pointer, name, operation };
enum class DebugState : uintptr_t { none, runs, can_go_on, waits, ended };

DebugState state_of(Engine& engine, const Task& task) {
  if (task.state == TaskState::ended) return DebugState::ended;
  if (&engine.current() == &task) return DebugState::runs;
  return task.state == TaskState::blocked ? DebugState::waits : DebugState::can_go_on;
}

// Every answer is a number of the same width, pointers too.
uintptr_t number_of(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

}  // namespace
}  // namespace heddle

extern "C" {

// About task `number` of the execution that runs: 0 for its state where there is no such task.
HEDDLE_EXPORT uintptr_t heddle_debug_task(unsigned number, heddle::About about) {
  heddle::Runtime* runtime = heddle::process.runtime;
  if (runtime == nullptr || !runtime->engine.running()) return 0;
  if (number >= runtime->engine.task_count()) return 0;
  const heddle::Task& task = runtime->engine.task(heddle::TaskId(number));
  switch (about) {
    case heddle::About::state:
      return static_cast<uintptr_t>(heddle::state_of(runtime->engine, task));
    case heddle::About::stack_pointer:
      return heddle::number_of(runtime->fibers.fiber(task.slot).stack_pointer);
    case heddle::About::name:
      return heddle::number_of(task.name);
    case heddle::About::operation:
      return heddle::number_of(heddle::word(task.waits_with));
  }
  return 0;
}

}  // extern "C"
