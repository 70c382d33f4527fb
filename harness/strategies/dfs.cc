// The search itself: the path of nodes, what is chosen, where to go on. What steps do to the path:
// dfs_steps.cc.
#include "strategies/dfs.h"

#include "base/rng.h"

namespace heddle {
namespace {

constexpr size_t kMostNodes = size_t{1} << 22;

}  // namespace

Dfs::Dfs(const Options& options)
    : options_(options),
      nodes_(kMostNodes),
      old_nodes_(kMostNodes),
      entries_(size_t{1} << 24),
      entry_items_(size_t{1} << 26),
      sleepers_(size_t{1} << 28),
      contested_(size_t{1} << 24),
      looks_(kMaxSearched),
      operations_(kMaxSearched),
      own_states_(kMaxSearched),
      states_(kStates),
      state_stamps_(kStates),
      waits_in_(kMaxSearched) {}

// ---- Between executions -------------------------------------------------------------------------

bool Dfs::begin(ExecutionNumber number) {
  static_cast<void>(number);
  const bool again = lost_;
  if (!again) repeating_ = repeat_;
  repeat_ = false;
  if (anew_ && !repeating_ && !again) {
    cut(0);
    anew_ = started_ = false;
  }
  if (again) {
    cut(path_end_);
  } else if (repeating_) {
    old_nodes_.resize(nodes_.size());
    for (uint32_t i = 0; i < nodes_.size(); ++i) old_nodes_[i] = nodes_[i];
    nodes_.resize(0);
    races_from_ = 0;
  } else if (started_ && !advance()) {
    return false;
  }
  started_ = running_ = true;
  advancing_ = false;
  lost_ = false;
  path_end_ = nodes_.size();
  cursor_ = old_cursor_ = next_sleepers_ = 0;
  sleepers_.resize(0);
  spinning_ = ended_ = SearchedTasks();
  preemptions_ = 0;
  state_ = State();
  ++stamp_;
  states_seen_ = 0;
  step_open_ = only_waits_ = chose_value_ = false;
  aimless_ = pruned_ = circled_ = false;
  order_.begin_execution();
  return true;
}

bool Dfs::lost() {
  lost_ = lost_ || running_;
  return lost_;
}

uint32_t Dfs::task_node_before(uint32_t i) const {
  while (i > 0 && nodes_[i - 1].kind != ChoiceKind::task) --i;
  return i == 0 ? TraceOrder::kNone : i - 1;
}

// Adds what the last execution's step used to the entry of the node's chosen task.
void Dfs::keep_entry(Node& node) {
  if (node.step == TraceOrder::kNone) return;
  if (!node.entry_open) {
    entries_.add(Entry{node.chosen, entry_items_.size(), 0});
    node.entries_end = entries_.size();
    node.entry_open = true;
  }
  const Item* items = order_.items(node.step);
  for (uint32_t i = 0; i < order_.item_count(node.step); ++i) {
    entry_items_.add(items[i]);
    ++entries_.back().count;
  }
}

// The next branch of a node, after everything below it. False: it has none.
bool Dfs::advance_task(uint32_t i, Node& node) {
  keep_entry(node);
  node.entry_open = false;
  node.done.add(node.chosen);
  SearchedTasks left = node.backtrack;
  left.remove_all(node.done);
  left.remove_all(node.asleep);
  left.remove_all(node.disabled);
  const uint32_t next = left.next(0);
  if (next == kMaxSearched) {
    entries_.resize(node.entries);
    entry_items_.resize(node.entry_items);
    return false;
  }
  node.chosen = TaskId(next);
  races_from_ = i;
  return true;
}

bool Dfs::advance_inner(uint32_t i, Node& node) {
  if (node.kind == ChoiceKind::value) {
    if (node.value + 1 == node.bound) return false;
    ++node.value;
  } else {
    const uint32_t next = node.enabled.next(node.chosen.index() + 1);
    if (next == kMaxSearched) return false;
    node.chosen = TaskId(next);
  }
  const uint32_t outer = task_node_before(i);
  if (outer != TraceOrder::kNone) keep_entry(nodes_[outer]);
  races_from_ = outer == TraceOrder::kNone ? 0 : outer;
  return true;
}

// To the deepest node that has a branch left. The process may be killed at any time, and another go
// on here: the step is made at once, or not at all.
bool Dfs::advance() {
  for (uint32_t i = nodes_.size(); i-- > 0 && !advancing_;) {
    Node next = nodes_[i];
    const bool task = next.kind == ChoiceKind::task;
    if (!(task ? advance_task(i, next) : advance_inner(i, next))) continue;
    next_node_ = next;
    next_at_ = i;
    __atomic_store_n(&advancing_, true, __ATOMIC_RELEASE);
  }
  if (!advancing_) {
    cut(0);
    return false;
  }
  nodes_[next_at_] = next_node_;
  cut(next_at_ + 1);
  return true;
}

void Dfs::measure_share() {
  double weight = 1;
  double share = 0;
  for (const Node& node : nodes_) {
    uint32_t all = node.bound;
    uint32_t explored = node.value;
    if (node.kind == ChoiceKind::task) {
      SearchedTasks branches = node.backtrack;
      branches.remove_all(node.asleep);
      branches.remove_all(node.disabled);
      branches.add_all(node.done);
      branches.add(node.chosen);
      SearchedTasks over = node.done;
      over.remove(node.chosen);
      all = branches.count();
      explored = over.count();
    } else if (node.kind == ChoiceKind::waiter) {
      all = node.enabled.count();
      explored = 0;
      for (uint32_t i = node.enabled.next(0); i < node.chosen.index();
           i = node.enabled.next(i + 1)) {
        ++explored;
      }
    }
    weight /= all;
    share += weight * explored;
  }
  share_ = share + weight;
}

uint64_t Dfs::trace_class(uint64_t digest) const {
  if (incomplete_) return digest;
  // How far everybody got, too: what did not happen has no order.
  uint64_t sum = order_.fingerprint();
  for (uint32_t i = 0; i < order_.tasks(); ++i) {
    sum += mix64(order_.name_of(TaskId(i)) ^ (uint64_t{operations_[i]} << 32));
  }
  return mix64(sum);
}

void Dfs::end(const TraceSummary& trace) {
  if (step_open_) {
    if (only_waits_ && order_.item_count(order_.size() - 1) == 0) {
      order_.take_back();
      if (cursor_ > 0) nodes_[cursor_ - 1].step = TraceOrder::kNone;
    } else {
      close_step();
    }
    step_open_ = false;
  }
  if (options_.reduce) backtrack_at_end(trace);
  if (cursor_ < nodes_.size()) {
    incomplete_ = true;  // the path could not be followed to its end
    cut(cursor_);
  }
  measure_share();
  running_ = lost_ = false;
  if (anew_) pruned_ = true;
  if (pruned_) {
    ++pruned_executions_;
  } else {
    ++complete_;
  }
}

// ---- Choices ------------------------------------------------------------------------------------

Dfs::Node& Dfs::next_node() {
  if (!repeating_) {
    if (cursor_ == nodes_.size()) nodes_.add(Node());
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

// Where nobody but the current task could change anything, it goes on like this for ever.
TaskId Dfs::leave_circle(const ChoicePoint& point) {
  bool others = false;
  for (const TaskId task : *point.enabled) {
    others = others || (!(task == point.current) && !spinning_.has(task));
  }
  if (!others) return give_up(point);
  circled_ = true;
  return prune();
}

TaskId Dfs::start(Node& node, TaskId task) {
  spinning_.remove(task);
  waits_in_[task.index()].op = Op::check;
  node.chosen = task;
  node.step = order_.size();
  order_.open(task, cursor_ - 1);
  step_open_ = true;
  only_waits_ = chose_value_ = false;
  return task;
}

TaskId Dfs::choose(const ChoicePoint& point) {
  if (aimless_) return point.fallback;
  if (point.kind == ChoiceKind::waiter) return choose_waiter(point);
  if (point.tasks > kMaxSearched || order_.full() || nodes_.full()) {
    incomplete_ = true;
    return give_up(point);
  }
  bool again = false;
  if (step_open_) {
    again = only_waits_ && order_.item_count(order_.size() - 1) == 0 && cursor_ > 0;
    if (again) {
      order_.take_back();
    } else {
      close_step();
    }
    step_open_ = false;
  }
  if (!again) note_look(point);
  const bool in_circle = been_here(point, again);
  TaskId chosen;
  if (in_circle && !spinning_.has(point.current) && !follows_path()) {
    chosen = leave_circle(point);
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

void Dfs::take_sleepers(Node& node) const {
  node.sleepers = next_sleepers_;
  node.sleepers_end = sleepers_.size();
  node.asleep = SearchedTasks();
  for (uint32_t i = node.sleepers; i < node.sleepers_end; ++i) {
    node.asleep.add(entries_[sleepers_[i]].task);
  }
}

// Who can be chosen at a new node.
void Dfs::offer(Node& node, const ChoicePoint& point) const {
  for (const TaskId task : *point.enabled) node.enabled.add(task);
  for (const TaskId task : *point.spurious) {
    node.enabled.add(task);
    node.spurious.add(task);
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
  order_.add_to_fingerprint(
      mix64(order_.name_of(position.task) ^ (uint64_t{node.value} << 32) ^ position.operation));
  return node.value;
}

}  // namespace heddle
