#include "runtime/recorder.h"

#include <unwind.h>

#include "runtime/access.h"
#include "runtime/globals.h"

namespace heddle {
namespace {

constexpr uint64_t kHalf = Recorder::kCapacity / 2;

struct StackWalk {
  RecordedEvent* recorded;
  uintptr_t from;  // frames before this return address are ours
};

_Unwind_Reason_Code visit_frame(_Unwind_Context* context, void* argument) {
  StackWalk& walk = *static_cast<StackWalk*>(argument);
  const uintptr_t pc = _Unwind_GetIP(context);
  RecordedEvent& recorded = *walk.recorded;
  // What the unwinder calls the frame's address is where the one before it ends.
  if (recorded.frame_count > 0 && recorded.frame_ends[recorded.frame_count - 1] == 0) {
    recorded.frame_ends[recorded.frame_count - 1] = _Unwind_GetCFA(context);
  }
  if (pc == 0) return _URC_END_OF_STACK;
  if (Globals::in_harness(pc)) {
    // Our frames lie at both ends: below the call, and where the task was started.
    return recorded.frame_count == 0 ? _URC_NO_REASON : _URC_END_OF_STACK;
  }
  if (recorded.frame_count == RecordedEvent::kMaxFrames) return _URC_END_OF_STACK;
  recorded.frames[recorded.frame_count++] = pc;
  return _URC_NO_REASON;
}

}  // namespace

Recorder::Recorder(Runtime& runtime, Arena& arena)
    : runtime_(runtime),
      events_(static_cast<RecordedEvent*>(
          arena.allocate(kCapacity * sizeof(RecordedEvent), alignof(RecordedEvent)))) {}

void Recorder::on_begin() {
  count_ = 0;
  untold_ = 0;
  open_write_ = nullptr;
}

bool Recorder::plausible(uint32_t tasks, const char* empty) const {
  // All before the count stays as it is made.
  const char* const now = reinterpret_cast<const char*>(this);
  const char* const changing = reinterpret_cast<const char*>(&count_);
  for (const char* at = now; at < changing; ++at, ++empty) {
    if (*at != *empty) return false;
  }
  for (uint64_t i = 0; i < count_ && i < kCapacity; ++i) {
    const RecordedEvent& recorded = events_[i];
    const Event& event = recorded.event;
    const bool known = is_operation(event.op) && event.effect <= Effect::woken_spuriously;
    const bool listed = recorded.frame_count <= RecordedEvent::kMaxFrames;
    const bool others = !event.other.valid() || event.other.index() < tasks;
    if (!known || !listed || !others || event.task.index() >= tasks) return false;
  }
  return true;
}

RecordedEvent& Recorder::slot_for(uint64_t number) const {
  return events_[number < kHalf ? number : kHalf + (number - kHalf) % kHalf];
}

// Of more events than there is room for, not knowing how many, all later ones are given up.
bool Recorder::will_be_dropped(uint64_t number) const {
  if (expected_ == 0) return number >= kCapacity;
  return number >= kHalf && number + kHalf < expected_;
}

// The callback comes before the store, and the task stores before it reaches any other event.
void Recorder::complete_write() {
  if (open_write_ == nullptr) return;
  Event& event = open_write_->event;
  event.value = peek(runtime_, event.address, event.size);
  open_write_ = nullptr;
}

void Recorder::capture_stack(RecordedEvent& recorded) const {
  for (uintptr_t& end : recorded.frame_ends) end = 0;
  StackWalk walk{&recorded, recorded.event.site.pc};
  _Unwind_Backtrace(visit_frame, &walk);
  if (recorded.frame_count > 0 || recorded.event.site.pc == 0) return;
  recorded.frames[0] = recorded.event.site.pc;
  recorded.frame_count = 1;
}

void Recorder::on(const Event& event) {
  complete_write();
  const bool dropped = will_be_dropped(count_);
  RecordedEvent& recorded = slot_for(count_++);
  recorded.event = event;
  recorded.step = count_;
  Task& task = runtime_.engine.task(event.task);
  recorded.clock_ns = task.clock_ns;
  recorded.changes =
      event.op == Op::write || (event.effect == Effect::done &&
                                (event.op == Op::atomic_store || event.op == Op::atomic_update ||
                                 event.op == Op::atomic_compare));
  const uint32_t listed = task.held_count < Task::kMaxHeld ? task.held_count : Task::kMaxHeld;
  recorded.held_count = static_cast<uint8_t>(task.held_count);
  for (uint32_t i = 0; i < listed && i < RecordedEvent::kMaxHeld; ++i) {
    recorded.held[i] = task.held[i].object;
  }
  recorded.frame_count = 0;
  if (dropped) {
    untold_ = count_;
  } else {
    capture_stack(recorded);
  }
  if (event.op == Op::write && event.size <= 8) open_write_ = &recorded;
}

void Recorder::on_heap(Op op, uintptr_t address, uint64_t size, Site site) {
  Event event;
  event.op = op;
  event.task = runtime_.engine.current().id;
  event.address = address;
  event.value = size;
  event.site = site;
  on(event);
}

void Recorder::finish() {
  complete_write();
}

void Recorder::copy_to(Trace& trace) const {
  const uint64_t kept = count_ < kCapacity ? count_ : kCapacity;
  trace.left_out = count_ - kept;
  trace.events.reserve(kept);
  const uint64_t first_of_tail = count_ < kCapacity ? kHalf : count_ - kHalf;
  for (uint64_t i = 0; i < count_ && i < kHalf; ++i) trace.events.push_back(slot_for(i));
  for (uint64_t i = first_of_tail; i < count_; ++i) trace.events.push_back(slot_for(i));
}

const RecordedEvent* Recorder::creation_of(TaskId task) const {
  for (uint64_t i = 0; i < count_ && i < kCapacity; ++i) {
    const Event& event = events_[i].event;
    if (event.op == Op::task_create && event.other == task) return &events_[i];
  }
  return nullptr;
}

const RecordedEvent* Recorder::allocation_of(uintptr_t address) const {
  const RecordedEvent* latest = nullptr;
  for (uint64_t i = 0; i < count_ && i < kCapacity; ++i) {
    const Event& event = events_[i].event;
    const bool covers = address - event.address < event.value;
    if (event.op == Op::heap_allocate && covers &&
        (latest == nullptr || latest->step < events_[i].step)) {
      latest = &events_[i];
    }
  }
  return latest;
}

}  // namespace heddle
