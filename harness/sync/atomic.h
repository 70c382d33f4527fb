// Every atomic operation goes through here: the one place where weak memory can be added.
//
// Sequential consistency: each operation acts on the memory itself, one after another. The memory
// orders only decide which happens-before edges there are.
#pragma once

#include "sync/objects.h"

namespace heddle {

class Atomic : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::atomic;

  template <typename T>
  T load(Engine& engine, const volatile T* where, MemoryOrder order, Site site) {
    engine.scheduling_point(operation(Op::atomic_load, sizeof(T), true, site));
    const T value = *where;
    record<T>(engine, Op::atomic_load, Effect::done, order, value, value, site);
    return value;
  }

  template <typename T>
  void store(Engine& engine, volatile T* where, T value, MemoryOrder order, Site site) {
    engine.scheduling_point(operation(Op::atomic_store, sizeof(T), false, site));
    const T before = *where;
    *where = value;
    record<T>(engine, Op::atomic_store, Effect::done, order, before, value, site);
  }

  // `change` maps the old value to the new one.
  template <typename T, typename Change>
  T update(Engine& engine, volatile T* where, Change change, MemoryOrder order, Site site) {
    engine.scheduling_point(operation(Op::atomic_update, sizeof(T), false, site));
    const T before = *where;
    const T value = change(before);
    *where = value;
    record<T>(engine, Op::atomic_update, Effect::done, order, before, value, site);
    return before;
  }

  // Returns the value found; it was replaced exactly when that equals `expected`. A weak exchange
  // never fails spuriously here.
  template <typename T>
  T compare_exchange(Engine& engine, volatile T* where, T expected, T desired, MemoryOrder success,
                     MemoryOrder failure, Site site) {
    engine.scheduling_point(operation(Op::atomic_compare, sizeof(T), *where != expected, site));
    const T before = *where;
    if (before == expected) {
      *where = desired;
      record<T>(engine, Op::atomic_compare, Effect::done, success, before, desired, site);
    } else {
      record<T>(engine, Op::atomic_compare, Effect::failed, failure, before, before, site);
    }
    return before;
  }

 private:
  Operation operation(Op op, size_t size, bool only_reads, Site site) const {
    return Operation{op, static_cast<uint8_t>(size), only_reads, id, address, site};
  }

  template <typename T>
  void record(Engine& engine, Op op, Effect effect, MemoryOrder order, T before, T value,
              Site site) {
    Event event;
    event.op = op;
    event.effect = effect;
    event.size = sizeof(T);
    event.order = order;
    event.task = engine.current().id;
    event.object = id;
    event.address = address;
    event.before = static_cast<uint64_t>(before);  // the low half of 16-byte values
    event.value = static_cast<uint64_t>(value);
    event.site = site;
    engine.record(event);
  }
};

// std::atomic_thread_fence.
inline void atomic_fence(Engine& engine, MemoryOrder order, Site site) {
  engine.scheduling_point(Operation{Op::fence, 0, false, ObjectId(), 0, site});
  Event event;
  event.op = Op::fence;
  event.order = order;
  event.task = engine.current().id;
  event.site = site;
  engine.record(event);
}

}  // namespace heddle
