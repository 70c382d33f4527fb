// The sheet of `__tsan_*` callbacks for plain accesses: what g++ 12 and clang 14 to 19 emit for
// loads, stores and virtual tables; the rest is in tsan_common.cc. Compilers place a callback
// directly before the access, so a switch in the callback is a switch before the access.
#include "runtime/access.h"
#include "runtime/process.h"

using heddle::on_access;

#define HEDDLE_ACCESS(name, size, write)             \
  HEDDLE_EXPORT void name(void* where) {             \
    on_access<size, write>(where, HEDDLE_CALLER.pc); \
  }

// Reading and then writing, as one callback before both (clang -tsan-compound-read-before-write).
#define HEDDLE_COMPOUND(name, size)                  \
  HEDDLE_EXPORT void name(void* where) {             \
    on_access<size, false>(where, HEDDLE_CALLER.pc); \
    on_access<size, true>(where, HEDDLE_CALLER.pc);  \
  }

#define HEDDLE_ACCESSES(size)                                      \
  HEDDLE_ACCESS(__tsan_read##size, size, false)                    \
  HEDDLE_ACCESS(__tsan_write##size, size, true)                    \
  HEDDLE_ACCESS(__tsan_unaligned_read##size, size, false)          \
  HEDDLE_ACCESS(__tsan_unaligned_write##size, size, true)          \
  HEDDLE_ACCESS(__tsan_volatile_read##size, size, false)           \
  HEDDLE_ACCESS(__tsan_volatile_write##size, size, true)           \
  HEDDLE_ACCESS(__tsan_unaligned_volatile_read##size, size, false) \
  HEDDLE_ACCESS(__tsan_unaligned_volatile_write##size, size, true) \
  HEDDLE_COMPOUND(__tsan_read_write##size, size)                   \
  HEDDLE_COMPOUND(__tsan_unaligned_read_write##size, size)

extern "C" {

HEDDLE_ACCESSES(1)
HEDDLE_ACCESSES(2)
HEDDLE_ACCESSES(4)
HEDDLE_ACCESSES(8)
HEDDLE_ACCESSES(16)

HEDDLE_EXPORT void __tsan_vptr_read(void** where) {
  on_access<8, false>(where, HEDDLE_CALLER.pc);
}

// Constructors and destructors store the vptr they find there already: no change, no access.
HEDDLE_EXPORT void __tsan_vptr_update(void** where, void* fresh) {
  if (*where != fresh) on_access<8, true>(where, HEDDLE_CALLER.pc);
}

}  // extern "C"
