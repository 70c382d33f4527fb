// What is chosen, at nodes of the path and at new ones. What steps do to the path: dfs_steps.cc;
// where to go on after an execution: dfs_path.cc.
#include "strategies/dfs.h"

#include "base/rng.h"

namespace heddle {
// ---- Choices ------------------------------------------------------------------------------------

Dfs::Node& Dfs::next_node() {
  if (!repeating_) {
    if (cursor_ == nodes_.size()) nodes_.add();
    return nodes_[cursor_++];
  }
  Node fresh;
  if (in_old_path()) fresh = old_nodes_[old_cursor_++];
  nodes_.add(fresh);
  return nodes_[cursor_++];
}

void Dfs::place(Node& node, const ChoicePoint& point) {
  node.at_task = point.position.task;
  node.at_operation = point.position.operation;
  node.at_accesses = point.position.accesses;
  const bool goes_on =
      point.reason == PointReason::operation || point.reason == PointReason::access;
  if (goes_on) node.goes_on = point.current;
  node.entries = node.entries_end = entries_.size();
  node.entry_items = entry_items_.size();
  if (in_old_path()) {
    node.entries = node.entries_end = old_nodes_[old_cursor_].entries;
    node.entry_items = old_nodes_[old_cursor_].entry_items;
  }
}

bool Dfs::stands_at(const Node& node, const Position& here) const {
  return node.at_task == here.task && node.at_operation == here.operation &&
         node.at_accesses == here.accesses;
}

// Whether a repeated execution meets memory here that was not known to be shared before.
bool Dfs::is_inserted(const ChoicePoint& point) const {
  if (!in_old_path() || point.reason != PointReason::access) return false;
  const Node& old = old_nodes_[old_cursor_];
  return old.kind != ChoiceKind::task || !(old.at_task == point.position.task) ||
         old.at_operation != point.position.operation || old.at_accesses != point.position.accesses;
}

bool Dfs::incomplete() const {
  return incomplete_ || complete_ == 0;
}

// The rest of the execution is run by default choices and not searched.
TaskId Dfs::give_up(const ChoicePoint& point) {
  aimless_ = true;
  return point.fallback;
}

TaskId Dfs::prune() {
  pruned_ = true;
  return TaskId::none();
}

// Where nobody but the current task could change anything, all the way round, it goes on like this
// for ever. None: the way round is not known yet.
Dfs::Round Dfs::go_round(const ChoicePoint& point, uint64_t state) {
  for (const TaskId task : *point.enabled) {
    if (!(task == point.current) && !spinning_.has(task)) return Round::left;
  }
  if (round_from_ == state) return Round::for_ever;
  if (round_from_ == 0) round_from_ = state;
  return Round::open;
}

TaskId Dfs::start(Node& node, TaskId task) {
  spinning_.remove(task);
  waits_in_[task.index()] = Wait();
  node.chosen = task;
  node.before = mark_;
  node.step = order_.size();
  order_.open(task, cursor_ - 1);
  step_open_ = true;
  only_waits_ = chose_value_ = false;
  step_events_ = 0;
  return task;
}

TaskId Dfs::choose(const ChoicePoint& point) {
  if (aimless_) return point.fallback;
  if (point.kind == ChoiceKind::waiter) return choose_waiter(point);
  const bool still_waits = silent_ && only_waits_ && step_events_ == 1;
  if (silent_ && (still_waits || cursor_ < races_from_)) return follow_silently(point);
  if (point.tasks > kMaxSearched || order_.full() || nodes_.full()) {
    incomplete_ = true;
    return give_up(point);
  }
  bool again = false;
  if (step_open_) {
    again = only_waits_ && order_.item_count(order_.size() - 1) == 0 && cursor_ > 0;
    if (again) {
      take_back_step();
    } else {
      close_step();
    }
    step_open_ = false;
  }
  if (!again && !silent_ && !goes_round_ && may_go_round(point)) {
    goes_round_ = true;
    redo_ = began_silently_;
    if (redo_) return prune();
  }
  if (!again && !silent_) note_look(point);
  const uint64_t earlier = silent_ ? 0 : earlier_state(point, again);
  silent_ = false;
  if (!again) {
    mark_ = Mark{order_.mark(),   state_,       spinning_,    ended_,
                 journal_.size(), preemptions_, states_seen_, places_seen_};
  }
  Round round = Round::none;
  if (earlier != 0 && !spinning_.has(point.current) && !follows_path()) {
    round = go_round(point, earlier);
  } else if (!again) {
    round_from_ = 0;
  }
  TaskId chosen;
  if (round == Round::for_ever) {
    chosen = give_up(point);
  } else if (round == Round::left) {
    circled_ = true;
    chosen = prune();
  } else if (again) {
    chosen = choose_again(point);
  } else if (is_inserted(point) || !follows_path()) {
    chosen = explore(point);
  } else {
    chosen = follow(point);
  }
  if (chosen.valid()) begun_ = point.pending[chosen.index()];
  return chosen;
}

TaskId Dfs::follow(const ChoicePoint& point) {
  Node& node = next_node();
  const bool offered = node.kind == ChoiceKind::task && (point.enabled->contains(node.chosen) ||
                                                         point.spurious->contains(node.chosen));
  if (!offered) {
    // The program did otherwise than before: replaying tells why.
    incomplete_ = true;
    cut(--cursor_);
    return give_up(point);
  }
  take_sleepers(node);
  return start(node, node.chosen);
}

// The same where everything about the steps before is known.
TaskId Dfs::follow_silently(const ChoicePoint& point) {
  // Who waits until a deadline may let it pass at once.
  const bool again = only_waits_ && step_events_ == 1;
  if (!again) ++cursor_;
  const Node& node = nodes_[cursor_ - 1];
  only_waits_ = false;
  step_events_ = 0;
  const bool here = again || stands_at(node, point.position);
  const bool offered = node.kind == ChoiceKind::task && (point.enabled->contains(node.chosen) ||
                                                         point.spurious->contains(node.chosen));
  if (here && offered) return node.chosen;
  incomplete_ = true;
  cut(--cursor_);
  return give_up(point);
}

void Dfs::take_sleepers(Node& node) const {
  node.sleepers = next_sleepers_;
  node.sleepers_end = sleepers_.size();
  node.asleep = SearchedTasks();
  for (uint32_t i = node.sleepers; i < node.sleepers_end; ++i) {
    node.asleep.add(entries_[sleepers_[i]].task);
  }
}

// Who can be chosen at a new node.
void Dfs::offer(Node& node, const ChoicePoint& point) {
  for (const TaskId task : *point.enabled) node.enabled.add(task);
  for (const TaskId task : *point.spurious) {
    node.enabled.add(task);
    node.spurious.add(task);
    any_spurious_ = true;
  }
  node.enabled.remove_all(spinning_);
}

TaskId Dfs::explore(const ChoicePoint& point) {
  const bool inserted = is_inserted(point);
  if (inserted) {
    nodes_.add(Node());
    ++cursor_;
  }
  Node& node = inserted ? nodes_.back() : next_node();
  place(node, point);
  offer(node, point);
  take_sleepers(node);
  node.preemptions = preemptions_;
  if (inserted) {
    node.backtrack.add(point.current);
    if (!options_.reduce) node.backtrack.add_all(node.enabled);
    return start(node, point.current);
  }
  return pick(node, point);
}

// The task that the default would take, or else the next of the set in turn.
TaskId Dfs::first_of(const SearchedTasks& set, const ChoicePoint& point) const {
  if (set.has(point.fallback)) return point.fallback;
  const uint32_t above = set.next(point.fallback.index() + 1);
  return TaskId(above < kMaxSearched ? above : set.next(0));
}

bool Dfs::preempts(const Node& node, TaskId task) {
  return node.goes_on.valid() && !(task == node.goes_on) && node.enabled.has(node.goes_on) &&
         !node.disabled.has(node.goes_on);
}

// The first branch of a new node, or the next one after one that turned out to be none.
TaskId Dfs::pick(Node& node, const ChoicePoint& point) {
  SearchedTasks able = node.enabled;
  able.remove_all(node.disabled);
  if (able.empty()) {
    cut(--cursor_);  // all that could go on spin, or nobody can
    return give_up(point);
  }
  able.remove_all(node.asleep);
  SearchedTasks willing = able;
  willing.remove_all(node.spurious);
  SearchedTasks sleeping = node.asleep;
  sleeping.remove_all(node.disabled);
  // Others spin: who may wake without reason is all there is.
  if (willing.empty() && sleeping.empty()) willing = able;
  if (willing.empty()) {
    cut(--cursor_);
    return prune();
  }
  TaskId first = first_of(willing, point);
  if (options_.reduce) {
    node.backtrack.add(first);
    return start(node, first);
  }
  for (uint32_t i = willing.next(0); i < kMaxSearched; i = willing.next(i + 1)) {
    const bool may_go_first = options_.preemptions == kNoBound || TaskId(i) == point.current;
    if (!may_go_first || matters(point.pending[i])) continue;
    node.backtrack = SearchedTasks();
    node.backtrack.add(TaskId(i));
    return start(node, TaskId(i));
  }
  node.backtrack = able;
  for (uint32_t i = able.next(0); i < kMaxSearched; i = able.next(i + 1)) {
    const bool dear = preempts(node, TaskId(i)) && node.preemptions >= options_.preemptions;
    if (dear) node.backtrack.remove(TaskId(i));
  }
  if (!node.backtrack.has(first)) first = first_of(node.backtrack, point);
  return start(node, first);
}

// The task chosen at the last node has only begun to wait: that was no step.
TaskId Dfs::choose_again(const ChoicePoint& point) {
  Node& node = nodes_[cursor_ - 1];
  node.step = TraceOrder::kNone;
  const TaskId waits = node.chosen;
  const bool offered = point.enabled->contains(waits);
  // Who waits until a deadline may let it pass at once.
  if (offered && !spinning_.has(waits)) return start(node, waits);
  if (follows_path()) {
    incomplete_ = true;
    cut(cursor_);
    return give_up(point);
  }
  node.disabled.add(waits);
  if (node.done.empty()) {
    node.backtrack = SearchedTasks();
    return pick(node, point);
  }
  // A race had asked for it: whoever makes it possible will do.
  node.backtrack.add_all(node.enabled);
  SearchedTasks left = node.backtrack;
  left.remove_all(node.done);
  left.remove_all(node.asleep);
  left.remove_all(node.disabled);
  left.remove_all(node.spurious);
  if (left.empty()) return prune();
  return start(node, first_of(left, point));
}

TaskId Dfs::choose_waiter(const ChoicePoint& point) {
  const bool known = follows_path();
  Node& node = next_node();
  if (known) {
    const bool offered = node.kind == ChoiceKind::waiter && point.enabled->contains(node.chosen);
    if (offered) return node.chosen;
    incomplete_ = true;
    cut(--cursor_);
    return give_up(point);
  }
  place(node, point);
  node.kind = ChoiceKind::waiter;
  for (const TaskId task : *point.enabled) node.enabled.add(task);
  node.chosen = TaskId(node.enabled.next(0));
  return node.chosen;
}

uint32_t Dfs::choose_value(const Position& position, uint32_t bound) {
  if (aimless_) return 0;
  chose_value_ = true;
  const bool known = follows_path();
  Node& node = next_node();
  if (known) {
    if (node.kind != ChoiceKind::value || node.value >= bound) {
      incomplete_ = aimless_ = true;
      cut(--cursor_);
      return 0;
    }
  } else {
    ChoicePoint point;
    point.position = position;
    place(node, point);
    node.kind = ChoiceKind::value;
    node.bound = bound;
  }
  if (silent_) return node.value;
  order_.add_to_fingerprint(
      mix64(order_.name_of(position.task) ^ (uint64_t{node.value} << 32) ^ position.operation));
  return node.value;
}

}  // namespace heddle
