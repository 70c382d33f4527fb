// One execution: tasks, scheduling points, choices, blocking and waking, virtual time.
//
// Exactly one task runs at any moment. Models (folder sync) call the engine from the running task's
// fiber; a call that lets others run returns when the strategy has chosen this task again. The host
// is the main thread's own stack: it runs between executions and is where an execution returns to,
// whether it ended or was abandoned.
#pragma once

#include <cstdint>

#include "base/arena.h"
#include "core/choice.h"
#include "core/detection.h"
#include "core/observer.h"
#include "core/strategy.h"
#include "core/wait.h"
#include "engine/execution_log.h"
#include "engine/task.h"
#include "platform/fiber.h"

namespace heddle {

struct ExecutionLimits {
  uint64_t max_steps = 10'000'000;
  uint64_t max_memory = uint64_t{1} << 30;  // bytes in use of the program's heap
  uint64_t slack_ns = 1'000'000'000;
  uint32_t spurious = 1;  // wake-ups offered for each wait: calls in a loop at one place are one
};

// What the engine needs of the layer above: running a task's function on its fiber.
class TaskRunner {
 public:
  virtual ~TaskRunner() = default;
  // Calls task.entry, then ends the thread as the platform does (thread-local destructors …).
  virtual void run(Task& task) = 0;
  virtual void prepare(Task& task) = 0;  // a task has been created; not on its fiber
  // The running task has been marked `interrupted`: it has come to its next operation, and has not
  // done it yet. May do others.
  virtual void interrupt(Task&) {}
};

class Engine {
 public:
  // More detections than this in one execution are counted, not kept.
  static constexpr uint32_t kMaxDetections = 64;
  static constexpr uint32_t kMaxObservers = 6;
  // Accesses without any operation after which others are let run: plain spin-waits end.
  static constexpr uint32_t kSpinAccesses = 20'000;
  // Operations in a row after which each is taken for a yield until another task has run: who polls
  // under a lock lets those run that it polls for.
  static constexpr uint32_t kPatience = 20'000;

  // The arenas outlive the engine; `transient` is given back at the start of each execution. `log`
  // is where what others may want to know of an execution is kept.
  Engine(Arena& permanent, Arena& transient, Arena& log, FiberPool& fibers);

  // ---- Host side --------------------------------------------------------------------------
  void set_runner(TaskRunner* runner) { runner_ = runner; }
  void set_judge(WaitJudge* judge) { judge_ = judge; }
  void add_observer(Observer* observer);
  void remove_observer(Observer* observer);

  // Runs `entry(argument)` as task 0 under `strategy` until it returns, is stuck, or is abandoned.
  void run(Strategy& strategy, ExecutionNumber number, const ExecutionLimits& limits,
           void* (*entry)(void*), void* argument);

  // About the last execution. Views are valid until the next one.
  const TraceSummary& summary() const { return summary_; }
  const Detection* detections() const { return detections_; }
  uint32_t detection_count() const { return detection_count_; }
  const Choice* choices() const { return log_.choices; }
  uint64_t choice_count() const { return log_.choice_count; }
  const ExecutionLog& log() const { return log_; }
  ExecutionLog& log() { return log_; }
  void clear_log() { log_.begin(ExecutionNumber()); }
  bool returned() const { return returned_; }  // the body came to its end

  // ---- Fiber side -------------------------------------------------------------------------
  bool running() const { return current_ != nullptr; }
  Task& current() { return *current_; }
  Task& task(TaskId id) { return tasks_[id.index()]; }
  uint32_t task_count() const { return task_count_; }
  Arena& arena() { return transient_; }
  const ExecutionLimits& limits() const { return limits_; }

  // Before an operation that others could observe: another task may run first.
  void scheduling_point(const Operation& operation);
  // Before an access to memory that is a scheduling point. The access is counted already.
  void access_point(const Operation& operation);
  // After an operation by which the task says that it has nothing to do: yield, failed try.
  void yield_point(const Operation& operation);

