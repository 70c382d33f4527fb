#include "runtime/task_data.h"

#include <errno.h>

#include "runtime/globals.h"
#include "runtime/program.h"
#include "runtime/real.h"
#include "runtime/signals.h"

// std::ios_base::Init::~Init.
extern "C" void heddle_end_of_streams(void* counter) asm("_ZNSt8ios_base4InitD1Ev");

namespace heddle {
namespace {

// The standard streams count who has included <iostream>, in a variable of the library that is not
// restored, and flush when the last one goes. What they hold at the end of an execution the harness
// takes from them (end_devices), so nobody has to go.
bool counts_streams(void (*function)(void*)) {
  return function == heddle_end_of_streams;
}

}  // namespace

void Threads::begin_execution() {
  at_exit_ = nullptr;
}

void Threads::end_execution() {
  for (uint32_t key = 0; key < changed_end_; ++key) {
    if (keys_[key].made_here) {
      HEDDLE_REAL(pthread_key_delete)(key);
      keys_[key] = Key();
    } else if (keys_[key].deleted_here) {
      keys_[key].deleted = keys_[key].deleted_here = false;
    }
  }
  changed_end_ = 0;
}

void Threads::prepare(Task& task) {
  task.runtime = runtime_.engine.arena().make<TaskData>();
  if (!task.creator.valid()) task.signals_blocked = runtime_.signals_blocked;
}

void Threads::interrupt(Task&) {
  interrupt_task(runtime_);
}

void Threads::run(Task& task) {
  Event event;
  event.op = Op::task_start;
  event.task = task.id;
  event.site = task.created_at;
  runtime_.engine.record(event);
  {
    ProgramScope scope(runtime_);
    task.result = task.entry(task.argument);
  }
  finish(task);
}

void Threads::run_exit_calls(ExitCall*& list) {
  while (list != nullptr) {
    const ExitCall call = *list;
    list = list->next;
    ProgramScope scope(runtime_);
    call.function(call.argument);
  }
}

bool Threads::run_specific_destructors(Task& task) {
  const void** values = data(task).specific;
  if (values == nullptr) return false;
  bool any = false;
  for (uint32_t key = 0; key < kKeys; ++key) {
    const void* value = values[key];
    if (value == nullptr || keys_[key].destructor == nullptr) continue;
    values[key] = nullptr;
    any = true;
    ProgramScope scope(runtime_);
    keys_[key].destructor(const_cast<void*>(value));
  }
  return any;
}

void Threads::finish(Task& task) {
  // POSIX: values that destructors set again are destroyed in further rounds, at most this many.
  for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; ++round) {
    run_exit_calls(data(task).thread_exit);
    if (!run_specific_destructors(task) && data(task).thread_exit == nullptr) break;
  }
  if (runtime_.program != nullptr) {
    // main has called pthread_exit, or the last thread ends: the process does with the last one.
    if (runtime_.engine.alive() == 1) exit_program(runtime_, 0, Site());
  } else if (!task.creator.valid()) {
    finish_body(task);
  }
  runtime_.engine.end_task();
}

void Threads::finish_body(Task& task) {
  Engine& engine = runtime_.engine;
  if (engine.alive() > 1) {
    Detection leak;
    leak.kind = FindingKind::leaked_task;
    for (uint32_t i = 1; i < engine.task_count(); ++i) {
      const Task& other = engine.task(TaskId(i));
      if (other.state == TaskState::ended) continue;
      leak.access.task = other.id;
      leak.access.site = other.created_at;
      break;
    }
    engine.report(leak);
    engine.leave(true);
  }
  run_exit_calls(at_exit_);
  static_cast<void>(task);
  engine.leave(true);
}

const void** Threads::specific(Task& task) {
  TaskData& own = data(task);
  if (own.specific == nullptr) own.specific = runtime_.engine.arena().make<const void*>(kKeys);
  return own.specific;
}

void Threads::key_made(pthread_key_t key, void (*destructor)(void*), bool by_program) {
  keys_[key] = Key{destructor, by_program};
  if (by_program && changed_end_ <= key) changed_end_ = key + 1;
}

int Threads::delete_key(pthread_key_t key) {
  if (key >= kKeys) return EINVAL;
  if (keys_[key].made_here) {
    const int result = HEDDLE_REAL(pthread_key_delete)(key);
    if (result != 0) return result;
    keys_[key] = Key{nullptr, false, true};
  } else {
    // The next execution has it again.
    if (keys_[key].deleted) return EINVAL;
    keys_[key].deleted = keys_[key].deleted_here = true;
    if (changed_end_ <= key) changed_end_ = key + 1;
  }
  for (uint32_t i = 0; i < runtime_.engine.task_count(); ++i) {
    TaskData& own = data(runtime_.engine.task(TaskId(i)));
    if (own.specific != nullptr) own.specific[key] = nullptr;
  }
  return 0;
}

void Threads::at_thread_exit(Task& task, void (*function)(void*), void* argument) {
  ExitCall* call = runtime_.engine.arena().make<ExitCall>();
  *call = {function, argument, data(task).thread_exit};
  data(task).thread_exit = call;
}

void Threads::at_exit_of_start_up(void (*function)(void*), void* argument) {
  ExitCall* call = runtime_.permanent.make<ExitCall>();
  *call = {function, argument, start_up_at_exit_};
  start_up_at_exit_ = call;
}

void Threads::run_all_exit_calls(Task& task) {
  run_exit_calls(data(task).thread_exit);
  run_exit_calls(at_exit_);
  for (const ExitCall* call = start_up_at_exit_; call != nullptr; call = call->next) {
    ProgramScope scope(runtime_);
    call->function(call->argument);
    process.controlled = nullptr;
    run_exit_calls(at_exit_);  // what it has registered in turn
  }
}

void Threads::at_exit(void (*function)(void*), void* argument) {
  if (counts_streams(function)) return;
  ExitCall* call = runtime_.engine.arena().make<ExitCall>();
  *call = {function, argument, at_exit_};
  at_exit_ = call;
}

void note_start_up(void (*function)(void*), void* argument, Site site) {
  Runtime* runtime = process.runtime;
  if (runtime == nullptr || process.host || counts_streams(function)) return;
  const Module* module = runtime->globals->module_of(site.pc);
  if (module == nullptr || module->runtime_library || Globals::in_harness(site.pc)) return;
  runtime->threads->at_exit_of_start_up(function, argument);
}

}  // namespace heddle
