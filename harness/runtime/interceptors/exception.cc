// Exceptions that several tasks refer to: libstdc++ counts the references with atomics that are not
// instrumented, so the order that they make is told here. Whoever gives a reference up releases,
// and whoever gives up the last one, and destroys the exception, acquires.
#include <cxxabi.h>

#include <exception>

#include "runtime/real.h"
#include "runtime/second_judge.h"
#include "sync/atomic.h"

namespace heddle {
namespace {

// No operation of the program, so no scheduling point; the header before the exception's object is
// libstdc++'s own.
void reference_dropped(HarnessScope& scope, const void* exception, Site site) {
  const auto* header = static_cast<const char*>(exception) - sizeof(void*);
  const Atomic& count = scope->object<Atomic>(header, site);
  const TaskId self = scope->engine.current().id;
  scope->happens_before.atomic_update(self, count.id, MemoryOrder::acq_rel);
  if (scope->second_judge == nullptr) return;
  scope->second_judge->acquired(self, count.id, false);
  scope->second_judge->released(self, count.id, false);
}

}  // namespace
}  // namespace heddle

using heddle::controlled;
using heddle::HarnessScope;
using heddle::Runtime;

// void std::__exception_ptr::exception_ptr::_M_release()
extern "C" HEDDLE_EXPORT void heddle_exception_release(void** pointer) noexcept
    __asm__("_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv");

extern "C" void heddle_exception_release(void** pointer) noexcept {
  Runtime* runtime = controlled();
  if (runtime != nullptr && *pointer != nullptr) {
    HarnessScope scope(*runtime);
    heddle::reference_dropped(scope, *pointer, HEDDLE_CALLER);
  }
  using Release = void(void**);
  HEDDLE_REAL_AS(Release*, "_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv")(pointer);
}

extern "C" HEDDLE_EXPORT void __cxa_end_catch() {
  if (Runtime* runtime = controlled()) {
    HarnessScope scope(*runtime);
    // One that rethrow_exception threw refers to another's object: this finds it.
    const std::exception_ptr caught = std::current_exception();
    const void* exception = *reinterpret_cast<void* const*>(&caught);
    if (exception != nullptr) heddle::reference_dropped(scope, exception, HEDDLE_CALLER);
  }
  HEDDLE_REAL_AS(decltype(&abi::__cxa_end_catch), "__cxa_end_catch")();
}
