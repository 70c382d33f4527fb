// libc's own functions behind the names that we define.
#pragma once

#include <dlfcn.h>

// HEDDLE_REAL(pthread_join)(thread, result): calls the next definition of pthread_join after ours.
// Looked up once for each place in the source.
#define HEDDLE_REAL(name) HEDDLE_REAL_AS(decltype(&::name), #name)

// The same for a name that is not in the global namespace, or has no declaration.
#define HEDDLE_REAL_AS(type, name)                           \
  ([]() {                                                    \
    using Real = type;                                       \
    static Real real = nullptr;                              \
    if (__builtin_expect(real == nullptr, 0)) {              \
      real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, name)); \
    }                                                        \
    return real;                                             \
  }())
