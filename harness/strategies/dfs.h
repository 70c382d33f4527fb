// Exhaustive search: every execution up to equivalence, one of each class.
//
// Source-DPOR with sleep sets (Abdulla, Aronis, Jonsson, Sagonas, POPL 2014, algorithm 1). The tree
// of choices is searched depth first; only the path to the running execution is kept. At each new
// node one task is run; a race in the execution adds a task to the node before its earlier step. A
// task that has been explored at a node sleeps in what is explored there later, until a step that
// depends on its own: so no class is completed twice, but some executions are left on the way.
//
// What is particular here:
// - What steps have to do with is seen when they happen, never foretold: sleeping tasks keep the
//   uses of the step that they have shown. So a compare-exchange that fails is a read.
// - A task that only begins to wait for a lock has done nothing: it is taken for not enabled, and
//   another is chosen at the same node.
// - Memory becomes known as shared in the course of executions; then the last one is run again with
//   further nodes on its path (Strategy::repeat).
// - Values, and who is woken, are branches of their own. Time-outs and spurious wake-ups are steps
//   of who waits.
// - A task that comes back to where it has been, with everything that is its own unchanged and
//   nothing written of what it has read since, is held until somebody writes to that.
// - Of the last execution everything is kept that was found out up to the node whose next branch is
//   run: until then the path is followed and nothing else (Dfs::follow_silently).
// - When everything is again as it was earlier in the execution, every task and all that was
//   changed in between, the rest is left: it is explored from there.
// - The plain search (`reduce` false) explores all orders of the steps that others can see. Plain
//   accesses are among them where they race: all others are ordered by what they stand between.
//   When further ones turn out to race, it begins anew. Within a bound on preemptions only this
//   search is right, as what the bound leaves out may be the one execution of a class.
#pragma once

#include "core/strategy.h"
#include "strategies/host_array.h"
#include "strategies/journal.h"
#include "strategies/trace_order.h"

namespace heddle {

class Dfs : public Strategy {
 public:
  static constexpr uint32_t kNoBound = ~uint32_t{0};
  struct Options {
    bool reduce = true;
    uint32_t preemptions = kNoBound;  // other than kNoBound: plain
  };
  explicit Dfs(const Options& options);

  const char* name() const override { return "dfs"; }
  bool begin(ExecutionNumber number) override;
  TaskId choose(const ChoicePoint& point) override;
  uint32_t choose_value(const Position& position, uint32_t bound) override;
  void task_created(TaskId task, TaskId creator, uint32_t child) override;
  bool every_point() const override { return true; }
  bool follows() const override { return true; }
  bool wants_own_state() const override { return !silent_; }
  void happened(const Event& event) override;
  void touched(uintptr_t address, size_t size, bool write) override;
  void woken(TaskId task) override { order_.woke(task); }
  void repeat() override { repeat_ = true; }
  void leave_search() override { incomplete_ = true; }
  bool lost() override;
  bool pruned() const override { return pruned_; }
  bool redoes() const override { return redo_; }
  uint64_t trace_class(uint64_t digest) const override;
  void end(const TraceSummary& trace) override;

  // Host side. Of the executions so far:
  uint64_t pruned_executions() const { return pruned_executions_; }
  // Some execution was too long, or had too many tasks, to be searched.
  // Or none came to an end.
  bool incomplete() const;
  // An estimate of the share of the tree that is explored (Knuth, "Estimating the efficiency of
  // backtrack programs", 1975): as if the branches of a node that are not explored were as large as
  // those that are.
  double share() const;