  // Between what an operation does when it has been woken and its further steps: a scheduling point
  // for exhaustive searches only, as others lose little there.
  void split_point(const Operation& operation);
  // For strategies that follow: memory that several tasks touch is about to be accessed …
  void touch(uintptr_t address, size_t size, bool write) {
    if (follows_) strategy_->touched(address, size, write);
  }
  bool follows() const { return follows_; }
  // … and the running task's own state has changed other than on its stack.
  void note_progress() { ++current_->progress; }
  // Something happens that no operation shows, so that a search cannot be exhaustive.
  void leave_search() { strategy_->leave_search(); }

  // Counts an instrumented access; true when it must be a scheduling point whatever it touches.
  bool count_access() {
    Task& self = *current_;
    return ++self.accesses == self.stop_at;
  }
  // Call when count_access said so. `address` … describe the access.
  void access_stop(const Operation& operation);

  // Waits in `queue` until woken, timed out, woken spuriously (`spurious`: allowed at all), or, at
  // a cancellation point, until somebody requests to cancel the task.
  Wake block(WaitQueue& queue, const Operation& operation, uint64_t deadline_ns, bool spurious);
  // Before `block` on a futex word: what the caller waits to see changed. That is what it looked at
  // last, as the word may be only a stand-in for it (libstdc++ has one word for many atomics). Who
  // reads the word and then looks at it again (latch::wait) waits for a certain value, which is not
  // known: any change may not be enough.
  void watch(const uint32_t* word, uint32_t expected);
  // Wakes one task of the queue by the strategy's choice; none when nobody waits.
  TaskId wake_one(WaitQueue& queue, const Operation& operation);
  uint32_t wake_all(WaitQueue& queue);

  // Competing for a lock: waiters stay in the queue while the lock is free and whoever is chosen
  // takes it. `compete` waits until the caller is chosen while the lock is free (or timed out).
  Wake compete(WaitQueue& queue, const Operation& operation, uint64_t deadline_ns);
  void lock_taken(WaitQueue& queue);  // the caller owns it: the others cannot go on
  void lock_freed(WaitQueue& queue);  // everybody in the queue may go on
  // The same without an owner, or with several: whether those in the queue may go on now.
  void set_open(WaitQueue& queue, bool open);

  // Sleeps until the virtual time `deadline_ns`.
  void sleep_until(uint64_t deadline_ns, const Operation& operation);

  // Requests that `target` end at its next cancellation point; a wait there ends at once.
  void cancel(Task& target);

  // Creates a task; null with a `task-limit` detection or when the system has no more stacks.
  Task* create_task(void* (*entry)(void*), void* argument, Site site);
  [[noreturn]] void end_task();

  // A number below `bound` (> 0) by the strategy's choice; 0 is the default.
  uint32_t choose_value(uint32_t bound);
  // Whether something rare happens, apart from any operation, where a task may be asked once: the
  // choice's turn is one that no other has, whether or not the accesses before it are scheduling
  // points.
  bool choose_aside();

  // Tells observers, trace digest and spin detection what has happened.
  void record(const Event& event);
  // The running task's clock.
  uint64_t now_ns() const { return current_->clock_ns; }
  void advance_to(uint64_t time_ns) {
    if (current_->clock_ns < time_ns) current_->clock_ns = time_ns;
  }
  // A clock reading: the reader's time goes on a little, more when it does nothing else.
  uint64_t read_clock();

  void hold_lock(ObjectId object, uintptr_t address, Site site);
  void release_lock(ObjectId object);

  // A finding that does not end the execution. True when it is new in this execution.
  bool report(const Detection& detection);
  // A finding that does: leaves for the host and never returns.
  [[noreturn]] void abandon(const Detection& detection);
  // Leaves for the host. For task 0's end.
  [[noreturn]] void leave(bool returned);

  // Fills `waits` with every blocked task, in order of id; at most task_count() of them.
  uint32_t waits(WaitInfo* waits) const;

  // The task whose pthread_self is `thread`, or null.
  Task* task_of(uintptr_t thread);
  // The task that lives in a slot in this execution, or null.
  Task* task_in(uint32_t slot);
  uint64_t steps() const { return steps_; }
  uint32_t alive() const { return alive_; }  // tasks that have not ended

 private:
  static constexpr uint32_t kAsideTurn = 1000;
  // Once some tasks can never move again, the others get this many operations to end as well.
  static constexpr uint64_t kHopelessSteps = 10'000;

  struct Candidates {
    const TaskSet* enabled = nullptr;
    uint32_t count = 0;
  };

