// Keeps the story of one execution: every operation, and the accesses to scheduling points, with
// values and call stacks. Used when a schedule is replayed for a report.
#pragma once

#include "core/trace.h"
#include "runtime/runtime.h"

namespace heddle {

class Recorder : public Observer {
 public:
  // Events beyond this number: the first and the last halves are kept.
  static constexpr uint64_t kCapacity = 20'000;

  // `arena` is this object's alone.
  Recorder(Runtime& runtime, Arena& arena);

  // How many events there will be, as a recording of the same has told; 0: not known. Call stacks
  // take most of the time: those of events that will be dropped are not looked at.
  void expect(uint64_t count) { expected_ = count; }
  uint64_t count() const { return count_; }
  // Whether events were kept without their call stacks, as there were more than expected.
  bool untold_stacks() const { return untold_ > 0 && untold_ + kCapacity / 2 > count_; }

  void on_begin() override;
  void on(const Event& event) override;

  // Settles what is still open; host side, after the execution.
  void finish();
  void copy_to(Trace& trace) const;
  // Of a process that has ended: whether what is here can be a story of so many tasks. `empty` are
  // the bytes of this object before there was any.
  bool plausible(uint32_t tasks, const char* empty) const;
  // The call stack of the event that created the task / allocated the block at `address`, or null.
  const RecordedEvent* creation_of(TaskId task) const;
  const RecordedEvent* allocation_of(uintptr_t address) const;

  // Heap operations are no scheduling points: malloc tells them here.
  void on_heap(Op op, uintptr_t address, uint64_t size, Site site);

 private:
  RecordedEvent& slot_for(uint64_t number) const;
  bool will_be_dropped(uint64_t number) const;
  void complete_write();
  void capture_stack(RecordedEvent& recorded) const;

  Runtime& runtime_;
  RecordedEvent* events_;
  uint64_t count_ = 0;
  uint64_t expected_ = 0;
  uint64_t untold_ = 0;                  // the last event without its stack, counted from 1
  RecordedEvent* open_write_ = nullptr;  // its new value is not in memory yet
};

}  // namespace heddle
