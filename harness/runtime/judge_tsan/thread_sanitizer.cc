#include "runtime/judge_tsan/thread_sanitizer.h"

#include "platform/raw_memory.h"
#include "runtime/judge_tsan/interface.h"
#include "runtime/task_data.h"

namespace heddle {
namespace {

constexpr unsigned kNoOrder = 1;  // __tsan_switch_to_fiber_no_sync
constexpr unsigned kReadLock = 1u << 3;
constexpr unsigned kTryLock = 1u << 4;

// Does what `call` does as if `fiber` ran. The word is right again at the end.
template <typename Call>
void in_state_of(void* fiber, Call call) {
  void* const here = judge___tsan_get_current_fiber();
  if (here == fiber) return call();
  judge___tsan_switch_to_fiber(fiber, kNoOrder);
  call();
  judge___tsan_switch_to_fiber(here, kNoOrder);
}

void* key_of(ObjectId object) {
  return reinterpret_cast<void*>(kJudgeKeyRegion + uintptr_t{object.index()} * 8);
}

bool is_lock(ObjectKind kind) {
  return kind == ObjectKind::mutex || kind == ObjectKind::rwlock || kind == ObjectKind::spin_lock ||
         kind == ObjectKind::absl_mutex;
}

// Its name to ThreadSanitizer: the slot's number, which reports repeat.
struct SlotName {
  char text[12] = {0};
  explicit SlotName(uint32_t slot) {
    char digits[12];
    int count = 0;
    do {
      digits[count++] = static_cast<char>('0' + slot % 10);
      slot /= 10;
    } while (slot != 0);
    for (int i = 0; i < count; ++i) text[i] = digits[count - 1 - i];
  }
};

}  // namespace

SecondJudge* make_second_judge(Runtime& runtime, Arena& permanent) {
  void* place = permanent.allocate(sizeof(ThreadSanitizer), alignof(ThreadSanitizer));
  auto* judge = new (place, Arena::PlacementTag()) ThreadSanitizer(runtime, permanent);
  judge->initialise();
  return judge;
}

// Switches to a new fiber and back, and looks for the one word that followed.
void ThreadSanitizer::initialise() {
  Fiber& host = runtime_.fibers.host();
  host.watched_as = judge___tsan_get_current_fiber();
  const size_t words = runtime_.fibers.thread_locals_size() / sizeof(void*);
  auto** const present = reinterpret_cast<void**>(runtime_.fibers.thread_locals(host));
  const size_t bytes = words * sizeof(void*);
  auto** const before = static_cast<void**>(map_memory(0, bytes + 1));
  if (before == nullptr) return;
  copy_bytes(before, present, bytes);
  void* const fiber = judge___tsan_create_fiber(0);
  judge___tsan_switch_to_fiber(fiber, kNoOrder);
  uint32_t hits = 0;
  for (size_t i = 0; i < words; ++i) {
    if (before[i] != host.watched_as || present[i] != fiber) continue;
    word_offset_ = i * sizeof(void*);
    ++hits;
  }
  judge___tsan_switch_to_fiber(host.watched_as, kNoOrder);
  judge___tsan_destroy_fiber(fiber);
  unmap_memory(before, bytes + 1);
  judge___tsan_java_init(kProgramHeapRegion, ProgramHeap::kSlots * kProgramHeapStride);
  usable_ = hits == 1;
}

void ThreadSanitizer::make_state(uint32_t slot, Fiber& fiber) {
  fiber.watched_as = judge___tsan_create_fiber(0);
  judge___tsan_set_fiber_name(fiber.watched_as, SlotName(slot).text);
}

void ThreadSanitizer::made(uint32_t slot, Fiber& fiber) {
  HEDDLE_CHECK(*word_of(fiber) == nullptr);  // the kernel thread that made it was not seen
  make_state(slot, fiber);
}

// What the creator has done comes before all of it.
void ThreadSanitizer::prepared(Fiber& fiber) {
  *word_of(fiber) = fiber.watched_as;
  judge___tsan_release(&fiber);
  in_state_of(fiber.watched_as, [&] { judge___tsan_acquire(&fiber); });
}

void ThreadSanitizer::switching(Fiber& from, Fiber& to) {
  judge___tsan_switch_to_fiber(to.watched_as, kNoOrder);
  *word_of(from) = from.watched_as;
}

Fiber& ThreadSanitizer::fiber_of(TaskId task) const {
  return runtime_.fibers.fiber(runtime_.engine.task(task).slot);
}

void ThreadSanitizer::note_orders(TaskId task_id, ObjectId object) {
  taken_ = object;
  const Task& task = runtime_.engine.task(task_id);
  const uint32_t held = task.held_count < Task::kMaxHeld ? task.held_count : Task::kMaxHeld;
  for (uint32_t i = 0; i < held; ++i) {
    const ObjectId first = task.held[i].object;
    bool known = first == object || order_count_ == kMaxOrders;
    for (uint32_t j = 0; !known && j < order_count_; ++j) {
      known = orders_[j].held == first && orders_[j].object == object;
    }
    if (known) continue;
    LockOrder& fresh = orders_[order_count_++];
    fresh = LockOrder();
    fresh.held = first;
    fresh.object = object;
    fresh.access.task = task_id;
    fresh.access.site = site_;
  }
}

void ThreadSanitizer::acquired(TaskId task, ObjectId object, bool shared) {
  void* const key = key_of(object);
  const bool lock = is_lock(runtime_.objects.get(object).kind);
  // A try waits for nobody. The models of locks for reading do not tell their tries apart, so that
  // these make no order either: a false alarm would be as bad as a miss.
  const unsigned flags = (shared ? kReadLock : 0) | (waits_ ? 0 : kTryLock);
  if (lock && waits_) note_orders(task, object);
  in_state_of(fiber_of(task).watched_as, [&] {
    if (!lock) return judge___tsan_acquire(key);
    judge___tsan_mutex_pre_lock(key, flags);
    judge___tsan_mutex_post_lock(key, flags, 0);
  });
}

void ThreadSanitizer::released(TaskId task, ObjectId object, bool shared) {
  void* const key = key_of(object);
  const bool lock = is_lock(runtime_.objects.get(object).kind);
  in_state_of(fiber_of(task).watched_as, [&] {
    if (!lock) return judge___tsan_release(key);
    judge___tsan_mutex_pre_unlock(key, shared ? kReadLock : 0);
    judge___tsan_mutex_post_unlock(key, shared ? kReadLock : 0);
  });
}

void ThreadSanitizer::joined(TaskId joiner, TaskId ended) {
  Fiber& gone = fiber_of(ended);
  in_state_of(gone.watched_as, [&] { judge___tsan_release(&gone); });
  in_state_of(fiber_of(joiner).watched_as, [&] { judge___tsan_acquire(&gone); });
}

// A task that was left in the middle may be inside of one of its interceptors, or hold a lock: its
// fiber is made anew.
void ThreadSanitizer::end_execution() {
  Engine& engine = runtime_.engine;
  for (uint32_t i = 0; i < engine.task_count(); ++i) {
    const Task& task = engine.task(TaskId(i));
    const bool ended = task.state == TaskState::ended || (i == 0 && engine.returned());
    if (ended && task.held_count == 0) continue;
    Fiber& fiber = runtime_.fibers.fiber(task.slot);
    judge___tsan_destroy_fiber(fiber.watched_as);
    make_state(task.slot, fiber);
  }
  forget_shadow();
  order_count_ = 0;
}

// Of what was touched, where that is known.
void ThreadSanitizer::clear_shadow() {
  if (!touched_.complete()) return;
  void* const here = judge___tsan_get_current_fiber();
  for (const TouchedMemory::Range& range : touched_) {
    judge_reset_range(here, 0, range.start, range.size);
  }
}

// Its own flush begins all clocks and traces anew, and asks for new shadow, which it need not have.
// Destroying a lock writes to its key: were that a race with who had it, that would be reported.
void ThreadSanitizer::forget_shadow() {
  clear_shadow();
  for (uint32_t id = 1; id <= runtime_.objects.count(); ++id) {
    if (!is_lock(runtime_.objects.get(ObjectId(id)).kind)) continue;
    judge___tsan_mutex_destroy(key_of(ObjectId(id)), 0);
  }
  clear_shadow();
  if (touched_.complete()) touched_.set_cleared();
  judge___tsan_flush_memory();
  touched_.clear();
}

void ThreadSanitizer::allocated(uintptr_t start, size_t size) {
  if (size == 0) return;
  const size_t whole = (size + 7) / 8 * 8;
  judge___tsan_java_free(start, whole);
  judge___tsan_java_alloc(start, whole);
}

void ThreadSanitizer::accessed(uintptr_t address, size_t size, bool write, Site site) {
  if (size == 0 || !runtime_.engine.running()) return;
  void* const start = reinterpret_cast<void*>(address);
  void* const pc = reinterpret_cast<void*>(site.pc);
  touched_.note(address, size);
  if (write) {
    judge___tsan_write_range_pc(start, size, pc);
  } else {
    judge___tsan_read_range_pc(start, size, pc);
  }
}

// The sheet's callbacks hand their own atomic operations on. Those that models perform for a
// library have no callback.
void ThreadSanitizer::on(const Event& event) {
  site_ = event.site;
  waits_ = event.op == Op::mutex_lock;
  const bool atomic = event.op == Op::atomic_load || event.op == Op::atomic_store ||
                      event.op == Op::atomic_update || event.op == Op::atomic_compare;
  if (!atomic) return;
  Engine& engine = runtime_.engine;
  if (runtime_.threads->data(engine.task(event.task)).in_atomic) return;
  void* const key = reinterpret_cast<void*>(event.address);
  if (event.op != Op::atomic_store && acquires(event.order)) judge___tsan_acquire(key);
  const bool writes = event.op != Op::atomic_load && event.effect == Effect::done;
  if (writes && releases(event.order)) judge___tsan_release(key);
}

}  // namespace heddle
