// The parts of a story that come from who waits for whom at the end.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "explorer/story.h"

namespace heddle {
namespace {

// Of a hundred tasks that wait behind the same mistake, so many are told.
constexpr size_t kMostOthers = 4;

const WaitInfo* wait_of(const std::vector<WaitInfo>& waits, TaskId task) {
  for (const WaitInfo& wait : waits) {
    if (wait.task == task) return &wait;
  }
  return nullptr;
}

// Whether following who could end each wait leads back to where it began.
bool in_circle(const std::vector<WaitInfo>& waits, const WaitInfo& start) {
  const WaitInfo* at = &start;
  for (size_t length = 0; length < waits.size() && at != nullptr; ++length) {
    if (!at->owner.valid()) return false;
    if (at->owner == start.task) return true;
    at = wait_of(waits, at->owner);
  }
  return false;
}

}  // namespace

bool is_about_waits(FindingKind kind) {
  return kind == FindingKind::deadlock || kind == FindingKind::self_deadlock ||
         kind == FindingKind::orphaned_lock || kind == FindingKind::lost_wakeup;
}

// The waits that are the mistake: a circle, else all but joins, which are its consequence.
std::vector<const WaitInfo*> Teller::core_waits() const {
  std::vector<const WaitInfo*> circle;
  std::vector<const WaitInfo*> no_joins;
  std::vector<const WaitInfo*> all;
  for (const WaitInfo& wait : recording_.waits) {
    if (wait.timed || wait.op == Op::sleep) continue;  // goes on by itself
    all.push_back(&wait);
    if (wait.op != Op::task_join) no_joins.push_back(&wait);
    if (in_circle(recording_.waits, wait)) circle.push_back(&wait);
  }
  if (!circle.empty()) return circle;
  return no_joins.empty() ? all : no_joins;
}

Wait Teller::wait(const WaitInfo& info) {
  Wait told;
  told.task = info.task;
  told.owner = info.owner;
  told.owner_ended = info.owner_ended;
  told.further_owners = info.further_owners;
  const WaitInfo* owner = info.owner == info.task ? nullptr : wait_of(recording_.waits, info.owner);
  told.owner_waits = owner != nullptr && info.op == Op::read_lock && owner->op == Op::write_lock &&
                     owner->object == info.object;
  const std::string object =
      info.object.valid() ? names_.object(info.object) : names_.memory(info.address);
  switch (info.op) {
    case Op::mutex_lock:
    case Op::read_lock:
    case Op::write_lock:
    case Op::file_lock:
      told.for_what = absl::StrCat("lock ", object);
      break;
    case Op::task_join:
      told.for_what = absl::StrCat("join ", names_.task(info.owner));
      break;
    case Op::condition_wait:
    case Op::futex_wait:
      told.for_what = absl::StrCat("wait on ", object);
      break;
    default:
      told.for_what = absl::StrCat(word(info.op), object.empty() ? "" : " ", object);
  }
  told.since = side_place({.task = info.task, .site = info.site});
  told.holds = names_.held(info.task);
  return told;
}

void Teller::tell_waits(Finding& finding) {
  const std::vector<const WaitInfo*> core = core_waits();
  for (const WaitInfo* info : core) finding.waits.push_back(wait(*info));
  size_t others = 0;
  for (const WaitInfo& info : recording_.waits) {
    if (info.timed || info.op == Op::sleep) continue;
    if (std::find(core.begin(), core.end(), &info) != core.end()) continue;
    if (++others > kMostOthers) break;
    finding.waits.push_back(wait(info));
  }
}

std::string Teller::wait_message(const Detection& detection) {
  const std::vector<const WaitInfo*> core = core_waits();
  if (core.empty()) return "nobody can go on";
  // Of several waits the one that the detector named.
  const WaitInfo* named = core[0];
  for (const WaitInfo* wait : core) {
    if (wait->task == detection.access.task) named = wait;
  }
  const std::string who = names_.task(named->task);
  const std::string what =
      named->object.valid() ? names_.object(named->object) : names_.memory(named->address);
  switch (detection.kind) {
    case FindingKind::self_deadlock:
      return absl::StrCat(who, " waits for ", what, ", which it holds itself");
    case FindingKind::orphaned_lock:
      return absl::StrCat(who, " waits for ", what, ", which ", names_.task(named->owner),
                          named->owner_ended ? " left locked when it ended" : " never unlocks");
    case FindingKind::lost_wakeup:
      return absl::StrCat(who, " waits on ", what, " for a notify that never comes");
    default:
      break;
  }
  if (!in_circle(recording_.waits, *core[0])) {
    return core.size() == 1
               ? absl::StrCat(who, " waits, and nobody is left to end its wait")
               : absl::StrCat(core.size(), " tasks wait, and nobody is left to end their waits");
  }
  if (core.size() == 1) return absl::StrCat(who, " waits for itself");
  return absl::StrCat(core.size(), " tasks wait for each other");
}

}  // namespace heddle
