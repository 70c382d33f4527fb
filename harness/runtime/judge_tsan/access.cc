// The sheet of `__tsan_*` callbacks for plain accesses where ThreadSanitizer judges: counted and
// made scheduling points as ever, then handed on to its own callback of the same name. By a tail
// call, since the return address is how it names the place of the access. Outside of executions it
// is not asked: threads that run there are unknown to it, and it would not survive them. The rest
// is in tsan_common.cc.
#include "runtime/access.h"
#include "runtime/judge_tsan/touched_memory.h"
#include "runtime/process.h"

using heddle::on_access;

static void note(const volatile void* where, size_t size) {
  heddle::note_touched(reinterpret_cast<uintptr_t>(where), size);
}

#define HEDDLE_ACCESS(name, real, size, write)       \
  HEDDLE_EXPORT void name(void* where) {             \
    if (heddle::controlled() == nullptr) return;     \
    on_access<size, write>(where, HEDDLE_CALLER.pc); \
    note(where, size);                               \
    [[clang::musttail]] return real(where);          \
  }

// Of 1 byte nothing is unaligned, and it does not tell volatile accesses from others.
#define HEDDLE_ACCESSES(size, unaligned_read, unaligned_write)                     \
  HEDDLE_ACCESS(__tsan_read##size, judge___tsan_read##size, size, false)           \
  HEDDLE_ACCESS(__tsan_write##size, judge___tsan_write##size, size, true)          \
  HEDDLE_ACCESS(__tsan_unaligned_read##size, unaligned_read, size, false)          \
  HEDDLE_ACCESS(__tsan_unaligned_write##size, unaligned_write, size, true)         \
  HEDDLE_ACCESS(__tsan_volatile_read##size, judge___tsan_read##size, size, false)  \
  HEDDLE_ACCESS(__tsan_volatile_write##size, judge___tsan_write##size, size, true) \
  HEDDLE_ACCESS(__tsan_unaligned_volatile_read##size, unaligned_read, size, false) \
  HEDDLE_ACCESS(__tsan_unaligned_volatile_write##size, unaligned_write, size, true)

#define HEDDLE_ALIGNED(size)                 \
  void judge___tsan_read##size(void* where); \
  void judge___tsan_write##size(void* where);
#define HEDDLE_UNALIGNED(size)                         \
  void judge___tsan_unaligned_read##size(void* where); \
  void judge___tsan_unaligned_write##size(void* where);

extern "C" {

HEDDLE_ALIGNED(1)
HEDDLE_ALIGNED(2)
HEDDLE_ALIGNED(4)
HEDDLE_ALIGNED(8)
HEDDLE_ALIGNED(16)
HEDDLE_UNALIGNED(2)
HEDDLE_UNALIGNED(4)
HEDDLE_UNALIGNED(8)
HEDDLE_UNALIGNED(16)
void judge___tsan_vptr_read(void** where);
void judge___tsan_vptr_update(void** where, void* fresh);

HEDDLE_ACCESSES(1, judge___tsan_read1, judge___tsan_write1)
HEDDLE_ACCESSES(2, judge___tsan_unaligned_read2, judge___tsan_unaligned_write2)
HEDDLE_ACCESSES(4, judge___tsan_unaligned_read4, judge___tsan_unaligned_write4)
HEDDLE_ACCESSES(8, judge___tsan_unaligned_read8, judge___tsan_unaligned_write8)
HEDDLE_ACCESSES(16, judge___tsan_unaligned_read16, judge___tsan_unaligned_write16)

HEDDLE_EXPORT void __tsan_vptr_read(void** where) {
  if (heddle::controlled() == nullptr) return;
  on_access<8, false>(where, HEDDLE_CALLER.pc);
  note(where, sizeof(void*));
  [[clang::musttail]] return judge___tsan_vptr_read(where);
}

// Constructors and destructors store the vptr they find there already: no change, no access.
HEDDLE_EXPORT void __tsan_vptr_update(void** where, void* fresh) {
  if (heddle::controlled() == nullptr) return;
  if (*where != fresh) on_access<8, true>(where, HEDDLE_CALLER.pc);
  note(where, sizeof(void*));
  [[clang::musttail]] return judge___tsan_vptr_update(where, fresh);
}

}  // extern "C"
