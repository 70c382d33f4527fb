// The sheet of `__tsan_atomic*` callbacks, which replace every atomic operation of the program, and
// libatomic's 16-byte functions, which clang calls for what it does not replace.
#include "runtime/runtime.h"
#include "sync/atomic.h"

namespace heddle {
namespace {

using Int128 = unsigned __int128;

MemoryOrder order_of(int order) {
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

}  // namespace
}  // namespace heddle

#define HEDDLE_UPDATE(prefix, T, name, expression)                                                \
  HEDDLE_EXPORT T prefix##name(volatile T* where, T operand, int order) {                         \
    return heddle::update<T>(                                                                     \
        where, [operand](T before) { return static_cast<T>(expression); }, order, HEDDLE_CALLER); \
  }

#define HEDDLE_UPDATES(prefix, T)                                          \
  HEDDLE_UPDATE(prefix, T, exchange, (static_cast<void>(before), operand)) \
  HEDDLE_UPDATE(prefix, T, fetch_add, before + operand)                    \
  HEDDLE_UPDATE(prefix, T, fetch_sub, before - operand)                    \
  HEDDLE_UPDATE(prefix, T, fetch_and, before& operand)                     \
  HEDDLE_UPDATE(prefix, T, fetch_or, before | operand)                     \
  HEDDLE_UPDATE(prefix, T, fetch_xor, before ^ operand)                    \
  HEDDLE_UPDATE(prefix, T, fetch_nand, ~(before & operand))

#define HEDDLE_ATOMICS(bits, T)                                                                    \
  HEDDLE_EXPORT T __tsan_atomic##bits##_load(const volatile T* where, int order) {                 \
    return heddle::load<T>(where, order, HEDDLE_CALLER);                                           \
  }                                                                                                \
  HEDDLE_EXPORT void __tsan_atomic##bits##_store(volatile T* where, T value, int order) {          \
    heddle::store<T>(where, value, order, HEDDLE_CALLER);                                          \
  }                                                                                                \
  HEDDLE_UPDATES(__tsan_atomic##bits##_, T)                                                        \
  HEDDLE_EXPORT int __tsan_atomic##bits##_compare_exchange_strong(                                 \
      volatile T* where, T* expected, T desired, int success, int failure) {                       \
    return heddle::compare_exchange_into<T>(where, expected, desired, success, failure,            \
                                            HEDDLE_CALLER);                                        \
  }                                                                                                \
  HEDDLE_EXPORT int __tsan_atomic##bits##_compare_exchange_weak(                                   \
      volatile T* where, T* expected, T desired, int success, int failure) {                       \
    return heddle::compare_exchange_into<T>(where, expected, desired, success, failure,            \
                                            HEDDLE_CALLER);                                        \
  }                                                                                                \
  HEDDLE_EXPORT T __tsan_atomic##bits##_compare_exchange_val(                                      \
      volatile T* where, T expected, T desired, int success, int failure) {                        \
    return heddle::compare_exchange<T>(where, expected, desired, success, failure, HEDDLE_CALLER); \
  }

extern "C" {

HEDDLE_ATOMICS(8, uint8_t)
HEDDLE_ATOMICS(16, uint16_t)
HEDDLE_ATOMICS(32, uint32_t)
HEDDLE_ATOMICS(64, uint64_t)
HEDDLE_ATOMICS(128, heddle::Int128)

HEDDLE_EXPORT void __tsan_atomic_thread_fence(int order) {
  heddle::Runtime* runtime = heddle::controlled();
  if (runtime == nullptr) {
    __sync_synchronize();
    return;
  }
  heddle::HarnessScope scope(*runtime);
  heddle::atomic_fence(scope->engine, heddle::order_of(order), HEDDLE_CALLER);
}

// Orders a thread against its own signal handlers only: nothing that other tasks could see.
HEDDLE_EXPORT void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
