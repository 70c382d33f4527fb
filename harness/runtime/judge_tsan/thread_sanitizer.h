// The real ThreadSanitizer as judge of controlled executions.
//
// To it each slot is a fiber of its own. It reaches what it knows of a thread through one word
// among the executable's thread-locals. Its switch of fibers writes that word where we stand, so
// the word of whom we leave has to be put back, and each control block keeps its own. Order comes
// from three sides: a task's begin and end from here, what models order from HappensBefore, and
// atomics from its own callbacks. Locks are told as such, by a key for each model. After each
// execution all shadow is forgotten (touched_memory.h): what it says depends on that execution
// alone.
#pragma once

#include "runtime/judge_tsan/touched_memory.h"
#include "runtime/second_judge.h"

namespace heddle {

class ThreadSanitizer : public SecondJudge {
 public:
  ThreadSanitizer(Runtime& runtime, Arena& permanent)
      : runtime_(runtime),
        orders_(static_cast<LockOrder*>(
            permanent.allocate(kMaxOrders * sizeof(LockOrder), alignof(LockOrder)))) {}

  // On the main thread.
  void initialise();

  void made(uint32_t slot, Fiber& fiber) override;
  void prepared(Fiber& fiber) override;
  void switching(Fiber& from, Fiber& to) override;

  void acquired(TaskId task, ObjectId object, bool shared) override;
  void released(TaskId task, ObjectId object, bool shared) override;
  void joined(TaskId joiner, TaskId ended) override;

  std::string self_test() override;
  void end_execution() override;
  void allocated(uintptr_t start, size_t size) override;
  void accessed(uintptr_t address, size_t size, bool write, Site site) override;
  void on(const Event& event) override;

  // Called by its report hook, in the task whose access is the later one.
  void on_report(void* report);
  TouchedMemory& touched() { return touched_; }

 private:
  // That a task took `object` while it held `held`.
  struct LockOrder {
    ObjectId held;
    ObjectId object;
    AccessInfo access;
  };
  static constexpr uint32_t kMaxOrders = 4096;

  void** word_of(const Fiber& fiber) const {
    return reinterpret_cast<void**>(runtime_.fibers.thread_locals(fiber) + word_offset_);
  }
  Fiber& fiber_of(TaskId task) const;
  void make_state(uint32_t slot, Fiber& fiber);
  bool describe_access(void* report, int index, AccessInfo& access) const;
  TaskId task_of(void* report, int tid) const;
  void note_orders(TaskId task, ObjectId object);
  void report_race(void* report);
  void report_lock_order();
  void clear_shadow();
  void forget_shadow();

  Runtime& runtime_;
  bool usable_ = false;     // its word was found; else this is not the run time that we know
  size_t word_offset_ = 0;  // in the executable's thread-locals
  Site site_;               // of the event that is told
  bool waits_ = false;      // it is a lock that was waited for, or could have been
  ObjectId taken_;          // the lock that is being told
  LockOrder* orders_;       // of this execution, each pair once; more than kMaxOrders are left out
  uint32_t order_count_ = 0;
  TouchedMemory touched_;  // in this execution
};

}  // namespace heddle
