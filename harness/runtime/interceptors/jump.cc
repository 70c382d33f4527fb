// longjmp: within a task it is libc's; to a place on another task's stack it would go on with that
// task's frames under this one's name.
#include <setjmp.h>

#include "runtime/crash.h"
#include "runtime/real.h"
#include "runtime/signals.h"

namespace heddle {
namespace {

constexpr int kStackPointer = 6;  // of glibc's __jmp_buf on x86-64: rbx, rbp, r12 … r15, rsp, rip

// glibc keeps it xored with a number of the control block, and rotated.
uintptr_t stack_pointer_of(const __jmp_buf_tag& target) {
  constexpr int kRotated = 17;
  const auto kept = static_cast<uint64_t>(target.__jmpbuf[kStackPointer]);
  uint64_t guard = 0;
  asm("mov %%fs:0x30, %0" : "=r"(guard));
  return ((kept >> kRotated) | (kept << (64 - kRotated))) ^ guard;
}

// A fault is the program's: still under its control.
void check_target(const __jmp_buf_tag* target, Site site) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return;
  const int slot = FiberPool::slot_of(stack_pointer_of(*target));
  if (slot < 0 || static_cast<uint32_t>(slot) == runtime->engine.current().slot) return;
  process.controlled = nullptr;
  end_execution(*runtime, FindingKind::crash, site, "longjmp to a place on another task's stack");
}

// Out of a handler to where the mask was saved: what was blocked there is taken for what was before
// the handler.
void check_mask(const __jmp_buf_tag* target) {
  Runtime* runtime = controlled();
  if (runtime != nullptr && target->__mask_was_saved != 0) leave_handlers(*runtime);
}

}  // namespace
}  // namespace heddle

#define HEDDLE_JUMP(name)                                                \
  HEDDLE_EXPORT void name(__jmp_buf_tag* target, int value) {            \
    heddle::check_target(target, HEDDLE_CALLER);                         \
    heddle::check_mask(target);                                          \
    HEDDLE_REAL_AS(void (*)(__jmp_buf_tag*, int), #name)(target, value); \
    __builtin_trap();                                                    \
  }

extern "C" {

HEDDLE_JUMP(longjmp)
HEDDLE_JUMP(_longjmp)
HEDDLE_JUMP(siglongjmp)
HEDDLE_JUMP(__longjmp_chk)

}  // extern "C"
