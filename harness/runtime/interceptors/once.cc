// pthread_once and the guards of static locals (Itanium C++ ABI, 3.3.3).
#include <cxxabi.h>
#include <pthread.h>

#include "runtime/globals.h"
#include "runtime/real.h"
#include "runtime/runtime.h"
#include "runtime/second_name.h"
#include "sync/atomic.h"
#include "sync/once.h"

namespace heddle {
namespace {

constexpr int kOnceDone = 2;  // glibc's encoding, so that libc agrees outside of executions

// Runs on an exception out of the function: the next caller tries again.
class OnceAttempt {
 public:
  OnceAttempt(Runtime& runtime, Once& once, Site site)
      : runtime_(runtime), once_(once), site_(site) {}
  ~OnceAttempt() {
    if (finished_) return;
    HarnessScope scope(runtime_);
    once_.finish(runtime_.engine, false, site_);
  }
  void finish(int* state) {
    HarnessScope scope(runtime_);
    finished_ = true;
    *state = kOnceDone;
    once_.finish(runtime_.engine, true, site_);
  }

 private:
  Runtime& runtime_;
  Once& once_;
  Site site_;
  bool finished_ = false;
};

// Of libstdc++ itself, say (its locales, its thread-exit list): it stays done in later executions,
// so it must be no operation of the first one.
bool is_librarys(const Runtime& runtime, const pthread_once_t* control) {
  const Module* module = runtime.globals->module_of(reinterpret_cast<uintptr_t>(control));
  return module != nullptr && module->runtime_library;
}

// Compilers test the guard's first byte themselves, as an acquire load: it must see a release.
void publish_guard(Runtime& runtime, volatile uint8_t* guard, Site site) {
  runtime.object<Atomic>(guard, site)
      .store<uint8_t>(runtime.engine, guard, 1, MemoryOrder::release, site);
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::HarnessScope;
using heddle::Once;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int pthread_once(pthread_once_t* control, void (*function)()) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_once)(control, function);
  Once* once = nullptr;
  {
    HarnessScope scope(*runtime);
    if (heddle::is_librarys(*runtime, control)) return HEDDLE_REAL(pthread_once)(control, function);
    once = &scope->object<Once>(control, HEDDLE_CALLER);
    const bool done = *control == heddle::kOnceDone;
    if (!once->begin(scope->engine, done, HEDDLE_CALLER)) return 0;
  }
  heddle::OnceAttempt attempt(*runtime, *once, HEDDLE_CALLER);
  function();
  attempt.finish(control);
  return 0;
}

// In glibc once_flag is a pthread_once_t, and call_once is this same function.
HEDDLE_SECOND_NAME(call_once, pthread_once);

HEDDLE_EXPORT int __cxa_guard_acquire(__cxxabiv1::__guard* guard) {
  Runtime* runtime = controlled();
  if (runtime == nullptr)
    return HEDDLE_REAL_AS(decltype(&__cxxabiv1::__cxa_guard_acquire), "__cxa_guard_acquire")(guard);
  HarnessScope scope(*runtime);
  const bool done = *reinterpret_cast<volatile uint8_t*>(guard) != 0;
  return scope->object<Once>(guard, HEDDLE_CALLER).begin(scope->engine, done, HEDDLE_CALLER) ? 1
                                                                                             : 0;
}

HEDDLE_EXPORT void __cxa_guard_release(__cxxabiv1::__guard* guard) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr)
    return HEDDLE_REAL_AS(decltype(&__cxxabiv1::__cxa_guard_release), "__cxa_guard_release")(guard);
  HarnessScope scope(*runtime);
  Once& once = scope->object<Once>(guard, HEDDLE_CALLER);
  heddle::publish_guard(*runtime, reinterpret_cast<volatile uint8_t*>(guard), HEDDLE_CALLER);
  once.finish(scope->engine, true, HEDDLE_CALLER);
}

HEDDLE_EXPORT void __cxa_guard_abort(__cxxabiv1::__guard* guard) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr)
    return HEDDLE_REAL_AS(decltype(&__cxxabiv1::__cxa_guard_abort), "__cxa_guard_abort")(guard);
  HarnessScope scope(*runtime);
  scope->object<Once>(guard, HEDDLE_CALLER).finish(scope->engine, false, HEDDLE_CALLER);
}

}  // extern "C"