 private:
  // What the whole state comes down to: sums of digests, so that what is put back is as it was.
  struct State {
    uint64_t memory = 0;   // of atomics' values, locks' holders, semaphores' counts
    uint64_t changes = 0;  // of what cannot be put back
    uint64_t tasks = 0;    // of where each task is
  };
  // A moment at which a task is chosen.
  struct Mark {
    TraceOrder::Mark order;
    State state;
    SearchedTasks spinning;
    SearchedTasks ended;
    uint32_t journal = 0;
    uint32_t preemptions = 0;
    uint32_t states_seen = 0;
    uint32_t places_seen = 0;
  };
  struct Node {
    ChoiceKind kind = ChoiceKind::task;
    bool entry_open = false;  // the last entry is of `chosen`
    TaskId chosen;            // kinds task, waiter
    TaskId at_task;           // where it stands
    uint32_t at_operation = 0;
    uint32_t at_accesses = 0;
    TaskId goes_on;      // to run another than this one is a preemption
    uint32_t value = 0;  // kind value
    uint32_t bound = 0;
    uint32_t step = TraceOrder::kNone;  // of the running execution
    uint32_t preemptions = 0;           // before it
    uint32_t entries = 0;               // where its own begin
    uint32_t entries_end = 0;
    uint32_t entry_items = 0;
    uint32_t sleepers = 0;  // where they begin in sleepers_
    uint32_t sleepers_end = 0;
    SearchedTasks enabled;    // could be chosen
    SearchedTasks spurious;   // of these, to wake without reason
    SearchedTasks backtrack;  // are to be explored, or have been
    SearchedTasks done;
    SearchedTasks disabled;  // turned out to wait
    SearchedTasks asleep;
    Mark before;  // in the last execution
  };
  // A task that has been explored at a node, and what its step used.
  struct Entry {
    TaskId task;
    uint32_t items = 0;
    uint32_t count = 0;
  };
  // What a task has last begun to wait in; op `check`: nothing.
  struct Wait {
    uint64_t op = static_cast<uint64_t>(Op::check);
    uint64_t address = 0;
  };
  // Where a task was about to look at something.
  struct Visit {
    uint64_t own_state = 0;
    uint64_t step = 0;  // steps of all before
  };
  static constexpr uint32_t kMostVisits = 32;
  struct Looks {
    uint32_t count = 0;
    uint32_t spins_since = 0;  // while it is held: the step with which the round began
    Visit visits[kMostVisits];
  };

  bool advance();
  bool is_explored(const Node& node) const;
  bool advance_task(uint32_t i, Node& node);
  bool advance_inner(uint32_t i, Node& node);
  void keep_entry(Node& node);
  uint32_t task_node_before(uint32_t i) const;
  void cut(uint32_t size) { nodes_.resize(size); }
  bool can_rewind() const;
  void rewind();
  void start_over();

  bool in_old_path() const { return repeating_ && old_cursor_ < old_nodes_.size(); }
  bool follows_path() const { return repeating_ ? in_old_path() : cursor_ < nodes_.size(); }
  Node& next_node();
  bool is_inserted(const ChoicePoint& point) const;
  TaskId follow(const ChoicePoint& point);
  TaskId follow_silently(const ChoicePoint& point);
  TaskId explore(const ChoicePoint& point);
  TaskId choose_again(const ChoicePoint& point);
  TaskId choose_waiter(const ChoicePoint& point);
  TaskId pick(Node& node, const ChoicePoint& point);
  TaskId first_of(const SearchedTasks& set, const ChoicePoint& point) const;
  TaskId give_up(const ChoicePoint& point);
  TaskId prune();
  enum class Round : uint8_t { none, open, left, for_ever };
  Round go_round(const ChoicePoint& point, uint64_t state);
  void place(Node& node, const ChoicePoint& point);
  bool stands_at(const Node& node, const Position& here) const;
  void offer(Node& node, const ChoicePoint& point);
  void take_sleepers(Node& node) const;
  bool matters(const Operation& pending) const;
  void note_contested();
  static bool preempts(const Node& node, TaskId task);
  TaskId start(Node& node, TaskId task);

  void close_step();
  void take_back_step();
  void keep_waits(TaskId task, uint32_t at);
  void forget_looks(uint32_t task);
  void fall_asleep(const Node& node);
  bool independent(const Entry& entry) const;
  void backtrack_races();
  void backtrack_woken(Node& node);
  void backtrack_at_end(const TraceSummary& trace);
  void backtrack_waiting();
  void backtrack_spurious();
  void add_backtrack(uint32_t earlier);

