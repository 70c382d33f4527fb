// Stands for the runtime: counts the compiler's callbacks by where they come from.
#include <cstddef>
#include <cstdint>

#include "build/localise/parts.h"
#include "runtime/export.h"

namespace {

bool inside_harness = false;
unsigned long from_harness = 0;
unsigned long from_program = 0;

void count() {
  ++(inside_harness ? from_harness : from_program);
}

}  // namespace

InsideHarness::InsideHarness() {
  inside_harness = true;
}
InsideHarness::~InsideHarness() {
  inside_harness = false;
}

HEDDLE_EXPORT unsigned long callbacks_from_harness() {
  return from_harness;
}
HEDDLE_EXPORT unsigned long callbacks_from_program() {
  return from_program;
}

extern "C" {

HEDDLE_EXPORT void __tsan_init() {}
HEDDLE_EXPORT void __tsan_vptr_read(void*) {
  count();
}
HEDDLE_EXPORT void __tsan_vptr_update(void*, void*) {
  count();
}
HEDDLE_EXPORT void __tsan_read_range(void*, size_t) {
  count();
}
HEDDLE_EXPORT void __tsan_write_range(void*, size_t) {
  count();
}

#define ACCESS(size)                                       \
  HEDDLE_EXPORT void __tsan_read##size(void*) {            \
    count();                                               \
  }                                                        \
  HEDDLE_EXPORT void __tsan_write##size(void*) {           \
    count();                                               \
  }                                                        \
  HEDDLE_EXPORT void __tsan_unaligned_read##size(void*) {  \
    count();                                               \
  }                                                        \
  HEDDLE_EXPORT void __tsan_unaligned_write##size(void*) { \
    count();                                               \
  }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
#undef ACCESS

// The program's only atomics are reference counts and guards, and it has one thread.
#define ATOMIC(bits, type)                                                             \
  HEDDLE_EXPORT type __tsan_atomic##bits##_load(const volatile type* at, int) {        \
    count();                                                                           \
    return *at;                                                                        \
  }                                                                                    \
  HEDDLE_EXPORT void __tsan_atomic##bits##_store(volatile type* at, type v, int) {     \
    count();                                                                           \
    *at = v;                                                                           \
  }                                                                                    \
  HEDDLE_EXPORT type __tsan_atomic##bits##_fetch_add(volatile type* at, type v, int) { \
    count();                                                                           \
    const type before = *at;                                                           \
    *at = static_cast<type>(before + v);                                               \
    return before;                                                                     \
  }
ATOMIC(8, uint8_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)
#undef ATOMIC

}  // extern "C"
