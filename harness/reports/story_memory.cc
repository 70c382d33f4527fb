// Mistakes that show in the order of reads and writes.
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "reports/printable.h"
#include "reports/story_parts.h"

namespace heddle {
namespace {

// Up to so many accesses of the two tasks a story is told from their first to their last access,
// else only the moment of the mistake.
constexpr size_t kWholeStory = 12;

// Task `late` wrote on the strength of `late_read` although `early` had written since.
struct LostUpdate {
  size_t late_read = 0;
  size_t late_write = 0;
  size_t early_write = 0;
  std::optional<size_t> early_read;
  bool both_read_first = false;  // both reads saw the same writes
  uint64_t count = 0;            // of lost updates of this object
};

// What is known of one object while its accesses are walked through in order.
struct ObjectHistory {
  struct Read {
    size_t step = 0;
    uint64_t writes_before = 0;
  };
  std::map<TaskId, Read> open_reads;  // by tasks that have not written since
  uint64_t writes = 0;
  size_t last_write = 0;
  std::optional<Read> last_write_read;  // the read behind the last write
  std::optional<LostUpdate> lost;
};

// A write that found another value than its task had read; unknown values count as changed.
bool stale(const Step& read, const Step& write) {
  return !write.changes || !read.has_value || write.before != read.value;
}

void note_write(const Finding& finding, size_t index, bool only_mentioned, ObjectHistory& history) {
  const Step& write = finding.steps[index];
  const auto found = history.open_reads.find(write.task);
  std::optional<ObjectHistory::Read> read;
  if (found != history.open_reads.end()) {
    read = found->second;
    history.open_reads.erase(found);
  }
  const bool overtaken = read && history.writes > 0 && history.last_write > read->step;
  // A variable that the message does not name may be a flag, which everybody sets alike.
  const bool plausible = only_mentioned || write.op == Op::file_write ||
                         (read && finding.steps[read->step].place.function == write.place.function);
  if (overtaken && plausible && stale(finding.steps[read->step], write)) {
    if (!history.lost) {
      history.lost = LostUpdate{read->step, index, history.last_write, std::nullopt, false, 0};
      if (history.last_write_read) {
        history.lost->early_read = history.last_write_read->step;
        history.lost->both_read_first =
            history.last_write_read->writes_before == read->writes_before &&
            history.writes == read->writes_before + 1;
      }
    }
    ++history.lost->count;
  }
  ++history.writes;
  history.last_write = index;
  history.last_write_read = read;
}

// The objects in order of first use, each with its accesses walked through.
std::optional<LostUpdate> find_lost_update(const Finding& finding, bool only_mentioned) {
  std::vector<std::pair<const Step*, ObjectHistory>> objects;
  for (size_t i = 0; i < finding.steps.size(); ++i) {
    const Step& step = finding.steps[i];
    const bool updates = step.op == Op::atomic_update || step.op == Op::atomic_compare;
    if (!is_read(step) && !is_write(step) && !updates) continue;
    if (only_mentioned && !mentions(finding.message, step.object)) continue;
    auto object = std::find_if(objects.begin(), objects.end(),
                               [&](const auto& known) { return same_object(*known.first, step); });
    if (object == objects.end()) object = objects.insert(object, {&step, ObjectHistory()});
    ObjectHistory& history = object->second;
    if (is_read(step)) {
      history.open_reads[step.task] = {i, history.writes};
    } else if (is_write(step)) {
      note_write(finding, i, only_mentioned, history);
    } else if (step.changes) {
      ++history.writes;
      history.last_write = i;
      history.last_write_read.reset();
    }
  }
  for (const auto& [first, history] : objects) {
    if (history.lost) return history.lost;
  }
  return std::nullopt;
}

std::string lost_update_text(const Finding& finding, const LostUpdate& lost) {
  const TaskNames names(finding.tasks);
  const Step& read = finding.steps[lost.late_read];
  const Step& write = finding.steps[lost.late_write];
  const Step& early = finding.steps[lost.early_write];
  const std::string late_name = names(write.task);
  const std::string early_name = names(early.task);
  const std::string& object = write.object;
  const bool values =
      read.has_value && write.has_value && early.has_value && write.op != Op::file_write;
  const std::string seen = values ? absl::StrCat(object, " ", read.value) : object;
  std::string text = absl::StrCat("An update of ", object, " was lost. ");
  if (lost.both_read_first) {
    const bool in_order = early.task < write.task;
    absl::StrAppend(&text, in_order ? early_name : late_name, " and ",
                    in_order ? late_name : early_name, " both read ", seen,
                    " before either wrote; ", late_name, "'s write", at(write));
  } else {
    absl::StrAppend(&text, late_name, " read ", seen, at(read), "; before it wrote, ", early_name,
                    values ? absl::StrCat(" wrote ", early.value) : " wrote it", at(early), "; ",
                    late_name, "'s write", at(write));
  }
  absl::StrAppend(&text, values ? absl::StrCat(" put ", write.value, " over ", early_name, "'s ",
                                               early.value, ".")
                                : absl::StrCat(" replaced what ", early_name, " had written."));
  if (lost.count == 2) text += " Another update was lost in the same way.";
  if (lost.count > 2) {
    absl::StrAppend(&text, " Another ", lost.count - 1, " updates were lost in the same way.");
  }
  if (shares_lock(read, write)) {
    for (size_t i = lost.late_read; i < lost.late_write; ++i) {
      if (finding.steps[i].task != write.task || !is_unlock(finding.steps[i])) continue;
      absl::StrAppend(&text, " ", late_name, " held ", read.locks.front(),
                      " while it read and while it wrote, but not in between.");
      break;
    }
  }
  return text;
}

std::vector<size_t> lost_update_steps(const Finding& finding, const LostUpdate& lost) {
  const Step& late = finding.steps[lost.late_write];
  const Step& early = finding.steps[lost.early_write];
  const auto of_the_two = [&](const Step& step) {
    return step.task == late.task || step.task == early.task;
  };
  size_t first = std::min(lost.late_read, lost.early_read.value_or(lost.early_write));
  size_t last = lost.late_write;
  std::vector<size_t> accesses;
  for (size_t i = 0; i < finding.steps.size(); ++i) {
    const Step& step = finding.steps[i];
    if (of_the_two(step) && same_object(step, late)) accesses.push_back(i);
  }
  if (accesses.size() <= kWholeStory) {
    first = std::min(first, accesses.front());
    last = std::max(last, accesses.back());
  }
  std::vector<size_t> steps;
  for (size_t i = first; i <= last; ++i) {
    const Step& step = finding.steps[i];
    const bool explains =
        same_object(step, late) || step.op == Op::sleep || is_lock(step) || is_unlock(step);
    if (of_the_two(step) && explains) steps.push_back(i);
  }
  return steps;
}

// The next step after `from` by `task` on the same object, if any.
std::optional<size_t> next_on(const Finding& finding, size_t from, TaskId task,
                              const Step& object) {
  for (size_t i = from + 1; i < finding.steps.size(); ++i) {
    const Step& step = finding.steps[i];
    if (step.task == task && same_object(step, object)) return i;
  }
  return std::nullopt;
}

// Since its task opened the file: a later read of nothing is but the end of the file.
bool is_first_read(const Finding& finding, size_t index) {
  const Step& read = finding.steps[index];
  for (size_t i = index; i-- > 0;) {
    const Step& step = finding.steps[i];
    if (step.task == read.task && same_object(step, read)) return step.op != Op::file_read;
  }
  return true;
}

// A file read between the moment another task emptied it and the moment that task wrote it.
std::optional<Telling> torn_file_read(const Finding& finding, size_t index) {
  const Step& read = finding.steps[index];
  if (!is_first_read(finding, index)) return std::nullopt;
  const TaskNames names(finding.tasks);
  std::map<TaskId, bool> asked;
  for (size_t before = index; before-- > 0;) {
    const Step& step = finding.steps[before];
    if (step.task == read.task || !same_object(step, read)) continue;
    if (!asked.emplace(step.task, true).second) continue;  // only its last operation before
    const bool opened = step.op == Op::file_open || step.op == Op::file_other;
    const bool wrote = step.op == Op::file_write;
    const std::optional<size_t> after = next_on(finding, index, step.task, read);
    if (!after || finding.steps[*after].op != Op::file_write || (!opened && !wrote)) continue;
    const bool empty = read.has_value && read.value == 0;
    if (opened && !empty) continue;
    Telling story;
    story.text = absl::StrCat(
        "A torn read. ", names(read.task), " read ", read.object, at(read), " after ",
        names(step.task), opened ? " had emptied it" : " had written a part of it", at(step),
        " and before it wrote ", opened ? "its new content" : "the rest", at(finding.steps[*after]),
        ": it saw ", opened ? "an empty file." : "half of a change.");
    story.steps = {before, index, *after};
    story.notes = {{index, opened ? "sees an empty file" : "sees half of a change"}};
    return story;
  }
  return std::nullopt;
}

bool accesses_memory(const Step& step) {
  return is_read(step) || is_write(step);
}

// Whether a step goes on with what the task's access before it, at the same line, began.
bool continues_line(const Finding& finding, size_t index) {
  const Step& step = finding.steps[index];
  for (size_t i = index; i-- > 0;) {
    const Step& before = finding.steps[i];
    if (before.task != step.task || !accesses_memory(before)) continue;
    return before.place.line == step.place.line && is_read(before) == is_read(step) &&
           !same_object(before, step);
  }
  return false;
}

// The second half of a pair of writes (or reads) of two objects by one task: nothing else of memory
// lies between, and the second stands below the first or beside it; above it, a loop has begun
// anew.
std::optional<size_t> partner(const Finding& finding, size_t from, bool write) {
  const Step& first = finding.steps[from];
  for (size_t i = from + 1; i < finding.steps.size(); ++i) {
    const Step& step = finding.steps[i];
    if (step.task != first.task || !accesses_memory(step)) continue;
    const bool follows = step.place.line > first.place.line ||
                         (step.place.line == first.place.line && !continues_line(finding, from));
    const bool fits = (write ? is_write(step) : is_read(step)) && !same_object(step, first) &&
                      step.place.function == first.place.function && follows;
    return fits ? std::optional(i) : std::nullopt;
  }
  return std::nullopt;
}

// Two variables changed together by one task, and seen one old and one new by another.
std::optional<Telling> torn_pair(const Finding& finding, size_t write) {
  const std::vector<Step>& steps = finding.steps;
  const std::optional<size_t> second = partner(finding, write, true);
  if (!second) return std::nullopt;
  for (size_t read = 0; read < steps.size(); ++read) {
    if (!is_read(steps[read]) || steps[read].task == steps[write].task) continue;
    const std::optional<size_t> other = partner(finding, read, false);
    if (!other || *other < write) continue;
    const bool straight =
        same_object(steps[read], steps[write]) && same_object(steps[*other], steps[*second]);
    const bool crossed =
        same_object(steps[read], steps[*second]) && same_object(steps[*other], steps[write]);
    if (!straight && !crossed) continue;
    const bool first_is_new = read > (straight ? write : *second);
    const bool second_is_new = *other > (straight ? *second : write);
    if (first_is_new == second_is_new) continue;
    const TaskNames names(finding.tasks);
    const size_t fresh = first_is_new ? read : *other;
    const size_t old = first_is_new ? *other : read;
    Telling story;
    story.text = absl::StrCat("A torn read. ", names(steps[read].task), " read ", steps[old].object,
                              " as it was before ", names(steps[write].task), "'s change",
                              at(steps[old]), " and ", steps[fresh].object, " as it was after it",
                              at(steps[fresh]), ": two values that never belonged together.");
    story.steps = {write, *second, read, *other};
    story.notes = {{old, "old"}, {fresh, "new"}};
    return story;
  }
  return std::nullopt;
}

// The last wake-up before `end`.
std::optional<size_t> last_wake_up(const std::vector<Step>& steps, TaskId task, size_t end) {
  for (size_t i = end; i-- > 0;) {
    const Step& step = steps[i];
    if (step.task == task && step.op == Op::condition_wait && step.effect != Effect::blocked) {
      return i;
    }
  }
  return std::nullopt;
}

// The notify that ended the wait whose end is `woken`: the last one that woke this task, or where
// that is not known, the last one.
std::optional<size_t> last_notify(const std::vector<Step>& steps, size_t woken) {
  std::optional<size_t> last;
  for (size_t i = woken; i-- > 0;) {
    const Step& step = steps[i];
    const bool notify = step.op == Op::condition_signal || step.op == Op::condition_broadcast;
    if (!notify || !same_object(step, steps[woken]) || step.task == steps[woken].task) continue;
    if (step.other == steps[woken].task) return i;
    if (!last) last = i;
  }
  return last;
}

// The first lock that a third task took between the notify and what the woken task did next; rather
// in the function in which that one waited, since who does the same wants the same.
std::optional<size_t> lock_taken_first(const std::vector<Step>& steps, size_t notify,
                                       size_t woken) {
  const TaskId self = steps[woken].task;
  size_t end = woken + 1;
  while (end < steps.size() && (steps[end].task != self || is_lock(steps[end]))) ++end;
  const std::vector<std::string>& held = end < steps.size() ? steps[end].locks : steps[woken].locks;
  std::optional<size_t> first;
  for (size_t i = notify + 1; i < end; ++i) {
    const Step& step = steps[i];
    const bool took = is_lock(step) && step.effect == Effect::done && step.task != self &&
                      step.task != steps[notify].task;
    const bool ours =
        held.empty() || std::find(held.begin(), held.end(), step.object) != held.end();
    if (!took || !ours) continue;
    if (step.place.function == steps[woken].place.function) return i;
    if (!first) first = i;
  }
  return first;
}

// When the task whose wait ended at `woken` had begun that wait; `woken` where that is not known.
size_t begin_of_wait(const std::vector<Step>& steps, size_t woken) {
  for (size_t i = woken; i-- > 0;) {
    const Step& step = steps[i];
    if (step.task == steps[woken].task && step.effect == Effect::blocked) return i;
  }
  return woken;
}

// A wait that ended at step `woken` without what was waited for; the consequences end at `end`.
std::optional<Telling> stale_wake_up_at(const Finding& finding, size_t woken, size_t end) {
  static constexpr const char* kAdvice =
      " What it waited for need not hold then: a wait belongs in a loop that tests its condition "
      "again.";
  const std::vector<Step>& steps = finding.steps;
  const Step& wait = steps[woken];
  const TaskNames names(finding.tasks);
  Telling story;
  story.mistake = "stale-wake-up";
  if (wait.effect == Effect::woken_spuriously) {
    story.text = absl::StrCat(names(wait.task), " woke up by itself", at(wait),
                              ", without a notify, as condition variables may.", kAdvice);
    for (size_t i = begin_of_wait(steps, woken); i < end; ++i) {
      if (steps[i].task == wait.task && !is_housekeeping(steps[i])) story.steps.push_back(i);
    }
    if (story.steps.size() > kWholeStory) story.steps = {woken};
    return story;
  }
  const std::optional<size_t> notify = last_notify(steps, woken);
  if (!notify) return std::nullopt;
  const std::optional<size_t> thief = lock_taken_first(steps, *notify, woken);
  if (!thief) return std::nullopt;
  story.text =
      absl::StrCat(names(wait.task), " was woken by ", names(steps[*notify].task), "'s notify",
                   at(steps[*notify]), ", but ", names(steps[*thief].task), " took ",
                   steps[*thief].object, at(steps[*thief]), " before it could go on.", kAdvice);
  for (size_t i = *notify; i < end; ++i) {
    const Step& step = steps[i];
    const bool part = step.task == wait.task || (step.task == steps[*thief].task && i < woken);
    if (i == *notify || (part && !is_housekeeping(step))) story.steps.push_back(i);
  }
  if (story.steps.size() > 2 * kWholeStory) story.steps = {*notify, *thief, woken};
  return story;
}

// The last change of what step `read` saw, unless its own task made it.
std::optional<size_t> change_behind(const std::vector<Step>& steps, size_t read) {
  for (size_t i = read; i-- > 0;) {
    const Step& step = steps[i];
    if (!step.changes || !same_object(step, steps[read])) continue;
    return step.task == steps[read].task ? std::nullopt : std::optional(i);
  }
  return std::nullopt;
}

}  // namespace

bool shares_lock(const Step& a, const Step& b) {
  return std::any_of(a.locks.begin(), a.locks.end(), [&](const std::string& lock) {
    return std::find(b.locks.begin(), b.locks.end(), lock) != b.locks.end();
  });
}

std::optional<Telling> lost_update(const Finding& finding, bool only_mentioned) {
  const std::optional<LostUpdate> lost = find_lost_update(finding, only_mentioned);
  if (!lost) return std::nullopt;
  Telling story;
  story.mistake = "lost-update";
  story.text = lost_update_text(finding, *lost);
  story.steps = lost_update_steps(finding, *lost);
  const Step& early = finding.steps[lost->early_write];
  const std::string owner = TaskNames(finding.tasks)(early.task);
  const bool value = early.has_value && early.op != Op::file_write;
  story.notes = {{lost->late_write,
                  absl::StrCat("over ", owner, "'s", value ? absl::StrCat(" ", early.value) : "")}};
  return story;
}

std::optional<Telling> torn_read(const Finding& finding) {
  for (size_t i = 0; i < finding.steps.size(); ++i) {
    const Step& step = finding.steps[i];
    std::optional<Telling> story;
    if (step.op == Op::file_read) {
      story = torn_file_read(finding, i);
    } else if (is_write(step) && mentions(finding.message, step.object)) {
      story = torn_pair(finding, i);
    }
    if (!story) continue;
    story->mistake = "torn-read";
    return story;
  }
  return std::nullopt;
}

// A wait ended, by itself or after another task had taken the lock first, and its task went on all
// the same: the failing task, or one that wrote what the failing task read last.
std::optional<Telling> stale_wake_up(const Finding& finding) {
  const std::vector<Step>& steps = finding.steps;
  if (steps.empty()) return std::nullopt;
  const TaskId self = steps.back().task;
  if (const std::optional<size_t> woken = last_wake_up(steps, self, steps.size())) {
    return stale_wake_up_at(finding, *woken, steps.size());
  }
  for (size_t i = steps.size(); i-- > 0;) {
    if (steps[i].task != self || is_housekeeping(steps[i])) continue;
    if (!is_read(steps[i])) break;
    const std::optional<size_t> change = change_behind(steps, i);
    if (!change) continue;
    const std::optional<size_t> woken = last_wake_up(steps, steps[*change].task, *change);
    if (!woken) continue;
    std::optional<Telling> story = stale_wake_up_at(finding, *woken, *change + 1);
    if (story) return story;
  }
  return std::nullopt;
}

}  // namespace heddle
