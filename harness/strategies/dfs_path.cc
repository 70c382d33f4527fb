// The search between executions: the path of nodes, where to go on, what is kept of the last
// execution.
#include "base/rng.h"
#include "strategies/dfs.h"

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
      places_(kStates),
      waits_in_(kMaxSearched),
      firm_waits_(kMaxSearched) {}

bool Dfs::begin(ExecutionNumber number) {
  static_cast<void>(number);
  const bool again = lost_;
  const bool keeps = kept_ && started_ && !again && !repeat_ && !anew_ && !goes_round_;
  __atomic_store_n(&kept_, false, __ATOMIC_SEQ_CST);
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
  } else if (started_ && !redo_ && !advance()) {
    return false;
  }
  path_end_ = nodes_.size();
  lost_ = false;
  __atomic_store_n(&running_, true, __ATOMIC_SEQ_CST);
  __atomic_store_n(&advancing_, false, __ATOMIC_SEQ_CST);
  started_ = true;
  redo_ = false;
  cursor_ = old_cursor_ = 0;
  step_open_ = only_waits_ = chose_value_ = false;
  step_events_ = 0;
  aimless_ = pruned_ = circled_ = false;
  round_from_ = 0;
  taken_back_ = SearchedTasks();
  silent_ = began_silently_ = keeps && can_rewind();
  if (silent_) {
    rewind();
  } else {
    start_over();
  }
  return true;
}

bool Dfs::can_rewind() const {
  const bool known = races_from_ < nodes_.size() && races_from_ <= unlike_;
  return known && nodes_[races_from_].kind == ChoiceKind::task;
}

// To the moment before the task was chosen at the first node that is not just as it was.
void Dfs::rewind() {
  const Node& node = nodes_[races_from_];
  order_.rewind(node.before.order);
  journal_.undo_to(node.before.journal);
  state_ = node.before.state;
  spinning_ = node.before.spinning;
  ended_ = node.before.ended;
  preemptions_ = node.before.preemptions;
  states_seen_ = node.before.states_seen;
  places_seen_ = node.before.places_seen;
  next_sleepers_ = node.sleepers;
  sleepers_.resize(node.sleepers_end);
  for (uint32_t i = 0; i < order_.tasks(); ++i) waits_in_[i] = firm_waits_[i];
  unlike_ = TraceOrder::kNone;
}

void Dfs::start_over() {
  order_.begin_execution();
  journal_.clear();
  state_ = State();
  spinning_ = ended_ = SearchedTasks();
  preemptions_ = 0;
  ++stamp_;
  states_seen_ = places_seen_ = 0;
  next_sleepers_ = 0;
  sleepers_.resize(0);
  unlike_ = TraceOrder::kNone;
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

// Whether the branch that was run is the last one of a node of kind task.
bool Dfs::is_explored(const Node& node) const {
  SearchedTasks left = node.backtrack;
  left.remove(node.chosen);
  left.remove_all(node.done);
  left.remove_all(node.asleep);
  left.remove_all(node.disabled);
  return left.empty();
}

// The next branch of a node, after everything below it. False: it has none.
bool Dfs::advance_task(uint32_t i, Node& node) {
  if (is_explored(node)) {
    entries_.resize(node.entries);
    entry_items_.resize(node.entry_items);
    return false;
  }
  keep_entry(node);
  node.entry_open = false;
  node.done.add(node.chosen);
  SearchedTasks left = node.backtrack;
  left.remove_all(node.done);
  left.remove_all(node.asleep);
  left.remove_all(node.disabled);
  node.chosen = TaskId(left.next(0));
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
    const bool task = nodes_[i].kind == ChoiceKind::task;
    if (task && is_explored(nodes_[i])) {
      entries_.resize(nodes_[i].entries);
      entry_items_.resize(nodes_[i].entry_items);
      continue;
    }
    Node next = nodes_[i];
    if (task) {
      advance_task(i, next);
    } else if (!advance_inner(i, next)) {
      continue;
    }
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

double Dfs::share() const {
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
  return share + weight;
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
  if (redo_) {
    cut(path_end_);
    running_ = lost_ = false;
    return;
  }
  if (step_open_) {
    if (only_waits_ && order_.item_count(order_.size() - 1) == 0) {
      take_back_step();
      if (cursor_ > 0) nodes_[cursor_ - 1].step = TraceOrder::kNone;
    } else {
      close_step();
    }
    step_open_ = false;
  }
  if (options_.reduce && !silent_) backtrack_at_end(trace);
  if (cursor_ < nodes_.size()) {
    incomplete_ = true;  // the path could not be followed to its end
    cut(cursor_);
  }
  __atomic_store_n(&kept_, !silent_, __ATOMIC_SEQ_CST);
  running_ = lost_ = false;
  if (anew_) pruned_ = true;
  if (pruned_) {
    ++pruned_executions_;
  } else {
    ++complete_;
  }
}

}  // namespace heddle
