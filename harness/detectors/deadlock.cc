#include "detectors/deadlock.h"

namespace heddle {
namespace {

struct Waits {
  const WaitInfo* first;
  uint32_t count;
  const WaitInfo* of(TaskId task) const {
    for (uint32_t i = 0; i < count; ++i) {
      if (first[i].task == task) return &first[i];
    }
    return nullptr;
  }
};

Detection detection_of(FindingKind kind, const WaitInfo& wait) {
  Detection detection;
  detection.kind = kind;
  detection.access.task = wait.task;
  detection.access.site = wait.site;
  detection.access.address = wait.address;
  detection.object = wait.object;
  return detection;
}

// What lies at the end of the chain of owners that begins at `wait`.
struct Root {
  enum class Kind : uint8_t { open, self, cycle, orphan } kind = Kind::open;
  const WaitInfo* wait = nullptr;   // open, orphan: the last wait; self, cycle: one of the cycle
  const WaitInfo* other = nullptr;  // cycle: the next one in it
};

Root root_of(const Waits& waits, const WaitInfo& start) {
  const WaitInfo* at = &start;
  for (uint32_t length = 0; length <= waits.count; ++length) {
    if (!at->owner.valid()) return {Root::Kind::open, at, nullptr};
    if (at->owner_ended) return {Root::Kind::orphan, at, nullptr};
    if (at->owner == at->task) return {Root::Kind::self, at, nullptr};
    const WaitInfo* next = waits.of(at->owner);
    if (next == nullptr || next->timed) return {Root::Kind::open, at, nullptr};
    at = next;
  }
  // Longer than there are waits: `at` lies on a cycle. Name it by its smallest task, so that it
  // reads the same wherever the search began.
  const WaitInfo* smallest = at;
  for (const WaitInfo* walk = waits.of(at->owner); walk != at; walk = waits.of(walk->owner)) {
    if (walk->task < smallest->task) smallest = walk;
  }
  return {Root::Kind::cycle, smallest, waits.of(smallest->owner)};
}

// Whoever waits for a futex looks at a value before; one that did not change, such as the places of
// a semaphore, is no wake-up lost, however often others were woken.
bool lost_its_wakeup(const WaitInfo& wait) {
  if (wait.owner.valid()) return false;
  if (wait.op == Op::signal_wait) return false;  // they are kept
  return wait.op == Op::futex_wait ? wait.missed : wait.notifies > 0;
}

bool judge_root(const Root& root, Detection& found) {
  switch (root.kind) {
    case Root::Kind::self:
      found = detection_of(FindingKind::self_deadlock, *root.wait);
      return true;
    case Root::Kind::cycle:
      found = detection_of(FindingKind::deadlock, *root.wait);
      found.earlier.task = root.other->task;
      found.earlier.site = root.other->site;
      found.earlier.address = root.other->address;
      return true;
    case Root::Kind::orphan:
      found = detection_of(FindingKind::orphaned_lock, *root.wait);
      found.earlier.task = root.wait->owner;
      return true;
    case Root::Kind::open:
      break;
  }
  return false;
}

}  // namespace

Detection DeadlockJudge::judge_stuck(const WaitInfo* first, uint32_t count) {
  const Waits waits{first, count};
  Detection found;
  for (uint32_t i = 0; i < count; ++i) {
    if (judge_root(root_of(waits, first[i]), found)) return found;
  }
  // Nobody owns what is waited for: a notify is missing. Was there one?
  for (uint32_t i = 0; i < count; ++i) {
    if (lost_its_wakeup(first[i])) return detection_of(FindingKind::lost_wakeup, first[i]);
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (!first[i].owner.valid()) return detection_of(FindingKind::deadlock, first[i]);
  }
  return detection_of(FindingKind::deadlock, first[0]);
}

bool DeadlockJudge::judge_hopeless(const WaitInfo* waits, uint32_t count, uint32_t last,
                                   Detection* found) {
  return judge_root(root_of(Waits{waits, count}, waits[last]), *found);
}

}  // namespace heddle
