// Thread-specific data and thread-local destructors.
#include <errno.h>
#include <pthread.h>

#include "runtime/real.h"
#include "runtime/task_data.h"

using heddle::controlled;
using heddle::HarnessScope;
using heddle::Runtime;

extern "C" {

HEDDLE_EXPORT int pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    const int result = HEDDLE_REAL(pthread_key_create)(key, destructor);
    heddle::Runtime* made = heddle::process.runtime;
    if (result == 0 && made != nullptr) made->threads->key_made(*key, destructor, false);
    return result;
  }
  HarnessScope scope(*runtime);
  // libc only gives the number; values and destructors are ours.
  const int result = HEDDLE_REAL(pthread_key_create)(key, nullptr);
  if (result == 0) scope->threads->key_made(*key, destructor, true);
  return result;
}

HEDDLE_EXPORT int pthread_key_delete(pthread_key_t key) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_key_delete)(key);
  HarnessScope scope(*runtime);
  return scope->threads->delete_key(key);
}

HEDDLE_EXPORT void* pthread_getspecific(pthread_key_t key) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_getspecific)(key);
  if (key >= heddle::Threads::kKeys) return nullptr;
  const void** values = runtime->threads->data(runtime->engine.current()).specific;
  return values == nullptr ? nullptr : const_cast<void*>(values[key]);
}

HEDDLE_EXPORT int pthread_setspecific(pthread_key_t key, const void* value) noexcept {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return HEDDLE_REAL(pthread_setspecific)(key, value);
  if (!runtime->threads->usable(key)) return EINVAL;
  HarnessScope scope(*runtime);
  scope->threads->specific(scope->engine.current())[key] = value;
  return 0;
}

HEDDLE_EXPORT int __cxa_thread_atexit(void (*function)(void*), void* object, void* library) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    using Register = int(void (*)(void*), void*, void*);
    return HEDDLE_REAL_AS(Register*, "__cxa_thread_atexit_impl")(function, object, library);
  }
  HarnessScope scope(*runtime);
  scope->threads->at_thread_exit(scope->engine.current(), function, object);
  return 0;
}

HEDDLE_EXPORT int __cxa_atexit(void (*function)(void*), void* object, void* library) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) {
    using Register = int(void (*)(void*), void*, void*);
    heddle::note_start_up(function, object, HEDDLE_CALLER);
    return HEDDLE_REAL_AS(Register*, "__cxa_atexit")(function, object, library);
  }
  HarnessScope scope(*runtime);
  scope->threads->at_exit(function, object);
  return 0;
}

}  // extern "C"
