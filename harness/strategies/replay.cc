#include "strategies/replay.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace heddle {

Replay::Replay(Schedule schedule)
    : schedule_(std::move(schedule)),
      name_count_(static_cast<uint32_t>(schedule_.tasks.size())),
      followed_(schedule_.entries.size()),
      names_(name_count_),
      named_(name_count_),
      index_of_task_(kMaxTasks) {
  for (uint32_t i = 0; i < name_count_; ++i) {
    names_[i] = {schedule_.tasks[i].creator, schedule_.tasks[i].child, i};
  }
  std::sort(names_.begin(), names_.begin() + name_count_);
  for (const ScheduleEntry& entry : schedule_.entries) {
    ++named_[entry.task].end;
    wants_stops_ = wants_stops_ || entry.accesses > 0;
    splits_ = splits_ || entry.turn >= Position::kSplitTurn;
  }
  uint32_t sum = 0;
  for (uint32_t i = 0; i < name_count_; ++i) {
    named_[i].first = sum;
    sum += std::exchange(named_[i].end, sum);
  }
  for (uint32_t i = 0; i < schedule_.entries.size(); ++i) {
    const ScheduleEntry& entry = schedule_.entries[i];
    followed_[named_[entry.task].end++] = {
        {TaskId::none(), entry.operation, entry.accesses, entry.turn}, entry.kind, entry.chosen, i};
  }
}

bool Replay::begin(ExecutionNumber number) {
  static_cast<void>(number);  // every execution of a replay is the same one
  for (uint32_t i = 0; i < name_count_; ++i) {
    named_[i].task = TaskId::none();
    named_[i].cursor = named_[i].first;
  }
  divergence_ = Divergence();
  created_ = 1;
  index_of_task_[0] = 0;
  named_[0].task = TaskId(0);
  return true;
}

void Replay::task_created(TaskId task, TaskId creator, uint32_t child) {
  if (task.index() == 0) return;
  HEDDLE_CHECK(task.index() == created_ && created_ < kMaxTasks);
  const Name wanted = {index_of(creator), child, 0};
  index_of_task_[created_++] = kNoIndex;
  if (wanted.creator == kNoIndex) return;
  uint32_t low = 0;
  uint32_t high = name_count_;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (names_[middle] < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == name_count_ || wanted < names_[low]) return;
  index_of_task_[task.index()] = names_[low].index;
  named_[names_[low].index].task = task;
}

void Replay::note(Misfit misfit, uint32_t entry, uint32_t bound) {
  if (!diverged()) divergence_ = {misfit, entry, bound};
}

void Replay::pass_entries_before(Named& named, const Position& position) {
  while (named.cursor < named.end && followed_[named.cursor].position < position) {
    note(Misfit::passed, followed_[named.cursor++].entry);
  }
}

// The entry for this choice, which is used up by that; null: none.
const Replay::Followed* Replay::take(const Position& position, ChoiceKind kind) {
  const uint32_t index = index_of(position.task);
  if (index == kNoIndex) return nullptr;
  Named& named = named_[index];
  pass_entries_before(named, position);
  if (named.cursor == named.end) return nullptr;
  const Followed& next = followed_[named.cursor];
  // No misfit: the place is the same, and the other kind of choice may follow there.
  if (position < next.position || next.kind != kind) return nullptr;
  ++named.cursor;
  return &next;
}

TaskId Replay::choose(const ChoicePoint& point) {
  const Followed* told = take(point.position, point.kind);
  if (told == nullptr) return point.fallback;
  const TaskId task = named_[told->chosen].task;
  if (!task.valid()) return note(Misfit::not_created, told->entry), point.fallback;
  const bool possible = point.enabled->contains(task) ||
                        (point.spurious != nullptr && point.spurious->contains(task));
  if (!possible) return note(Misfit::not_possible, told->entry), point.fallback;
  return task;
}

uint32_t Replay::choose_value(const Position& position, uint32_t bound) {
  const Followed* told = take(position, ChoiceKind::value);
  if (told == nullptr) return 0;
  if (told->chosen >= bound) return note(Misfit::value_too_big, told->entry, bound), 0;
  return told->chosen;
}

uint32_t Replay::next_stop(TaskId task, uint32_t operation, uint32_t accesses) {
  const uint32_t index = index_of(task);
  if (index == kNoIndex) return 0;
  Named& named = named_[index];
  pass_entries_before(named, {task, operation, 0, 0});
  for (uint32_t i = named.cursor; i < named.end; ++i) {
    const Position& position = followed_[i].position;
    if (position.operation != operation) return 0;
    if (position.accesses > accesses) return position.accesses;
  }
  return 0;
}

void Replay::end(const TraceSummary& trace) {
  static_cast<void>(trace);
  uint32_t first = kNoIndex;
  for (uint32_t i = 0; i < name_count_; ++i) {
    if (named_[i].cursor == named_[i].end) continue;
    first = std::min(first, followed_[named_[i].cursor].entry);
  }
  if (first != kNoIndex) note(Misfit::not_reached, first);
}

// "main", its third child "main/3", that one's first "main/3/1".
std::string Replay::path(uint32_t index) const {
  std::string text;
  for (; index != 0; index = schedule_.tasks[index].creator) {
    text = absl::StrCat("/", schedule_.tasks[index].child, text);
  }
  return absl::StrCat("main", text);
}

std::string Replay::divergence_text() const {
  if (!diverged()) return "";
  const ScheduleEntry& entry = schedule_.entries[divergence_.entry];
  const std::string task = path(entry.task);
  std::string text =
      absl::StrCat("choice ", divergence_.entry + 1, " of ", schedule_.entries.size(),
                   " does not fit: ", task, ", before its operation ", entry.operation);
  if (entry.accesses > 0) absl::StrAppend(&text, " (+", entry.accesses, " accesses)");
  const bool value = entry.kind == ChoiceKind::value;
  const bool waiter = entry.kind == ChoiceKind::waiter;
  const std::string chosen = value ? absl::StrCat(entry.chosen) : path(entry.chosen);
  absl::StrAppend(&text, ", was to ",
                  value    ? "get the value "
                  : waiter ? "wake "
                           : "let run ",
                  chosen);
  switch (divergence_.misfit) {
    case Misfit::none:
      break;
    case Misfit::passed:
      return absl::StrCat(text, ", but ", task, " met no such choice there");
    case Misfit::not_possible:
      return absl::StrCat(text, ", but ", chosen, waiter ? " did not wait" : " could not run");
    case Misfit::not_created:
      return absl::StrCat(text, ", but ", chosen, " had not been created yet");
    case Misfit::value_too_big:
      return absl::StrCat(text, ", but there were only ", divergence_.bound, " possibilities");
    case Misfit::not_reached:
      return absl::StrCat(text, ", but the execution ended before");
  }
  return text;
}

}  // namespace heddle
