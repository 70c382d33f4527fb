#include "runtime/program.h"

#include "base/raw_output.h"
#include "runtime/task_data.h"

namespace heddle {
namespace {

void compare_status(Runtime& runtime, Site site) {
  const Program& program = *runtime.program;
  if (program.status == program.expected_status) return;
  Detection wrong;
  wrong.kind = FindingKind::exit;
  wrong.access.task = runtime.engine.current().id;
  wrong.access.site = site;
  RawText text;
  text.text("the program ended with status ").number(program.status);
  text.text(", expected was ").number(program.expected_status);
  for (size_t i = 0; i < text.size() && i + 1 < sizeof(wrong.detail); ++i) {
    wrong.detail[i] = text.c_str()[i];
  }
  runtime.engine.report(wrong);
}

// Threads are cut off when a process ends: often meant, so a note.
void note_running_tasks(Runtime& runtime) {
  Engine& engine = runtime.engine;
  for (uint32_t i = 0; i < engine.task_count(); ++i) {
    const Task& other = engine.task(TaskId(i));
    if (&other == &engine.current() || other.state == TaskState::ended) continue;
    Detection cut;
    cut.kind = FindingKind::leaked_task;
    cut.note = true;
    cut.access.task = other.id;
    cut.access.site = other.created_at;
    engine.report(cut);
    return;
  }
}

// Only the low byte reaches the parent process.
void set_status(Runtime& runtime, int status) {
  runtime.program->status = status & 0xff;
  runtime.program->ended = true;
}

}  // namespace

void exit_program_at_once(Runtime& runtime, int status, Site site) {
  process.controlled = nullptr;
  set_status(runtime, status);
  compare_status(runtime, site);
  note_running_tasks(runtime);
  runtime.engine.leave(true);
}

void end_of_main(int status) {
  exit_program(*process.runtime, status, Site());
}

void exit_program(Runtime& runtime, int status, Site site) {
  process.controlled = nullptr;
  runtime.threads->run_all_exit_calls(runtime.engine.current());
  exit_program_at_once(runtime, status, site);
}

}  // namespace heddle
