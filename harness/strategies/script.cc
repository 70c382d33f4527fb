#include "strategies/script.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace heddle {
namespace {

// A value as it is written in a script: either sign will do, if the bits fit.
bool fits(int64_t value, size_t size) {
  if (size == sizeof(value)) return true;
  const int64_t limit = int64_t{1} << (8 * size);
  return value >= -limit / 2 && value < limit;
}

bool writes(const Operation& operation) {
  if (operation.only_reads) return false;
  switch (operation.op) {
    case Op::write:
    case Op::atomic_store:
    case Op::atomic_update:
    case Op::atomic_compare:
      return true;
    default:
      return false;
  }
}

bool accesses_memory(Op op) {
  switch (op) {
    case Op::read:
    case Op::write:
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_update:
    case Op::atomic_compare:
      return true;
    default:
      return false;
  }
}

template <typename T>
T load(uintptr_t address) {
  T value;
  __builtin_memcpy(&value, reinterpret_cast<const void*>(address), sizeof(value));
  return value;
}

std::string text_of(const ScriptStep& step) {
  return absl::StrCat("t", step.child, step.writes ? " writes " : " reads ", step.value);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Script>> Script::create(const std::vector<ScriptStep>& steps,
                                                       std::string_view watched, uintptr_t address,
                                                       size_t size) {
  const std::string name(watched);
  if (size != 1 && size != 2 && size != 4 && size != 8) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has ", size, " bytes: a script watches a number of 1, 2, 4 or 8"));
  }
  for (const ScriptStep& step : steps) {
    if (fits(step.value, size)) continue;
    return absl::InvalidArgumentError(absl::StrCat("\"", text_of(step), "\": ", name, " has ", size,
                                                   " bytes, too few for this value"));
  }
  return std::unique_ptr<Script>(new Script(steps, watched, address, size));
}

Script::Script(const std::vector<ScriptStep>& steps, std::string_view watched, uintptr_t address,
               size_t size)
    : watched_(watched),
      address_(address),
      size_(size),
      step_count_(static_cast<uint32_t>(steps.size())),
      steps_(steps.size()),
      task_of_child_(kMaxTasks) {
  for (uint32_t i = 0; i < step_count_; ++i) {
    steps_[i] = steps[i];
    child_count_ = std::max(child_count_, steps[i].child + 1);
  }
  HEDDLE_CHECK(child_count_ <= kMaxTasks);
}

bool Script::begin(ExecutionNumber number) {
  static_cast<void>(number);  // every execution of a script is the same one
  for (uint32_t i = 0; i < child_count_; ++i) task_of_child_[i] = TaskId::none();
  next_ = 0;
  awaits_write_ = false;
  trouble_ = Trouble::none;
  return true;
}

void Script::task_created(TaskId task, TaskId creator, uint32_t child) {
  if (creator == TaskId(0) && child < child_count_) task_of_child_[child] = task;
}

uint32_t Script::next_stop(TaskId task, uint32_t operation, uint32_t accesses) {
  static_cast<void>(task), static_cast<void>(operation);
  return every_point() ? accesses + 1 : 0;
}

uint32_t Script::choose_value(const Position& position, uint32_t bound) {
  static_cast<void>(position), static_cast<void>(bound);
  return 0;
}

bool Script::touches(const Operation& operation) const {
  return accesses_memory(operation.op) && operation.address < address_ + size_ &&
         address_ < operation.address + operation.size;
}

bool Script::must_wait(const ChoicePoint& point, TaskId task) const {
  return !(task == TaskId(0)) && touches(point.pending[task.index()]);
}

TaskId Script::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::task) return point.fallback;
  check_write();
  if (!following()) return point.fallback;
  const TaskId actor = task_of_child_[steps_[next_].child];
  const bool ready = actor.valid() && point.enabled->contains(actor);
  // One who has yielded may wait for what another has yet to do.
  const bool others_first = point.reason == PointReason::yielded && point.current == actor;
  if (ready && !others_first) return perform(point, actor);
  const TaskId other = somebody_else(point, actor);
  if (other.valid()) return other;
  if (ready) return perform(point, actor);
  fail(Trouble::out_of_turn, next_);
  return point.fallback;
}

// Whoever is chosen performs its pending operation before the next choice: one who stands before
// its access has performed it when this returns, and a read finds the value that is there now.
TaskId Script::perform(const ChoicePoint& point, TaskId actor) {
  const Operation& pending = point.pending[actor.index()];
  if (!touches(pending)) return actor;
  const ScriptStep& step = steps_[next_];
  if (writes(pending) != step.writes) {
    fail(Trouble::other_access, next_);
  } else if (!step.writes && !has_value(step.value)) {
    fail(Trouble::other_read, next_, current_value());
  } else {
    ++next_;
    awaits_write_ = step.writes;
  }
  return trouble_ == Trouble::none ? actor : point.fallback;
}

// The default choice if it may run, else the next one that may; none: all must wait.
TaskId Script::somebody_else(const ChoicePoint& point, TaskId actor) const {
  const auto may_run = [&](TaskId task) { return !(task == actor) && !must_wait(point, task); };
  if (may_run(point.fallback)) return point.fallback;
  TaskId task = point.current;
  for (uint32_t left = point.enabled_count; left > 0; --left) {
    task = point.enabled->next_after(task);
    if (may_run(task)) return task;
  }
  return TaskId::none();
}

void Script::check_write() {
  if (!awaits_write_) return;
  awaits_write_ = false;
  if (!has_value(steps_[next_ - 1].value)) fail(Trouble::other_write, next_ - 1, current_value());
}

void Script::fail(Trouble trouble, uint32_t step, int64_t found) {
  if (trouble_ != Trouble::none) return;
  trouble_ = trouble;
  trouble_step_ = step;
  found_ = found;
}

int64_t Script::current_value() const {
  switch (size_) {
    case 1:
      return load<int8_t>(address_);
    case 2:
      return load<int16_t>(address_);
    case 4:
      return load<int32_t>(address_);
    default:
      return load<int64_t>(address_);
  }
}

bool Script::has_value(int64_t told) const {
  const int unused_bits = static_cast<int>(64 - 8 * size_);
  return static_cast<uint64_t>(current_value()) << unused_bits == static_cast<uint64_t>(told)
                                                                      << unused_bits;
}

void Script::end(const TraceSummary& trace) {
  static_cast<void>(trace);
  if (following()) fail(Trouble::not_reached, next_);
  if (awaits_write_) fail(Trouble::not_seen, next_ - 1);
}

std::string Script::error() const {
  if (trouble_ == Trouble::none) return "";
  const ScriptStep& step = steps_[trouble_step_];
  const std::string start = absl::StrCat("step ", trouble_step_ + 1, ", \"", text_of(step),
                                         "\", could not be performed: ");
  const std::string task = absl::StrCat("t", step.child);
  switch (trouble_) {
    case Trouble::none:
      break;
    case Trouble::other_access:
      return absl::StrCat(start, task, step.writes ? " reads " : " writes ", watched_, " next");
    case Trouble::other_read:
      return absl::StrCat(start, watched_, " was ", found_);
    case Trouble::other_write:
      return absl::StrCat(start, task, " wrote ", found_);
    case Trouble::out_of_turn:
      return absl::StrCat(start, "nobody could go on but by another access to ", watched_);
    case Trouble::not_reached:
      return absl::StrCat(start, "the execution ended before");
    case Trouble::not_seen:
      return absl::StrCat(start, "the execution ended before its value could be seen");
  }
  return "";
}

}  // namespace heddle
