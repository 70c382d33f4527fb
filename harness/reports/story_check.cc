// Check, then act: each of the two steps may be locked or atomic, but not both together.
#include <map>

#include "absl/strings/str_cat.h"
#include "reports/story_parts.h"

namespace heddle {
namespace {

// More steps than these between check and act would bury the moment.
constexpr size_t kMostBetween = 24;

struct Act {
  size_t check = 0;
  size_t change = 0;  // by another task, after the check
  size_t act = 0;
};

bool changes_memory(const Step& step) {
  return step.changes && step.effect == Effect::done && step.before != step.value &&
         (step.op == Op::write || step.op == Op::atomic_store || step.op == Op::atomic_update);
}

// Whether the read belongs to what the task does, and is no second look at what it checked: as the
// read within `size_ = size_ - 1`, or within the function that acts.
bool belongs_to(const Step& read, const Step& act, const Step& check) {
  if (read.place.file == act.place.file && read.place.line == act.place.line) return true;
  return read.place.function == act.place.function && read.place.function != check.place.function;
}

// The check behind the change at `act`, if another task's change came in between and the object had
// another value by then.
std::optional<Act> checked_before(const std::vector<Step>& steps, size_t act) {
  const Step& acting = steps[act];
  std::optional<size_t> change;
  std::vector<size_t> reads;  // after the other task's change
  for (size_t i = act; i-- > 0;) {
    const Step& step = steps[i];
    if (!same_object(step, acting)) continue;
    if (step.task != acting.task) {
      if (changes_memory(step) && !change) change = i;
      if (step.op == Op::atomic_compare && step.changes) return std::nullopt;
      continue;
    }
    if (!is_read(step)) return std::nullopt;
    if (!change) {
      reads.push_back(i);
      continue;
    }
    const bool other_value = step.has_value && step.value != acting.before;
    if (!other_value) return std::nullopt;
    for (const size_t read : reads) {
      if (!belongs_to(steps[read], acting, step)) return std::nullopt;
    }
    return Act{i, *change, act};
  }
  return std::nullopt;
}

std::optional<Act> find_act(const Finding& finding) {
  const std::vector<Step>& steps = finding.steps;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (!changes_memory(steps[i]) || !concerns(finding, i)) continue;
    if (const std::optional<Act> act = checked_before(steps, i)) return act;
  }
  return std::nullopt;
}

// " Each of the two is locked …": why the single steps are right and their sum is not.
std::string advice(const Finding& finding, const Act& found, const std::string& who) {
  const Step& check = finding.steps[found.check];
  const Step& act = finding.steps[found.act];
  if (check.op == Op::atomic_load) {
    return " Each of the two steps is atomic, but not both together: one compare_exchange, or a "
           "lock around both, would be.";
  }
  if (!shares_lock(check, act)) return "";
  for (size_t i = found.check; i < found.act; ++i) {
    if (finding.steps[i].task != act.task || !is_unlock(finding.steps[i])) continue;
    return absl::StrCat(" ", who, " held ", check.locks.front(),
                        " while it checked and while it acted, but not in between.");
  }
  return "";
}

}  // namespace

std::optional<Telling> check_then_act(const Finding& finding) {
  const std::optional<Act> found = find_act(finding);
  if (!found) return std::nullopt;
  const std::vector<Step>& steps = finding.steps;
  const Step& check = steps[found->check];
  const Step& change = steps[found->change];
  const Step& act = steps[found->act];
  // `++count` reads and writes too, but checks nothing: an update that is lost.
  if (check.op == Op::read && act.op == Op::write && at(check) == at(act)) return std::nullopt;
  const TaskNames names(finding.tasks);
  const std::string who = names(act.task);
  const std::string other = names(change.task);
  Telling story;
  story.mistake = "check-then-act";
  const bool one_line = at(check) == at(act);
  story.text = absl::StrCat("Check, then act. ", who, " saw ", check.object, " ", check.value,
                            one_line ? "" : at(check), "; before it acted", at(act), ", ", other,
                            " made it ", change.value, at(change), ". ", who, " then made ",
                            act.before, " into ", act.value, ".", advice(finding, *found, who));
  for (size_t i = 0; i < steps.size() && i <= found->act; ++i) {
    const Step& step = steps[i];
    const bool of_the_two = step.task == act.task || step.task == change.task;
    const bool inside = i >= found->check && (is_lock(step) || is_unlock(step));
    if (of_the_two && (inside || same_object(step, act))) story.steps.push_back(i);
  }
  if (story.steps.size() > kMostBetween) story.steps = {found->check, found->change, found->act};
  story.notes = {{found->act, absl::StrCat("had seen ", check.value)}};
  return story;
}

}  // namespace heddle
