// What the steps of an execution do to the search: races, sleeping tasks, tasks that spin.
#include "base/rng.h"
#include "strategies/dfs.h"

namespace heddle {
namespace {

bool contains(const MappedArray<uint64_t>& sorted, uint64_t key) {
  uint32_t low = 0;
  uint32_t high = sorted.size();
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (sorted[middle] < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < sorted.size() && sorted[low] == key;
}

}  // namespace

// ---- The running step ---------------------------------------------------------------------------

void Dfs::task_created(TaskId task, TaskId creator, uint32_t child) {
  if (task.index() >= kMaxSearched || silent_) return;
  order_.task_created(task, creator, child);
  looks_[task.index()].count = 0;
  own_states_[task.index()] = 0;
  operations_[task.index()] = 0;
  ++state_.changes;
  waits_in_[task.index()] = firm_waits_[task.index()] = Wait();
  if (creator.valid()) return;
  order_.open(task, TraceOrder::kNone);
  step_open_ = true;
}

void Dfs::happened(const Event& event) {
  ++step_events_;
  const bool plain = event.op == Op::read || event.op == Op::write;
  only_waits_ = !plain && only_waits(event);
  if (aimless_ || !step_open_ || plain) return;  // `touched` says more
  if (event.effect == Effect::blocked) {
    waits_in_[event.task.index()] = Wait{static_cast<uint64_t>(event.op), event.address};
  }
  if (event.op == Op::task_join && event.effect == Effect::done) order_.joined(event.other);
  if (event.effect != Effect::blocked) {
    journal_.keep(operations_[event.task.index()]);
    ++operations_[event.task.index()];
  }
  if (event.op == Op::task_end) ended_.add(event.task);
  note_change(event);
  add_event(event, begun_, chose_value_, order_);
}

void Dfs::touched(uintptr_t address, size_t size, bool write) {
  ++step_events_;
  if (aimless_ || !step_open_) return;
  add_memory(address, size, write ? Use::write : Use::read, order_);
  if (write) ++state_.changes;
}

void Dfs::close_step() {
  const uint32_t last = order_.size() - 1;
  const uint32_t at = order_.step(last).node;
  const TaskId task = order_.step(last).task;
  const bool fresh = at != TraceOrder::kNone && at >= races_from_;
  order_.close(fresh);
  if (!options_.reduce) note_contested();
  const Item* items = order_.items(last);
  for (uint32_t i = 0; i < order_.item_count(last); ++i) {
    if (items[i].use != Use::read) forget_looks(task.index());
  }
  if (!order_.woken().empty()) forget_looks(task.index());
  keep_waits(task, at);
  note_changes(last);
  release_spinners();
  if (at == TraceOrder::kNone) return;
  if (options_.reduce) {
    fall_asleep(nodes_[at]);
    if (fresh) {
      backtrack_races();
      backtrack_woken(nodes_[at]);
    }
  }
  if (preempts(nodes_[at], task)) ++preemptions_;
}

// The task has only begun to wait: that was no step.
void Dfs::take_back_step() {
  taken_back_.add(order_.step(order_.size() - 1).task);
  order_.take_back();
  // What else has happened in it, does so later when the path is followed.
  if (step_events_ != 1 && cursor_ > 0 && cursor_ - 1 < unlike_) unlike_ = cursor_ - 1;
}

// Who is woken from a wait that was no step is not so when the path is followed, as it has not
// begun to wait then. Where it joins a task that ends this is the same.
void Dfs::keep_waits(TaskId task, uint32_t at) {
  Wait& firm = firm_waits_[task.index()];
  const Wait& now = waits_in_[task.index()];
  if (firm.op != now.op || firm.address != now.address) {
    journal_.keep(firm.op);
    journal_.keep(firm.address);
    firm = now;
  }
  taken_back_.remove(task);
  const SearchedTasks& woken = order_.woken();
  for (uint32_t i = woken.next(0); i < kMaxSearched; i = woken.next(i + 1)) {
    const bool joins = ended_.has(task) && waits_in_[i].op == static_cast<uint64_t>(Op::task_join);
    if (taken_back_.has(i) && !joins && at < unlike_) unlike_ = at;
  }
}

void Dfs::forget_looks(uint32_t task) {
  if (looks_[task].count == 0) return;
  journal_.keep(looks_[task].count);
  looks_[task].count = 0;
}

// Whether others could see the difference.
bool Dfs::matters(const Operation& pending) const {
  if (!visible(pending)) return false;
  if (pending.op != Op::read && pending.op != Op::write) return true;
  if (pending.size == 0) return true;  // longer than is told
  struct Finder final : ItemSink {
    void add(const Item& item) override { found = found || contains(*known, item.key); }
    const MappedArray<uint64_t>* known = nullptr;
    bool found = false;
  } finder;
  finder.known = &contested_;
  add_memory(pending.address, pending.size, Use::read, finder);
  return finder.found;
}

// The memory for which the last step races with others.
void Dfs::note_contested() {
  const uint32_t last = order_.size() - 1;
  for (const uint32_t earlier : order_.races()) {
    for (uint32_t i = 0; i < order_.item_count(earlier); ++i) {
      for (uint32_t j = 0; j < order_.item_count(last); ++j) {
        const Item& item = order_.items(last)[j];
        if (!dependent(order_.items(earlier)[i], item) || contains(contested_, item.key)) continue;
        contested_.add(item.key);
        for (uint32_t k = contested_.size() - 1; k > 0 && contested_[k] < contested_[k - 1]; --k) {
          const uint64_t larger = contested_[k - 1];
          contested_[k - 1] = contested_[k];
          contested_[k] = larger;
        }
        anew_ = true;
      }
    }
  }
}

bool Dfs::independent(const Entry& entry) const {
  const uint32_t last = order_.size() - 1;
  const Item* items = order_.items(last);
  for (uint32_t i = 0; i < entry.count; ++i) {
    for (uint32_t j = 0; j < order_.item_count(last); ++j) {
      if (dependent(entry_items_[entry.items + i], items[j])) return false;
    }
  }
  return true;
}

// Who has been explored at the node, or slept there already, sleeps on after the last step unless
// that depends on its own.
void Dfs::fall_asleep(const Node& node) {
  const TaskId task = order_.step(order_.size() - 1).task;
  next_sleepers_ = sleepers_.size();
  for (uint32_t i = node.sleepers; i < node.sleepers_end; ++i) {
    const Entry& entry = entries_[sleepers_[i]];
    if (!(entry.task == task) && independent(entry)) sleepers_.add(sleepers_[i]);
  }
  for (uint32_t i = node.entries; i < node.entries_end; ++i) {
    if (!(entries_[i].task == task) && independent(entries_[i])) sleepers_.add(i);
  }
}

// ---- Backtracking -------------------------------------------------------------------------------

// The last step, or the one that a task waits to do, should also come before `earlier`.
void Dfs::add_backtrack(uint32_t earlier) {
  const uint32_t at = order_.step(earlier).node;
  if (at == TraceOrder::kNone) return;
  Node& node = nodes_[at];
  SearchedTasks enough = node.backtrack;
  enough.add_all(node.done);
  enough.add_all(node.asleep);
  SearchedTasks found;
  if (order_.initials(earlier, enough, found)) return;
  SearchedTasks missing = found;
  missing.remove_all(node.enabled);
  found.remove_all(missing);
  found.remove_all(node.disabled);
  if (!found.empty()) {
    node.backtrack.add(TaskId(found.next(0)));
    return;
  }
  SearchedTasks able = node.enabled;
  able.remove_all(node.disabled);
  node.backtrack.add_all(able);
}

void Dfs::backtrack_races() {
  for (const uint32_t earlier : order_.races()) add_backtrack(earlier);
}

// Who was woken, and could have gone on before for another reason: a time-out, or none at all.
void Dfs::backtrack_woken(Node& node) {
  SearchedTasks others = order_.woken();
  for (uint32_t i = others.next(0); i < kMaxSearched; i = others.next(i + 1)) {
    if (node.enabled.has(i)) node.backtrack.add(TaskId(i));
  }
}

// What did not come to pass because the execution ended.
void Dfs::backtrack_at_end(const TraceSummary& trace) {
  if (order_.size() == 0) return;
  const bool left = pruned_ && !circled_;
  const bool cut_short = trace.ending != Ending::stuck && !aimless_ && !left;
  const uint32_t last = order_.size() - 1;
  const uint32_t at = order_.step(last).node;
  if (cut_short && at != TraceOrder::kNone) {
    Node& node = nodes_[at];
    for (uint32_t i = node.enabled.next(0); i < kMaxSearched; i = node.enabled.next(i + 1)) {
      if (ended_.has(i) || TaskId(i) == order_.step(last).task) continue;
      if (!node.disabled.has(i)) node.backtrack.add(TaskId(i));
    }
    // Whether others had ended may matter to the body.
    if (trace.ending == Ending::returned) {
      order_.race_with_end();
      backtrack_races();
    }
  }
  backtrack_waiting();
  backtrack_spurious();
}

// Tasks that wait for a lock until the end could have had it before others. So could those of an
// execution that is left because all others sleep: what these do next may follow that.
void Dfs::backtrack_waiting() {
  for (uint32_t i = 0; i < order_.tasks(); ++i) {
    if (ended_.has(i)) continue;
    Operation operation;
    operation.op = static_cast<Op>(waits_in_[i].op);
    operation.address = waits_in_[i].address;
    Item item;
    if (operation.op == Op::check || !waiting_item(operation, item)) continue;
    order_.race_pending(TaskId(i), item);
    backtrack_races();
  }
}

// Who may wake without reason, may do so only while others can go on: at last where they could.
void Dfs::backtrack_spurious() {
  if (!any_spurious_) return;
  SearchedTasks seen;
  for (uint32_t i = nodes_.size(); i-- > 0;) {
    Node& node = nodes_[i];
    if (node.kind != ChoiceKind::task) continue;
    for (uint32_t j = node.spurious.next(0); j < kMaxSearched; j = node.spurious.next(j + 1)) {
      if (seen.has(j)) continue;
      seen.add(TaskId(j));
      node.backtrack.add(TaskId(j));
    }
  }
}

// ---- Spinning -----------------------------------------------------------------------------------

// Whether a step uses otherwise than by reading what the task has read since step `since`.
bool Dfs::disturbs(uint32_t step, TaskId task, uint32_t since) const {
  const Item* items = order_.items(step);
  const uint32_t count = order_.item_count(step);
  for (uint32_t i = since; i < step; ++i) {
    if (!(order_.step(i).task == task)) continue;
    const Item* read = order_.items(i);
    for (uint32_t j = 0; j < order_.item_count(i); ++j) {
      for (uint32_t k = 0; k < count; ++k) {
        if (dependent(read[j], items[k])) return true;
      }
    }
  }
  return false;
}

bool Dfs::undisturbed(TaskId task, uint32_t since) const {
  for (uint32_t i = since; i < order_.size(); ++i) {
    if (!(order_.step(i).task == task) && disturbs(i, task, since)) return false;
  }
  return true;
}

// Whether the current task is about to do what it has been about to do before, without having got
// on otherwise than on its stack.
bool Dfs::may_go_round(const ChoicePoint& point) {
  if (point.own_state == 0) return false;
  const uint64_t digest = mix64(point.own_place ^ mix64(point.current.index()));
  for (uint32_t i = digest % kStates;; i = (i + 1) % kStates) {
    Seen& seen = places_[i];
    if (seen.stamp == stamp_) {
      if (seen.digest == digest) return true;
      continue;
    }
    if (places_seen_ >= kStates / 2) return true;
    ++places_seen_;
    journal_.keep(seen.stamp);
    seen = Seen{digest, stamp_};
    return false;
  }
}

// The current task is where it chooses: has it been just there, in a round that changed nothing?
void Dfs::note_look(const ChoicePoint& point) {
  if (point.own_state == 0) return;
  const TaskId task = point.current;
  Looks& looks = looks_[task.index()];
  for (uint32_t i = 0; i < looks.count; ++i) {
    if (looks.visits[i].own_state != point.own_state) continue;
    if (undisturbed(task, static_cast<uint32_t>(looks.visits[i].step))) {
      journal_.keep(looks.spins_since);
      looks.spins_since = static_cast<uint32_t>(looks.visits[i].step);
      spinning_.add(task);
      return;
    }
    forget_looks(task.index());
    break;
  }
  if (looks.count == kMostVisits) forget_looks(task.index());
  Visit& visit = looks.visits[looks.count];
  journal_.keep(visit.own_state);
  journal_.keep(visit.step);
  journal_.keep(looks.count);
  visit = Visit{point.own_state, order_.size()};
  ++looks.count;
}

// Those who have read what the last step has written go on.
void Dfs::release_spinners() {
  const uint32_t last = order_.size() - 1;
  for (uint32_t i = spinning_.next(0); i < kMaxSearched; i = spinning_.next(i + 1)) {
    if (!disturbs(last, TaskId(i), looks_[i].spins_since)) continue;
    spinning_.remove(TaskId(i));
    forget_looks(i);
    order_.enable(TaskId(i));
  }
}

// ---- Going round in circles ---------------------------------------------------------------------

// Of atomics both values are known.
void Dfs::note_change(const Event& event) {
  switch (event.op) {
    case Op::atomic_store:
    case Op::atomic_update:
    case Op::atomic_compare:
      break;
    case Op::clock_read:
    case Op::random:
    case Op::task_join:
    case Op::task_end:
      if (event.effect == Effect::done) ++state_.changes;
      return;
    default:
      return;
  }
  if (event.effect != Effect::done) return;
  if (event.size > 8) {
    ++state_.changes;
    return;
  }
  const uint64_t place = mix64(event.address);
  state_.memory += mix64(place ^ event.value) - mix64(place ^ event.before);
}

// What a step has done to everything but memory.
void Dfs::note_changes(uint32_t step) {
  const uint64_t task = mix64(order_.step(step).task.index());
  const Item* items = order_.items(step);
  for (uint32_t i = 0; i < order_.item_count(step); ++i) {
    const Item& item = items[i];
    if (is_memory(item) || item.use == Use::read) continue;
    if (item.holds != 0 || item.holds_shared != 0) {
      const uint64_t held = mix64(item.key ^ task);
      state_.memory += held * static_cast<uint64_t>(int64_t{item.holds} + 3 * item.holds_shared);
    } else if (item.count < Item::kUnknown) {
      const uint64_t counted = mix64(item.key);
      state_.memory += item.takes ? 0 - counted : counted;
    } else {
      ++state_.changes;
    }
  }
}

// The digest of the whole state if this execution had the same before, else 0.
uint64_t Dfs::earlier_state(const ChoicePoint& point, bool again) {
  if (again) return 0;
  const uint32_t task = point.current.index();
  journal_.keep(own_states_[task]);
  state_.tasks -= own_states_[task];
  own_states_[task] = mix64(point.own_state ^ task);
  state_.tasks += own_states_[task];
  if (point.own_state == 0) {
    ++state_.changes;
    return 0;
  }
  const uint64_t digest = mix64(state_.memory ^ mix64(state_.changes ^ mix64(state_.tasks))) | 1;
  for (uint32_t i = digest % kStates;; i = (i + 1) % kStates) {
    Seen& seen = states_[i];
    if (seen.stamp == stamp_) {
      if (seen.digest != digest) continue;
      return digest;
    }
    if (states_seen_ >= kStates / 2) return 0;
    ++states_seen_;
    journal_.keep(seen.stamp);
    seen = Seen{digest, stamp_};
    return 0;
  }
}

}  // namespace heddle
