// What the callbacks of atomic operations do, whoever judges: under control the model, else the
// operation itself.
#pragma once

#include "runtime/runtime.h"
#include "sync/atomic.h"

namespace heddle {

using Int128 = unsigned __int128;

inline MemoryOrder order_of(int order) {
  // The low 15 bits are the order; flags for hardware lock elision may lie above.
  const int plain = order & 0x7fff;
  return plain >= 0 && plain <= 5 ? static_cast<MemoryOrder>(plain) : MemoryOrder::seq_cst;
}

// Outside of control: the operation itself, sequentially consistent.
template <typename T>
T real_compare_exchange(volatile T* where, T expected, T desired) {
  return __sync_val_compare_and_swap(where, expected, desired);
}

template <typename T, typename Change>
T real_update(volatile T* where, Change change) {
  T seen = real_compare_exchange<T>(where, T{0}, T{0});
  for (;;) {
    const T before = real_compare_exchange<T>(where, seen, change(seen));
    if (before == seen) return before;
    seen = before;
  }
}

template <typename T>
T load(const volatile T* where, int order, Site site) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    if constexpr (sizeof(T) <= 8) return __atomic_load_n(where, __ATOMIC_SEQ_CST);
    return real_compare_exchange<T>(const_cast<volatile T*>(where), T{0}, T{0});
  }
  HarnessScope scope(*runtime);
  Atomic& atomic = scope->object<Atomic>(where, site);
  return atomic.load(scope->engine, where, order_of(order), site);
}

template <typename T>
void store(volatile T* where, T value, int order, Site site) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    real_update<T>(where, [value](T) { return value; });
    return;
  }
  HarnessScope scope(*runtime);
  Atomic& atomic = scope->object<Atomic>(where, site);
  atomic.store(scope->engine, where, value, order_of(order), site);
}

template <typename T, typename Change>
T update(volatile T* where, Change change, int order, Site site) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return real_update<T>(where, change);
  HarnessScope scope(*runtime);
  Atomic& atomic = scope->object<Atomic>(where, site);
  return atomic.update(scope->engine, where, change, order_of(order), site);
}

template <typename T>
T compare_exchange(volatile T* where, T expected, T desired, int success, int failure, Site site) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return real_compare_exchange<T>(where, expected, desired);
  HarnessScope scope(*runtime);
  Atomic& atomic = scope->object<Atomic>(where, site);
  return atomic.compare_exchange(scope->engine, where, expected, desired, order_of(success),
                                 order_of(failure), site);
}

template <typename T>
int compare_exchange_into(volatile T* where, T* expected, T desired, int success, int failure,
                          Site site) {
  const T wanted = *expected;
  const T found = compare_exchange<T>(where, wanted, desired, success, failure, site);
  if (found == wanted) return 1;
  *expected = found;
  return 0;
}

}  // namespace heddle

// The read-modify-write operations of atomics of so many bits; HEDDLE_UPDATE(bits, T, name,
// expression of `before` and `operand`) is the sheet's own.
#define HEDDLE_UPDATES(bits, T)                                          \
  HEDDLE_UPDATE(bits, T, exchange, (static_cast<void>(before), operand)) \
  HEDDLE_UPDATE(bits, T, fetch_add, before + operand)                    \
  HEDDLE_UPDATE(bits, T, fetch_sub, before - operand)                    \
  HEDDLE_UPDATE(bits, T, fetch_and, before& operand)                     \
  HEDDLE_UPDATE(bits, T, fetch_or, before | operand)                     \
  HEDDLE_UPDATE(bits, T, fetch_xor, before ^ operand)                    \
  HEDDLE_UPDATE(bits, T, fetch_nand, ~(before & operand))