  void begin(Strategy& strategy, ExecutionNumber number, const ExecutionLimits& limits);
  void finish();
  void reschedule(PointReason reason);
  TaskId choose_next(PointReason reason);
  TaskId ask(const ChoicePoint& point);
  uint64_t own_state() const;
  Candidates candidates();
  uint64_t earliest_time() const;
  void add_eligible_sleepers();
  void tell_state(ChoicePoint& point) const;
  void resume(TaskId chosen);
  void note_delay(const Task& next);
  void switch_to(Task& next);
  void start_operation(const Operation& operation);
  void set_stop(Task& task);
  bool overlaps(Op op) const;
  void unblock(Task& task, Wake wake);
  void offer_spurious(Task& task);
  void log_choice(ChoiceKind kind, const Position& position, TaskId chosen, uint32_t value);
  void note_read(uintptr_t address, uintptr_t pc);
  void note_look(const Event& event);
  void note_change();
  bool spins(const Task& task) const;
  void hold_back(Task& task);
  void release_held_back();
  [[noreturn]] void stuck();
  void check_hopeless(const Task& task);
  bool leads_nowhere(const Task& waiter);
  void find_doomed(TaskSet& doomed) const;
  TaskId owner_to_tell(const Task& waiter, const TaskSet& doomed) const;
  void give_up_when_due();
  void limit_exceeded();
  Task& new_task(TaskId creator);
  void count_step(const Operation& operation);
  uint32_t slot_for(const Task* creator, uint32_t child) const;
  static void fiber_main(void* task);
  Position position() const {
    return {current_->id, current_->operations, current_->accesses, current_->turn};
  }

  Arena& transient_;
  char* transient_mark_;
  FiberPool& fibers_;
  TaskRunner* runner_ = nullptr;
  WaitJudge* judge_ = nullptr;
  Observer* observers_[kMaxObservers] = {};
  uint32_t observer_count_ = 0;

  Strategy* strategy_ = nullptr;
  bool wants_stops_ = false;
  bool every_point_ = false;
  bool follows_ = false;
  bool splits_ = false;
  bool time_is_free_ = false;
  ExecutionLimits limits_;

  ExecutionLog& log_;
  Task* tasks_ = nullptr;               // kMaxTasks of them, in the permanent arena
  HeldLock* held_ = nullptr;            // Task::kMaxHeld for each task
  Operation* pending_ = nullptr;        // each task's next operation
  TaskId* slot_task_ = nullptr;         // who lives in a slot
  uint64_t* slot_execution_ = nullptr;  // … in which execution
  uint64_t execution_ = 0;              // counts executions of this engine, for slot_execution_
  uint32_t task_count_ = 0;
  uint32_t alive_ = 0;
  Task* current_ = nullptr;

  TaskSet runnable_;
  TaskSet timed_;               // blocked or asleep with a deadline
  TaskSet spurious_;            // may wake spuriously
  uint32_t first_of_turn_ = 0;  // operations of the current task when it was switched to
  TaskSet held_back_;
  TaskSet scratch_;  // candidates when sleepers are among them
  TaskSet spurious_offer_;
  TaskSet to_follow_;  // by leads_nowhere
  TaskSet followed_;

  ChoicePoint point_;  // the last one of who goes on: most of it stays as it is
  uint64_t choice_points_ = 0;
  uint64_t steps_ = 0;
  uint64_t operations_ = 0;  // of these, those that are no accesses
  uint64_t changes_ = 0;
  uint64_t digest_ = 0;         // of operations
  uint64_t access_digest_ = 0;  // of accesses that were scheduling points
  uint32_t switches_ = 0;
  uint64_t delay_ns_ = 0;
  uint32_t most_alive_ = 0;
  uint32_t weak_atomics_ = 0;
  bool overlapped_ = false;
  bool returned_ = false;
  bool stuck_ = false;
  bool hopeless_ = false;        // some tasks can never move again: hopeless_why_
  uint64_t hopeless_until_ = 0;  // the operation at which to report that at the latest
  Detection hopeless_why_;

  Detection detections_[kMaxDetections];
  uint32_t detection_count_ = 0;
  TraceSummary summary_;
};

}  // namespace heddle
