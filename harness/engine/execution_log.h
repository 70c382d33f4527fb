// What of an execution is to be known even if the process that runs it comes to a sudden end: who
// created whom, every choice, where it stood. Plain data at a fixed address, written as it happens;
// another process may read it once the writer has died.
#pragma once

#include <cstdint>

#include "base/arena.h"
#include "core/choice.h"
#include "core/strategy.h"

namespace heddle {

struct ExecutionLog {
  static constexpr uint64_t kMaxChoices = uint64_t{1} << 27;

  struct Birth {
    TaskId creator;
    uint32_t child = 0;
  };

  static ExecutionLog& make(Arena& arena) {
    auto& log = *arena.make<ExecutionLog>();
    log.births = arena.make<Birth>(kMaxTasks);
    // Touched only as far as it is needed.
    log.choices = static_cast<Choice*>(arena.allocate(kMaxChoices * sizeof(Choice), 64));
    return log;
  }

  void begin(ExecutionNumber execution) {
    number = execution;
    task_count = 0;
    choice_count = steps = 0;
    current = TaskId::none();
    site = Site();
    failure[0] = 0;
  }

  char failure[160] = {0};  // the check of Heddle's own that has failed in another process
  ExecutionNumber number;
  uint64_t steps = 0;  // operations and accesses that were scheduling points
  TaskId current;      // who came last to a scheduling point …
  Site site;           // … and where
  uint32_t task_count = 0;
  Birth* births = nullptr;  // by id
  uint64_t choice_count = 0;
  Choice* choices = nullptr;
};

}  // namespace heddle
