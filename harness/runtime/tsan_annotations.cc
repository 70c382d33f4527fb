// What hand-written code calls through <sanitizer/tsan_interface.h> and the older dynamic
// annotations. Order that a program declares is believed; declarations about locks and fibers are
// not needed, since the operations under them are seen themselves.
#include "runtime/runtime.h"
#include "sync/atomic.h"

namespace heddle {
namespace {

void annotate(void* where, bool release, Site site) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return;
  HarnessScope scope(*runtime);
  const TaskId self = scope->engine.current().id;
  const ObjectId object = scope->object<Atomic>(where, site).id;
  if (release) {
    scope->happens_before.release_join(self, object);
  } else {
    scope->happens_before.acquire(self, object);
  }
}

}  // namespace
}  // namespace heddle

extern "C" {

HEDDLE_EXPORT void __tsan_acquire(void* where) {
  heddle::annotate(where, false, HEDDLE_CALLER);
}
HEDDLE_EXPORT void __tsan_release(void* where) {
  heddle::annotate(where, true, HEDDLE_CALLER);
}
HEDDLE_EXPORT void AnnotateHappensBefore(const char*, int, const volatile void* where) {
  heddle::annotate(const_cast<void*>(where), true, HEDDLE_CALLER);
}
HEDDLE_EXPORT void AnnotateHappensAfter(const char*, int, const volatile void* where) {
  heddle::annotate(const_cast<void*>(where), false, HEDDLE_CALLER);
}

HEDDLE_EXPORT void __tsan_mutex_create(void*, unsigned) {}
HEDDLE_EXPORT void __tsan_mutex_destroy(void*, unsigned) {}
HEDDLE_EXPORT void __tsan_mutex_pre_lock(void*, unsigned) {}
HEDDLE_EXPORT void __tsan_mutex_post_lock(void*, unsigned, int) {}
HEDDLE_EXPORT int __tsan_mutex_pre_unlock(void*, unsigned) {
  return 0;
}
HEDDLE_EXPORT void __tsan_mutex_post_unlock(void*, unsigned) {}
HEDDLE_EXPORT void __tsan_mutex_pre_signal(void*, unsigned) {}
HEDDLE_EXPORT void __tsan_mutex_post_signal(void*, unsigned) {}
HEDDLE_EXPORT void __tsan_mutex_pre_divert(void*, unsigned) {}
HEDDLE_EXPORT void __tsan_mutex_post_divert(void*, unsigned) {}
HEDDLE_EXPORT void* __tsan_external_register_tag(const char*) {
  return nullptr;
}
HEDDLE_EXPORT void __tsan_external_assign_tag(void*, void*) {}
HEDDLE_EXPORT void __tsan_external_read(void*, void*, void*) {}
HEDDLE_EXPORT void __tsan_external_write(void*, void*, void*) {}

}  // extern "C"
