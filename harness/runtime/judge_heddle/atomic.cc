// The sheet of `__tsan_atomic*` callbacks, which replace every atomic operation of the program.
#include "runtime/atomic_calls.h"

#define HEDDLE_UPDATE(bits, T, name, expression)                                                  \
  HEDDLE_EXPORT T __tsan_atomic##bits##_##name(volatile T* where, T operand, int order) {         \
    return heddle::update<T>(                                                                     \
        where, [operand](T before) { return static_cast<T>(expression); }, order, HEDDLE_CALLER); \
  }

#define HEDDLE_ATOMICS(bits, T)                                                                    \
  HEDDLE_EXPORT T __tsan_atomic##bits##_load(const volatile T* where, int order) {                 \
    return heddle::load<T>(where, order, HEDDLE_CALLER);                                           \
  }                                                                                                \
  HEDDLE_EXPORT void __tsan_atomic##bits##_store(volatile T* where, T value, int order) {          \
    heddle::store<T>(where, value, order, HEDDLE_CALLER);                                          \
  }                                                                                                \
  HEDDLE_UPDATES(bits, T)                                                                          \
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

}  // extern "C"
