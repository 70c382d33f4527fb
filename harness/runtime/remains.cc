#include "runtime/remains.h"

#include "platform/regions.h"

namespace heddle {
namespace {

template <typename T>
bool in_log(const T* first, uint64_t count) {
  const uintptr_t start = reinterpret_cast<uintptr_t>(first);
  return start >= kLogRegion && start % alignof(T) == 0 &&
         start + count * sizeof(T) <= kLogRegion + kLogSize;
}

bool plausible(const Choice& choice, uint32_t tasks) {
  if (choice.position.task.index() >= tasks || choice.kind > ChoiceKind::value) return false;
  return choice.kind == ChoiceKind::value || choice.chosen.index() < tasks;
}

bool plausible(const ExecutionLog& log) {
  if (log.task_count > kMaxTasks || !in_log(log.births, kMaxTasks)) return false;
  if (log.choice_count > ExecutionLog::kMaxChoices) return false;
  if (!in_log(log.choices, ExecutionLog::kMaxChoices)) return false;
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

void keep_plausible(ExecutionLog& log, Recorder& story, ExecutionNumber number) {
  log.failure[sizeof(log.failure) - 1] = 0;
  if (!plausible(log)) log.begin(number);
  log.number = number;
  if (!story.plausible(log.task_count)) story.forget();
}

}  // namespace heddle
