// The sheet of `__tsan_atomic*` callbacks where ThreadSanitizer judges. The model makes the
// scheduling point and records what happens; then its change is undone, and ThreadSanitizer's own
// callback performs the operation, and draws from it what it orders. By a tail call, and in
// executions alone: see access.cc.
#include "runtime/atomic_calls.h"
#include "runtime/task_data.h"

namespace heddle {
namespace {

// Tells the model's event from that of an operation which only the model performs. Under control.
template <typename Model>
void in_atomic(Model model) {
  Runtime* runtime = controlled();
  TaskData& self = runtime->threads->data(runtime->engine.current());
  self.in_atomic = true;
  model();
  self.in_atomic = false;
}

}  // namespace
}  // namespace heddle

#define HEDDLE_UPDATE(bits, T, name, expression)                                          \
  T judge___tsan_atomic##bits##_##name(volatile T* where, T operand, int order);          \
  HEDDLE_EXPORT T __tsan_atomic##bits##_##name(volatile T* where, T operand, int order) { \
    const heddle::Site site = HEDDLE_CALLER;                                              \
    const auto change = [operand](T before) { return static_cast<T>(expression); };       \
    if (heddle::controlled() == nullptr) return heddle::real_update<T>(where, change);    \
    heddle::in_atomic([=] { *where = heddle::update<T>(where, change, order, site); });   \
    [[clang::musttail]] return judge___tsan_atomic##bits##_##name(where, operand, order); \
  }

#define HEDDLE_EXCHANGE(bits, T, name)                                                           \
  int judge___tsan_atomic##bits##_##name(volatile T* where, T* expected, T desired, int success, \
                                         int failure);                                           \
  HEDDLE_EXPORT int __tsan_atomic##bits##_##name(volatile T* where, T* expected, T desired,      \
                                                 int success, int failure) {                     \
    const heddle::Site site = HEDDLE_CALLER;                                                     \
    if (heddle::controlled() == nullptr) {                                                       \
      return heddle::compare_exchange_into<T>(where, expected, desired, success, failure, site); \
    }                                                                                            \
    heddle::in_atomic([=] {                                                                      \
      *where = heddle::compare_exchange<T>(where, *expected, desired, success, failure, site);   \
    });                                                                                          \
    [[clang::musttail]] return judge___tsan_atomic##bits##_##name(where, expected, desired,      \
                                                                  success, failure);             \
  }

#define HEDDLE_ATOMICS(bits, T)                                                                \
  T judge___tsan_atomic##bits##_load(const volatile T* where, int order);                      \
  HEDDLE_EXPORT T __tsan_atomic##bits##_load(const volatile T* where, int order) {             \
    const heddle::Site site = HEDDLE_CALLER;                                                   \
    if (heddle::controlled() == nullptr) return heddle::load<T>(where, order, site);           \
    heddle::in_atomic([=] { heddle::load<T>(where, order, site); });                           \
    [[clang::musttail]] return judge___tsan_atomic##bits##_load(where, order);                 \
  }                                                                                            \
  void judge___tsan_atomic##bits##_store(volatile T* where, T value, int order);               \
  HEDDLE_EXPORT void __tsan_atomic##bits##_store(volatile T* where, T value, int order) {      \
    const heddle::Site site = HEDDLE_CALLER;                                                   \
    if (heddle::controlled() == nullptr) return heddle::store<T>(where, value, order, site);   \
    heddle::in_atomic([=] { heddle::store<T>(where, value, order, site); });                   \
    [[clang::musttail]] return judge___tsan_atomic##bits##_store(where, value, order);         \
  }                                                                                            \
  HEDDLE_UPDATES(bits, T)                                                                      \
  HEDDLE_EXCHANGE(bits, T, compare_exchange_strong)                                            \
  HEDDLE_EXCHANGE(bits, T, compare_exchange_weak)                                              \
  T judge___tsan_atomic##bits##_compare_exchange_val(volatile T* where, T expected, T desired, \
                                                     int success, int failure);                \
  HEDDLE_EXPORT T __tsan_atomic##bits##_compare_exchange_val(                                  \
      volatile T* where, T expected, T desired, int success, int failure) {                    \
    const heddle::Site site = HEDDLE_CALLER;                                                   \
    if (heddle::controlled() == nullptr) {                                                     \
      return heddle::real_compare_exchange<T>(where, expected, desired);                       \
    }                                                                                          \
    heddle::in_atomic([=] {                                                                    \
      *where = heddle::compare_exchange<T>(where, expected, desired, success, failure, site);  \
    });                                                                                        \
    [[clang::musttail]] return judge___tsan_atomic##bits##_compare_exchange_val(               \
        where, expected, desired, success, failure);                                           \
  }

extern "C" {

HEDDLE_ATOMICS(8, uint8_t)
HEDDLE_ATOMICS(16, uint16_t)
HEDDLE_ATOMICS(32, uint32_t)
HEDDLE_ATOMICS(64, uint64_t)
HEDDLE_ATOMICS(128, heddle::Int128)

void judge___tsan_atomic_thread_fence(int order);
HEDDLE_EXPORT void __tsan_atomic_thread_fence(int order) {
  heddle::Runtime* runtime = heddle::controlled();
  if (runtime == nullptr) return __atomic_thread_fence(__ATOMIC_SEQ_CST);
  {
    heddle::HarnessScope scope(*runtime);
    heddle::atomic_fence(scope->engine, heddle::order_of(order), HEDDLE_CALLER);
  }
  [[clang::musttail]] return judge___tsan_atomic_thread_fence(order);
}

}  // extern "C"
