#include "reports/story.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "reports/object_names.h"
#include "reports/printable.h"
#include "reports/story_parts.h"

namespace heddle {

bool same_object(const Step& a, const Step& b) {
  if (a.object_id != 0 && b.object_id != 0) return a.object_id == b.object_id;
  return !a.object.empty() && a.object == b.object;
}

bool is_read(const Step& step) {
  return step.op == Op::read || step.op == Op::atomic_load || step.op == Op::file_read;
}

bool is_write(const Step& step) {
  return step.op == Op::write || step.op == Op::atomic_store || step.op == Op::file_write;
}

bool is_lock(const Step& step) {
  return step.op == Op::mutex_lock || step.op == Op::mutex_try_lock || step.op == Op::read_lock ||
         step.op == Op::write_lock || step.op == Op::file_lock;
}

bool is_unlock(const Step& step) {
  return step.op == Op::mutex_unlock || step.op == Op::rwlock_unlock || step.op == Op::file_unlock;
}

std::string at(const Step& step) {
  if (step.place.file.empty()) return "";
  return absl::StrCat(" (", short_place(step.place), ")");
}

namespace {

bool has_word(absl::string_view text, absl::string_view word) {
  if (word.empty()) return false;
  for (size_t found = text.find(word); found != absl::string_view::npos;
       found = text.find(word, found + 1)) {
    const size_t after = found + word.size();
    const bool whole = (found == 0 || !in_word(text[found - 1])) &&
                       (after == text.size() || !in_word(text[after]));
    if (whole) return true;
  }
  return false;
}

}  // namespace

// Of "account.balance_" a message may speak as `account` or as `balance`.
bool mentions(const std::string& message, const std::string& object) {
  const size_t end = std::min(object.find_first_of("+[ ("), object.size());
  size_t at = object.rfind("::", end);
  at = at == std::string::npos ? 0 : at + 2;
  while (at < end) {
    if (!in_word(object[at])) {
      ++at;
      continue;
    }
    const size_t begin = at;
    while (at < end && in_word(object[at])) ++at;
    const absl::string_view name = absl::string_view(object).substr(begin, at - begin);
    if (has_word(message, name) || has_word(message, absl::StripSuffix(name, "_"))) return true;
  }
  return false;
}

bool concerns(const Finding& finding, size_t step) {
  const Step& object = finding.steps[step];
  if (mentions(finding.message, object.object)) return true;
  const std::vector<Step>& steps = finding.steps;
  for (size_t i = steps.size(); i-- > step + 1;) {
    if (steps[i].task == steps.back().task && is_read(steps[i])) {
      return same_object(steps[i], object);
    }
  }
  return false;
}

bool is_housekeeping(const Step& step) {
  switch (step.op) {
    case Op::task_start:
    case Op::task_end:
    case Op::task_create:
    case Op::task_join:
    case Op::task_detach:
    case Op::heap_allocate:
    case Op::heap_free:
      return true;
    default:
      return false;
  }
}

namespace {

// Where no mistake is recognised, so many steps before the end are shown.
constexpr size_t kLastSteps = 24;

bool only_looks(const Step& step) {
  return is_read(step) || step.op == Op::clock_read || step.op == Op::check;
}

}  // namespace

std::vector<size_t> meeting_steps(const std::vector<Step>& steps, size_t limit) {
  struct Use {
    std::set<TaskId> tasks;
    bool changed = false;
  };
  std::map<std::string, Use> uses;
  const auto key = [](const Step& step) {
    return step.object_id != 0 ? absl::StrCat("#", step.object_id) : step.object;
  };
  for (const Step& step : steps) {
    if (is_housekeeping(step) || step.foreign || step.object.empty()) continue;
    Use& use = uses[key(step)];
    use.tasks.insert(step.task);
    use.changed |= !only_looks(step);
  }
  std::vector<size_t> out;
  for (size_t i = 0; i < steps.size(); ++i) {
    const auto use = uses.find(key(steps[i]));
    if (use == uses.end() || is_housekeeping(steps[i]) || steps[i].foreign) continue;
    if (use->second.tasks.size() > 1 && use->second.changed) out.push_back(i);
  }
  if (out.size() > limit) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(limit));
  return out;
}

