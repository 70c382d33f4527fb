#include "strategies/footprint.h"

namespace heddle {
namespace {

enum class Space : uint8_t {
  memory,
  lock,
  condition,
  semaphore,
  barrier,
  futex,
  file,
  names,  // of files, and descriptors: one thing
  random,
  cancellation,
  signals,
  other,
};

constexpr uint32_t kSpaceShift = 56;
constexpr uint8_t kWhole = 0xff;

Item item(Space space, uint64_t name, Use use) {
  Item made;
  made.key = (static_cast<uint64_t>(space) << kSpaceShift) | name;
  made.mask = kWhole;
  made.use = use;
  return made;
}

Item of(Space space, const Event& event, Use use) {
  return item(space, event.address, use);
}

Item cancellation(TaskId task, Use use) {
  return item(Space::cancellation, task.index(), use);
}

void add_atomic(const Event& event, ItemSink& sink) {
  // The upper half of 16 bytes is not told.
  const bool same = event.value == event.before && event.size <= 8;
  bool reads = event.op == Op::atomic_load || event.effect == Effect::failed;
  if (event.op != Op::atomic_store && same) reads = true;
  add_memory(event.address, event.size, reads ? Use::read : Use::write, sink);
}

// Someone takes the lock, alone or together with others.
void add_taken(const Event& event, bool shared, bool gives_up, ItemSink& sink) {
  if (event.effect == Effect::blocked) return;
  if (event.effect != Effect::done) return sink.add(of(Space::lock, event, Use::read));
  Item taken = of(Space::lock, event, shared ? Use::shared : Use::write);
  taken.waits = !gives_up;
  (shared ? taken.holds_shared : taken.holds) = 1;
  sink.add(taken);
}

void add_released(const Event& event, bool shared, ItemSink& sink) {
  if (event.effect != Effect::done && event.op != Op::once) return;
  Item released = of(Space::lock, event, shared ? Use::shared : Use::write);
  (shared ? released.holds_shared : released.holds) = -1;
  sink.add(released);
}

void add_lock(const Event& event, bool gives_up, ItemSink& sink) {
  switch (event.op) {
    case Op::mutex_lock:
    case Op::mutex_try_lock:
      // `value` is the depth.
      if (event.effect == Effect::done && event.value > 1) return;
      return add_taken(event, false, gives_up || event.op == Op::mutex_try_lock, sink);
    case Op::mutex_unlock:
      if (event.value == 0) add_released(event, false, sink);
      return;
    case Op::write_lock:
      return add_taken(event, false, gives_up, sink);
    case Op::read_lock:
      return add_taken(event, true, gives_up, sink);
    case Op::rwlock_unlock:
      return add_released(event, event.value == 0, sink);
    default:
      break;
  }
  // once: 0 begins, 1 finishes, 2 finds it done.
  if (event.effect == Effect::blocked) return;
  if (event.value == 1) return add_released(event, false, sink);
  Item begun = of(Space::lock, event, event.value == 0 ? Use::write : Use::shared);
  begun.waits = true;
  begun.holds = event.value == 0 ? 1 : 0;
  sink.add(begun);
}

void add_semaphore(const Event& event, bool gives_up, ItemSink& sink) {
  if (event.effect == Effect::blocked) return;
  const bool changes = event.effect == Effect::done && event.op != Op::semaphore_value;
  Item used = of(Space::semaphore, event, changes ? Use::write : Use::read);
  const uint32_t after = static_cast<uint32_t>(event.value);
  used.count = after;
  if (changes) used.count = event.op == Op::semaphore_wait ? after + 1 : after - 1;
  used.takes = changes && event.op == Op::semaphore_wait;
  used.waits = used.takes && !gives_up;
  sink.add(used);
}

// Waiters leave together and in any order; who notifies nobody only looks.
void add_condition(const Event& event, ItemSink& sink) {
  if (event.op == Op::condition_wait) {
    if (event.effect != Effect::done) sink.add(of(Space::condition, event, Use::shared));
    return;
  }
  sink.add(of(Space::condition, event, event.value > 0 ? Use::write : Use::read));
}

void add_futex(const Event& event, ItemSink& sink) {
  constexpr size_t kWord = 4;
  if (event.op == Op::futex_wake) {
    return sink.add(of(Space::futex, event, event.value > 0 ? Use::write : Use::read));
  }
  if (event.effect == Effect::blocked || event.effect == Effect::failed) {
    add_memory(event.address, kWord, Use::read, sink);
  }
  if (event.effect != Effect::failed && event.effect != Effect::done) {
    sink.add(of(Space::futex, event, Use::shared));
  }
}

void add_file(const Event& event, bool only_reads, ItemSink& sink) {
  if (event.op == Op::file_lock || event.op == Op::file_unlock) {
    if (event.effect == Effect::blocked) return;
    const bool changes = event.effect == Effect::done;
    Item used = of(Space::file, event, changes ? Use::write : Use::read);
    used.waits = changes && event.op == Op::file_lock;
    used.count = Item::kUnknown;
    return sink.add(used);
  }
  sink.add(of(Space::file, event, only_reads ? Use::read : Use::write));
  const bool names = event.op != Op::file_read && event.op != Op::file_write;
  if (names) sink.add(item(Space::names, 0, only_reads ? Use::read : Use::write));
  if (event.op == Op::file_read) sink.add(item(Space::names, 0, Use::read));
}

bool is_lock(Op op) {
  switch (op) {
    case Op::mutex_lock:
    case Op::mutex_try_lock:
    case Op::mutex_unlock:
    case Op::read_lock:
    case Op::write_lock:
    case Op::rwlock_unlock:
    case Op::once:
      return true;
    default:
      return false;
  }
}

}  // namespace

void add_memory(uintptr_t address, size_t size, Use use, ItemSink& sink) {
  constexpr uintptr_t kGranule = 8;
  const uintptr_t end = address + size;
  for (uintptr_t at = address; at < end;) {
    const uintptr_t granule = at / kGranule;
    const uintptr_t stop = end < (granule + 1) * kGranule ? end : (granule + 1) * kGranule;
    Item touched = item(Space::memory, granule, use);
    touched.mask = static_cast<uint8_t>(((1u << (stop - at)) - 1) << (at % kGranule));
    sink.add(touched);
    at = stop;
  }
}

void add_event(const Event& event, const Operation& begun, bool chosen, ItemSink& sink) {
  if (is_lock(event.op)) return add_lock(event, begun.gives_up, sink);
  switch (event.op) {
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_update:
    case Op::atomic_compare:
      return add_atomic(event, sink);
    case Op::semaphore_wait:
      if (event.effect != Effect::blocked) sink.add(cancellation(event.task, Use::read));
      return add_semaphore(event, begun.gives_up, sink);
    case Op::semaphore_post:
    case Op::semaphore_value:
      return add_semaphore(event, false, sink);
    case Op::condition_wait:
      if (event.effect != Effect::done) sink.add(cancellation(event.task, Use::read));
      return add_condition(event, sink);
    case Op::condition_signal:
    case Op::condition_broadcast:
      return add_condition(event, sink);
    case Op::futex_wait:
    case Op::futex_wake:
      return add_futex(event, sink);
    case Op::barrier_wait:
      if (event.effect == Effect::done && event.value == 0) {
        sink.add(of(Space::barrier, event, Use::write));
      }
      return;
    case Op::file_open:
    case Op::file_close:
    case Op::file_read:
    case Op::file_write:
    case Op::file_lock:
    case Op::file_unlock:
    case Op::file_other:
      return add_file(event, begun.only_reads, sink);
    case Op::random:
      if (!chosen) sink.add(item(Space::random, 0, Use::write));
      return;
    case Op::task_cancel:
      return sink.add(cancellation(event.other, Use::write));
    case Op::sleep:
    case Op::cancel_test:
    case Op::task_join:
      if (event.effect != Effect::blocked) sink.add(cancellation(event.task, Use::read));
      return;
    case Op::signal_send:
      return sink.add(of(Space::signals, event, Use::write));
    case Op::signal_mask:
      return sink.add(of(Space::signals, event, begun.only_reads ? Use::read : Use::write));
    case Op::signal_wait:
      if (event.effect != Effect::blocked) sink.add(cancellation(event.task, Use::read));
      return sink.add(
          of(Space::signals, event, event.effect == Effect::done ? Use::write : Use::read));
    case Op::destroy:
      sink.add(of(Space::lock, event, Use::write));
      return sink.add(of(Space::condition, event, Use::write));
    default:
      return;
  }
}

bool waiting_item(const Operation& operation, Item& item_out) {
  Event event;
  event.op = operation.op;
  event.address = operation.address;
  event.value = operation.op == Op::mutex_lock ? 1 : 0;
  struct Last final : ItemSink {
    void add(const Item& added) override { item = added; }
    Item item;
  } last;
  const bool waits =
      is_lock(operation.op) || operation.op == Op::semaphore_wait || operation.op == Op::file_lock;
  if (!waits) return false;
  add_event(event, operation, false, last);
  item_out = last.item;
  return item_out.waits;
}

bool is_memory(const Item& item) {
  return item.key >> kSpaceShift == static_cast<uint64_t>(Space::memory);
}

bool only_waits(const Event& event) {
  if (event.effect != Effect::blocked) return false;
  return is_lock(event.op) || event.op == Op::semaphore_wait || event.op == Op::file_lock ||
         event.op == Op::task_join;
}

bool visible(const Operation& operation) {
  switch (operation.op) {
    case Op::task_start:
    case Op::task_create:
    case Op::task_join:
    case Op::task_detach:
    case Op::fence:
    case Op::yield:
    case Op::sleep:
    case Op::clock_read:
    case Op::check:
      return false;
    default:
      return true;
  }
}

}  // namespace heddle
