#include "runtime/remains.h"

#include "platform/raw_memory.h"

namespace heddle {
namespace {

bool plausible(const Choice& choice, uint32_t tasks) {
  if (choice.position.task.index() >= tasks || choice.kind > ChoiceKind::value) return false;
  return choice.kind == ChoiceKind::value || choice.chosen.index() < tasks;
}

bool plausible(const ExecutionLog& log) {
  if (log.task_count > kMaxTasks || log.choice_count > ExecutionLog::kMaxChoices) return false;
  if (log.current.valid() && log.current.index() >= log.task_count) return false;
  for (uint32_t i = 1; i < log.task_count; ++i) {
    if (log.births[i].creator.index() >= i) return false;
  }
  for (uint64_t i = 0; i < log.choice_count; ++i) {
    if (!plausible(log.choices[i], log.task_count)) return false;
  }
  return true;
}

}  // namespace

Remains::Remains(ExecutionLog& log, Recorder& story) : log_(log), story_(story), empty_log_(log) {
  copy_bytes(empty_story_, &story, sizeof(story));
}

void Remains::keep_plausible(ExecutionNumber number) {
  const bool in_place = log_.births == empty_log_.births && log_.choices == empty_log_.choices;
  if (!in_place || !plausible(log_)) copy_bytes(&log_, &empty_log_, sizeof(log_));
  log_.number = number;
  if (!story_.plausible(log_.task_count, empty_story_)) {
    copy_bytes(static_cast<void*>(&story_), empty_story_, sizeof(story_));
  }
}

}  // namespace heddle