  bool may_go_round(const ChoicePoint& point);
  void note_look(const ChoicePoint& point);
  void note_change(const Event& event);
  void note_changes(uint32_t step);
  uint64_t earlier_state(const ChoicePoint& point, bool again);
  bool undisturbed(TaskId task, uint32_t since) const;
  void release_spinners();
  bool disturbs(uint32_t step, TaskId task, uint32_t since) const;

  struct Seen {
    uint64_t digest = 0;
    uint64_t stamp = 0;  // of another execution: it does not count
  };
  static constexpr uint32_t kStates = 1u << 15;

  const Options options_;
  TraceOrder order_;
  MappedArray<Node> nodes_;
  MappedArray<Node> old_nodes_;  // of the execution that is repeated
  MappedArray<Entry> entries_;
  MappedArray<Item> entry_items_;
  MappedArray<uint32_t> sleepers_;   // indices into entries_
  MappedArray<uint64_t> contested_;  // plain: keys of memory that races, sorted
  HostArray<Looks> looks_;
  State state_;
  HostArray<uint32_t> operations_;  // by task, that have taken effect
  HostArray<uint64_t> own_states_;  // by task
  HostArray<Seen> states_;          // in this execution; a hash table
  HostArray<Seen> places_;          // likewise
  uint32_t places_seen_ = 0;
  uint64_t stamp_ = 0;
  uint32_t states_seen_ = 0;
  uint64_t complete_ = 0;       // executions that came to their end
  HostArray<Wait> waits_in_;    // by task
  HostArray<Wait> firm_waits_;  // the same without steps that were taken back

  uint32_t cursor_ = 0;  // next node
  uint32_t old_cursor_ = 0;
  uint32_t races_from_ = 0;  // node: steps of earlier ones have been compared already
  uint32_t next_sleepers_ = 0;
  uint32_t preemptions_ = 0;
  SearchedTasks spinning_;
  SearchedTasks ended_;
  SearchedTasks taken_back_;  // wait, but the step with which they began to was taken back
  Journal journal_;           // of what belongs to single tasks, and of states_
  Mark mark_;                 // of the node at work
  uint32_t unlike_ = TraceOrder::kNone;  // node: later ones will not be just so when followed
  bool kept_ = false;  // all of this, and order_, is of the execution along nodes_
  bool silent_ = false;
  // Somebody may have come back to where it was. Whether it has is seen by comparing stacks, which
  // hold what earlier executions have left there, too: only those of one execution compare. So from
  // now on each is followed from its start, beginning with the one in which that was noticed.
  bool goes_round_ = false;
  bool began_silently_ = false;
  bool redo_ = false;
  bool any_spurious_ = false;  // some node had a task that could wake without reason
  Operation begun_;            // what the running step began with
  bool step_open_ = false;
  bool only_waits_ = false;  // the last event of the running step says so
  uint32_t step_events_ = 0;
  bool chose_value_ = false;
  bool started_ = false;
  bool repeat_ = false;
  bool repeating_ = false;
  bool advancing_ = false;  // to next_at_, which becomes next_node_
  Node next_node_;
  uint32_t next_at_ = 0;
  bool running_ = false;   // between begin and end
  bool lost_ = false;      // the last execution has not taken place
  uint32_t path_end_ = 0;  // nodes that it was to follow
  bool anew_ = false;      // plain: the search has to begin again
  bool aimless_ = false;   // the rest of the execution is not searched: nothing can come of it
  bool pruned_ = false;
  uint64_t round_from_ =
      0;                  // the state in which the task was first seen to go round alone; 0: none
  bool circled_ = false;  // pruned, as it has come to where it was
  bool incomplete_ = false;
  uint64_t pruned_executions_ = 0;
};

}  // namespace heddle