namespace {

std::vector<size_t> last_steps(const std::vector<Step>& steps) {
  std::vector<size_t> out = meeting_steps(steps, kLastSteps);
  if (!out.empty()) return out;
  for (size_t i = steps.size(); i-- > 0 && out.size() < kLastSteps;) {
    const Step& step = steps[i];
    const bool says_nothing = step.foreign || step.op == Op::heap_allocate ||
                              step.op == Op::heap_free || step.op == Op::task_start ||
                              step.op == Op::task_end;
    if (!says_nothing) out.push_back(i);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

// Two mistakes may have met in one failure; which of them it was is for the reader to see.
Telling both(Telling first, const Telling& second) {
  absl::StrAppend(&first.text, " ", second.text);
  first.steps.insert(first.steps.end(), second.steps.begin(), second.steps.end());
  first.notes.insert(first.notes.end(), second.notes.begin(), second.notes.end());
  return first;
}

Telling failure_story(const Finding& finding) {
  if (std::optional<Telling> lost = lost_update(finding, true)) return *lost;
  const std::optional<Telling> torn = torn_read(finding);
  if (!torn) {
    if (std::optional<Telling> stale = stale_wake_up(finding)) return *stale;
  }
  if (!torn) {
    if (std::optional<Telling> acted = check_then_act(finding)) return *acted;
  }
  const std::optional<Telling> lost = lost_update(finding, false);
  if (torn) return lost ? both(*torn, *lost) : *torn;
  if (lost) return *lost;
  Telling telling{"", last_steps(finding.steps), {}};
  if (finding.kind == FindingKind::uncaught_exception) {
    const bool body = absl::StrContains(finding.message, " left the body");
    telling.text = body ? "Nothing in the body caught it."
                        : "An exception that leaves a thread's function ends the whole program "
                          "(std::terminate).";
  }
  return telling;
}

std::string locks_sentence(const TaskNames& names, const Step& a, const Step& b) {
  if (a.locks.empty() && b.locks.empty()) {
    return "Nothing orders the two: no lock, atomic, start or join lies between them.";
  }
  if (a.locks.empty() || b.locks.empty()) {
    const Step& holder = a.locks.empty() ? b : a;
    const Step& other = a.locks.empty() ? a : b;
    return absl::StrCat("Nothing orders the two: ", names(holder.task), " holds ",
                        enumerated(holder.locks), ", but ", names(other.task), " holds no lock.");
  }
  const bool common = std::any_of(a.locks.begin(), a.locks.end(), [&](const std::string& lock) {
    return std::find(b.locks.begin(), b.locks.end(), lock) != b.locks.end();
  });
  if (common) {
    return "Nothing orders the two: both hold locks, but none that keeps the other out. Readers of "
           "a lock do not exclude each other.";
  }
  return "Nothing orders the two: each holds a lock, but not the same one.";
}

Telling race_story(const Finding& finding) {
  Telling story;
  for (size_t i = 0; i < finding.steps.size(); ++i) {
    for (const Step& access : finding.accesses) {
      if (access.step == finding.steps[i].step) story.steps.push_back(i);
    }
  }
  if (finding.accesses.size() != 2) return story;
  const Step& later = finding.accesses[0];
  const Step& earlier = finding.accesses[1];
  story.text = locks_sentence(TaskNames(finding.tasks), later, earlier);
  const auto is_atomic = [](Op op) {
    return op == Op::atomic_load || op == Op::atomic_store || op == Op::atomic_update ||
           op == Op::atomic_compare;
  };
  if (is_atomic(later.op) != is_atomic(earlier.op)) {
    absl::StrAppend(&story.text, " One access is atomic, but the other is not.");
  }
  if (later.op == Op::heap_free || earlier.op == Op::heap_free) {
    absl::StrAppend(&story.text, " One of them frees the memory that the other uses.");
  }
  return story;
}

Telling leak_story(const Finding& finding) {
  const TaskNames names(finding.tasks);
  std::vector<std::string> running;
  for (const TaskInfo& task : finding.tasks) {
    if (!task.ended && task.id.index() != 0) running.push_back(names(task.id));
  }
  Telling story;
  if (!running.empty() && running.size() <= 8) {
    story.text = absl::StrCat(enumerated(running), running.size() == 1 ? " was" : " were",
                              " still running when the body returned, and nobody joined ",
                              running.size() == 1 ? "it" : "them",
                              ": a program that ends here cuts the work off in the middle.");
  }
  for (size_t i = 0; i < finding.steps.size(); ++i) {
    const Op op = finding.steps[i].op;
    if (op == Op::task_create || op == Op::task_join || op == Op::task_detach ||
        op == Op::task_end) {
      story.steps.push_back(i);
    }
  }
  if (story.steps.size() > kLastSteps) story.steps = last_steps(finding.steps);
  return story;
}

// The rule that a call has broken.
const char* rule_of(Op op) {
  switch (op) {
    case Op::mutex_unlock:
      return "Only the task that has locked a mutex may unlock it.";
    case Op::destroy:
      return "Whoever destroys it must know that nobody holds it, waits for it or uses it later.";
    case Op::condition_wait:
      return "A wait gives up the mutex that guards the condition: the caller has to hold it, and "
             "all who wait at once have to use the same one.";
    case Op::mutex_lock:
    case Op::mutex_try_lock:
    case Op::condition_signal:
    case Op::condition_broadcast:
      return "It has to outlive its last user.";
    case Op::task_join:
    case Op::task_detach:
      return "A thread is joined or detached once, and never by itself.";
    default:
      return "";
  }
}

// The call is the last step; before it, what was done to its object.
Telling misuse_story(const Finding& finding) {
  Telling story;
  if (finding.steps.empty() || finding.steps.back().effect != Effect::failed) return story;
  const size_t last = finding.steps.size() - 1;
  const Step& call = finding.steps[last];
  story.text = rule_of(call.op);
  const bool about_task = call.op == Op::task_join || call.op == Op::task_detach;
  for (size_t i = last; i-- > 0 && story.steps.size() < kLastSteps;) {
    const Step& step = finding.steps[i];
    const bool same_task =
        step.op == call.op || step.op == Op::task_create || step.op == Op::task_detach;
    const bool belongs =
        about_task ? same_task && step.other == call.other : same_object(step, call);
    if (belongs) story.steps.push_back(i);
  }
  story.steps.push_back(last);
  story.notes.emplace_back(last, "not allowed");
  return story;
}

Telling story_of(const Finding& finding) {
  switch (finding.kind) {
    case FindingKind::data_race:
      return race_story(finding);
    case FindingKind::use_after_free:
    case FindingKind::double_free:
      return dead_memory_story(finding);
    case FindingKind::deadlock:
    case FindingKind::self_deadlock:
    case FindingKind::orphaned_lock:
    case FindingKind::lost_wakeup:
      return waiting_story(finding);
    case FindingKind::lock_misuse:
      return misuse_story(finding);
    case FindingKind::leaked_task:
      return leak_story(finding);
    case FindingKind::check_failed:
    case FindingKind::uncaught_exception:
    case FindingKind::crash:
    case FindingKind::exit:
      return failure_story(finding);
    case FindingKind::not_modelled:
      return {
          "Heddle does not control this call yet, so it cannot judge what comes after it.", {}, {}};
    case FindingKind::lock_order_cycle:
      return {
          "Each of the two may wait for the other's lock. Always taking them in the same order "
          "rules "
          "that out.",
          last_steps(finding.steps),
          {}};
    case FindingKind::nondeterminism:
      return {
          "The same schedule gave two different executions: something that Heddle does not "
          "control decides what the program does.",
          last_steps(finding.steps),
          {}};
    default:
      return {"", last_steps(finding.steps), {}};
  }
}

// Races on one variable lack one and the same protection: they count once, behind the race that a
// failure is put down to, else behind the first.
void link_races(std::vector<Finding>& findings) {
  const auto same_memory = [](const Finding& a, const Finding& b) {
    return !a.object.empty() && a.object == b.object && !a.accesses.empty() &&
           !b.accesses.empty() && same_object(a.accesses[0], b.accesses[0]);
  };
  std::vector<size_t> heads;
  for (const Finding& failure : findings) {
    if (failure.caused_by >= 0) heads.push_back(static_cast<size_t>(failure.caused_by));
  }
  for (size_t i = 0; i < findings.size(); ++i) {
    Finding& race = findings[i];
    const bool is_head = std::find(heads.begin(), heads.end(), i) != heads.end();
    if (race.kind != FindingKind::data_race || race.caused_by >= 0 || is_head) continue;
    const auto head = std::find_if(heads.begin(), heads.end(), [&](size_t known) {
      return same_memory(findings[known], race);
    });
    if (head == heads.end()) {
      heads.push_back(i);
    } else {
      race.caused_by = static_cast<int>(*head);
    }
  }
}

}  // namespace

namespace {

// Where the steps show no mistake, those with more of memory may. Only what the failure is about
// counts there: of the rest there is too much.
Telling closer_story(Finding& finding, Telling story) {
  Finding closer = finding;
  closer.steps = std::move(finding.closer_steps);
  finding.closer_steps.clear();
  if (!story.mistake.empty() || closer.steps.empty()) return story;
  shorten_objects(closer);
  std::optional<Telling> better = lost_update(closer, true);
  if (!better) better = check_then_act(closer);
  if (!better) return story;
  finding.steps = std::move(closer.steps);
  finding.seen_closer = true;
  return *better;
}

}  // namespace

void explain(Finding& finding) {
  shorten_objects(finding);
  const Telling story = closer_story(finding, story_of(finding));
  if (finding.mistake.empty()) finding.mistake = story.mistake;
  if (finding.explanation.empty()) finding.explanation = story.text;
  for (Step& step : finding.steps) step.relevant = false;
  for (const size_t index : story.steps) finding.steps[index].relevant = true;
  for (const auto& [index, note] : story.notes) finding.steps[index].note = note;
}

void link_causes(std::vector<Finding>& findings) {
  for (Finding& failure : findings) {
    const bool can_be_caused = failure.kind == FindingKind::check_failed ||
                               failure.kind == FindingKind::uncaught_exception ||
                               failure.kind == FindingKind::crash ||
                               failure.kind == FindingKind::exit;
    if (!can_be_caused || failure.caused_by >= 0) continue;
    const auto performs = [&](const Step& access) {
      return std::any_of(failure.steps.begin(), failure.steps.end(), [&](const Step& step) {
        const bool elsewhere =
            step.object_id != 0 && access.object_id != 0 && step.object_id != access.object_id;
        return step.relevant && !elsewhere && step.op == access.op &&
               step.place.file == access.place.file && step.place.line == access.place.line;
      });
    };
    for (size_t i = 0; i < findings.size(); ++i) {
      const Finding& cause = findings[i];
      const bool can_cause =
          cause.kind == FindingKind::data_race || cause.kind == FindingKind::use_after_free;
      if (!can_cause || cause.accesses.empty()) continue;
      if (!std::all_of(cause.accesses.begin(), cause.accesses.end(), performs)) continue;
      failure.caused_by = static_cast<int>(i);
      break;
    }
  }
  link_races(findings);
}

void explain(ExplorationResult& result) {
  for (Finding& finding : result.findings) explain(finding);
  link_causes(result.findings);
}

void explain(ReplayResult& replay) {
  shorten_objects(replay);
  explain(replay.result);
  // What was seen only from closer is shown in full: the numbers of its steps are others.
  for (const Finding& finding : replay.result.findings) {
    if (!finding.seen_closer) continue;
    replay.steps = finding.steps;
    return;
  }
  std::set<uint64_t> shown;
  for (const Finding& finding : replay.result.findings) {
    if (finding.kind == FindingKind::data_race) continue;  // two accesses are no interleaving
    for (const Step& step : finding.steps) {
      if (step.relevant) shown.insert(step.step);
    }
  }
  const bool by_finding = !shown.empty();
  for (Step& step : replay.steps) step.relevant = by_finding && shown.count(step.step) != 0;
  for (const Finding& finding : replay.result.findings) {
    for (const Step& told : finding.steps) {
      if (told.note.empty()) continue;
      for (Step& step : replay.steps) {
        if (step.step == told.step) step.note = told.note;
      }
    }
  }
  if (by_finding) return;
  constexpr size_t kAll = static_cast<size_t>(-1);
  for (const size_t index : meeting_steps(replay.steps, kAll)) replay.steps[index].relevant = true;
}

}  // namespace heddle
