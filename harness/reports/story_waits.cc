// Mistakes that show in who waits for whom.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "reports/printable.h"
#include "reports/story_parts.h"

namespace heddle {
namespace {

constexpr absl::string_view kLock = "lock ";
constexpr absl::string_view kWaitOn = "wait on ";

bool is_notify(const Step& step) {
  return step.op == Op::condition_signal || step.op == Op::condition_broadcast;
}

// What is waited for, without the verb: "b.mutex" of "lock b.mutex".
std::string wanted(const Wait& wait) {
  for (const absl::string_view verb : {kLock, kWaitOn}) {
    if (absl::StartsWith(wait.for_what, verb)) return wait.for_what.substr(verb.size());
  }
  return "";
}

const Wait* wait_of(const Finding& finding, TaskId task) {
  for (const Wait& wait : finding.waits) {
    if (wait.task == task) return &wait;
  }
  return nullptr;
}

// The tasks of a circle of waits, starting with its lowest; empty where there is none.
std::vector<TaskId> circle(const Finding& finding) {
  for (const Wait& start : finding.waits) {
    std::vector<TaskId> path;
    for (const Wait* at = &start; at != nullptr && path.size() <= finding.waits.size();
         at = wait_of(finding, at->owner)) {
      path.push_back(at->task);
      if (at->owner != start.task) continue;
      std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
      return path;
    }
  }
  return {};
}

std::string circle_text(const Finding& finding, const std::vector<TaskId>& tasks) {
  const TaskNames names(finding.tasks);
  const bool locks_only = std::all_of(tasks.begin(), tasks.end(), [&](TaskId task) {
    return absl::StartsWith(wait_of(finding, task)->for_what, kLock);
  });
  const bool one_lock = std::all_of(tasks.begin(), tasks.end(), [&](TaskId task) {
    return wait_of(finding, task)->for_what == wait_of(finding, tasks[0])->for_what;
  });
  if (locks_only && tasks.size() == 2 && !one_lock) {
    return "Both take two locks one after the other, in opposite order. Always taking them in the "
           "same order, or both at once with std::scoped_lock, prevents this.";
  }
  std::string text = locks_only && !one_lock ? "Each holds the lock that the one before it wants: "
                                             : "They wait in a circle: ";
  for (const TaskId task : tasks) absl::StrAppend(&text, names(task), " -> ");
  return absl::StrCat(text, names(tasks.front()), ".");
}

// The last steps that got each task where it stands: its locks still held, and its wait.
std::vector<size_t> waiting_steps(const Finding& finding, const std::vector<TaskId>& tasks) {
  std::vector<std::string> objects;
  for (const TaskId task : tasks) {
    const Wait* wait = wait_of(finding, task);
    if (wait != nullptr && !wanted(*wait).empty()) objects.push_back(wanted(*wait));
  }
  const auto involved = [&](const Step& step) {
    return std::find(objects.begin(), objects.end(), step.object) != objects.end();
  };
  const std::vector<Step>& steps = finding.steps;
  std::vector<size_t> out;
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const bool of_one = std::find(tasks.begin(), tasks.end(), step.task) != tasks.end();
    const bool waits = step.op == Op::condition_wait && step.effect == Effect::blocked;
    if (!of_one || !involved(step) || (!is_lock(step) && !waits)) continue;
    // What the task later released, or took again, led nowhere.
    const bool overtaken = std::any_of(
        steps.begin() + static_cast<std::ptrdiff_t>(i) + 1, steps.end(), [&](const Step& later) {
          return later.task == step.task && same_object(later, step) &&
                 (is_unlock(later) || (is_lock(later) && step.effect != Effect::done));
        });
    if (!overtaken) out.push_back(i);
  }
  return out;
}

Telling deadlock_story(const Finding& finding) {
  Telling story;
  std::vector<TaskId> tasks = circle(finding);
  if (!tasks.empty()) {
    story.text = circle_text(finding, tasks);
  } else {
    for (const Wait& wait : finding.waits) {
      tasks.push_back(wait.task);
      if (wait.owner.valid()) tasks.push_back(wait.owner);
    }
  }
  story.steps = waiting_steps(finding, tasks);
  return story;
}

// The last time `task` got the lock, if it did.
std::optional<size_t> last_lock(const Finding& finding, TaskId task, const std::string& object) {
  for (size_t i = finding.steps.size(); i-- > 0;) {
    const Step& step = finding.steps[i];
    if (step.task == task && is_lock(step) && step.effect == Effect::done &&
        step.object == object) {
      return i;
    }
  }
  return std::nullopt;
}

// Whether the task reads under the lock that it now wants to write under.
bool upgrades(const Finding& finding, const Wait& wait) {
  const std::optional<size_t> locked = last_lock(finding, wait.task, wanted(wait));
  if (!locked || finding.steps[*locked].op != Op::read_lock) return false;
  return std::any_of(finding.steps.begin(), finding.steps.end(), [&](const Step& step) {
    return step.task == wait.task && step.op == Op::write_lock && step.effect == Effect::blocked &&
           same_object(step, finding.steps[*locked]);
  });
}

Telling self_deadlock_story(const Finding& finding) {
  Telling story;
  for (const Wait& wait : finding.waits) {
    if (wait.owner != wait.task) continue;
    const std::string who = TaskNames(finding.tasks)(wait.task);
    story.text =
        upgrades(finding, wait)
            ? absl::StrCat(who, " asks to write under ", wanted(wait),
                           " while it still reads under it, and so waits for itself. It has to "
                           "unlock first, and to look again afterwards: others may have written in "
                           "between.")
            : absl::StrCat(who, " locks ", wanted(wait),
                           " a second time without having unlocked it. Only a recursive mutex may "
                           "be locked again by its owner.");
    story.steps = waiting_steps(finding, {wait.task});
    break;
  }
  return story;
}

Telling orphaned_lock_story(const Finding& finding) {
  const TaskNames names(finding.tasks);
  Telling story;
  std::vector<TaskId> tasks;
  for (const Wait& wait : finding.waits) {
    tasks.push_back(wait.task);
    if (!wait.owner.valid() || !story.text.empty() || wanted(wait).empty()) continue;
    const std::optional<size_t> locked = last_lock(finding, wait.owner, wanted(wait));
    story.text = absl::StrCat(
        names(wait.owner), " locked ", wanted(wait), locked ? at(finding.steps[*locked]) : "",
        wait.owner_ended ? " and ended without unlocking it."
                         : " and went on without unlocking it.",
        " An exception or an early return between lock and unlock does this; a std::lock_guard "
        "unlocks on every way out.");
    tasks.push_back(wait.owner);
    if (!wait.owner_ended) continue;
    for (size_t i = 0; i < finding.steps.size(); ++i) {
      const Step& step = finding.steps[i];
      if (step.task == wait.owner && step.op == Op::task_end) story.steps.push_back(i);
    }
  }
  const std::vector<size_t> locks = waiting_steps(finding, tasks);
  story.steps.insert(story.steps.end(), locks.begin(), locks.end());
  return story;
}

bool waits_for_notify(Op op) {
  return op == Op::condition_wait || op == Op::futex_wait;
}

// When the waiter went to sleep for the last time.
std::optional<size_t> sleep_of(const Finding& finding, const Wait& wait) {
  for (size_t i = finding.steps.size(); i-- > 0;) {
    const Step& step = finding.steps[i];
    if (step.task == wait.task && waits_for_notify(step.op) && step.object == wanted(wait)) {
      return i;
    }
  }
  return std::nullopt;
}

Telling lost_wakeup_story(const Finding& finding) {
  const TaskNames names(finding.tasks);
  Telling story;
  for (const Wait& wait : finding.waits) {
    const std::optional<size_t> sleep =
        absl::StartsWith(wait.for_what, kWaitOn) ? sleep_of(finding, wait) : std::nullopt;
    if (!sleep) continue;
    std::optional<size_t> before;
    std::optional<size_t> after;
    for (size_t i = 0; i < finding.steps.size(); ++i) {
      const Step& step = finding.steps[i];
      if (is_notify(step) && same_object(step, finding.steps[*sleep]))
        (i < *sleep ? before : after) = i;
    }
    const std::string waiter = names(wait.task);
    story.steps = {*sleep};
    if (after) {
      const Step& notify = finding.steps[*after];
      story.text =
          absl::StrCat(names(notify.task), "'s ", word(notify.op), at(notify), " woke ",
                       notify.other.valid() ? names(notify.other) : "another task", " and not ",
                       waiter, ", and no further notify came: one wake-up is missing.");
      story.steps.push_back(*after);
    } else if (finding.steps[*sleep].op == Op::futex_wait) {
      story.text = absl::StrCat("What ", waiter, " waits for has changed since it went to sleep",
                                at(finding.steps[*sleep]),
                                ", and no notify followed the change, so it sleeps for ever. "
                                "Change first, then notify.");
    } else if (before) {
      const Step& notify = finding.steps[*before];
      story.text = absl::StrCat(names(notify.task), " notified ", notify.object, at(notify),
                                " before ", waiter, " began to wait", at(finding.steps[*sleep]),
                                ". A notify is not kept for those who "
                                "come later, so ",
                                waiter, " sleeps for ever.");
      story.steps.push_back(*before);
      story.notes = {{*before, "nobody waits yet"}};
    } else {
      story.text = absl::StrCat("Nobody notified ", wanted(wait), " in this execution, so ", waiter,
                                " sleeps for ever.");
    }
    break;
  }
  return story;
}

}  // namespace

Telling waiting_story(const Finding& finding) {
  switch (finding.kind) {
    case FindingKind::self_deadlock:
      return self_deadlock_story(finding);
    case FindingKind::orphaned_lock:
      return orphaned_lock_story(finding);
    case FindingKind::lost_wakeup:
      return lost_wakeup_story(finding);
    default:
      return deadlock_story(finding);
  }
}

}  // namespace heddle
