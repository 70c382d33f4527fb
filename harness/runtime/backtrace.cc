#include "runtime/backtrace.h"

#include <unwind.h>

#include "runtime/globals.h"

namespace heddle {
namespace {

struct Walk {
  const Runtime* runtime;
  Detection* detection;
  uintptr_t from = 0;  // the interrupted instruction; 0: the first frame of the program's
  bool reached = false;
};

void add(Detection& detection, uintptr_t return_address) {
  if (detection.frame_count == Detection::kMaxFrames) return;
  detection.frames[detection.frame_count++] = return_address;
}

bool is_programs(const Runtime& runtime, uintptr_t pc) {
  const Module* module = runtime.globals->module_of(pc);
  return module != nullptr && !module->runtime_library && !Globals::in_harness(pc);
}

// Frames of ours lie at both ends: below the call, and where the task was started.
_Unwind_Reason_Code visit(_Unwind_Context* context, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  int before_instruction = 0;
  const uintptr_t pc = _Unwind_GetIPInfo(context, &before_instruction);
  if (pc == 0) return _URC_END_OF_STACK;
  Detection& detection = *walk.detection;
  if (detection.frame_count == 0) {
    // What was interrupted may be a callback of ours, for which the stack was too short.
    walk.reached = walk.reached || pc == walk.from;
    const bool first =
        walk.from == 0 ? is_programs(*walk.runtime, pc) : walk.reached && !Globals::in_harness(pc);
    if (!first) return _URC_NO_REASON;
  } else if (Globals::in_harness(pc)) {
    return _URC_END_OF_STACK;
  }
  add(detection, pc + (before_instruction != 0 ? 1 : 0));
  return detection.frame_count == Detection::kMaxFrames ? _URC_END_OF_STACK : _URC_NO_REASON;
}

uintptr_t word_at(uintptr_t address) {
  return *reinterpret_cast<const uintptr_t*>(address);
}

// After a call to where no code is, nobody knows the frame but for what the call has pushed; those
// above are linked by their frame pointers.
void follow_pointers(const Runtime& runtime, const ucontext_t& interrupted, Detection& detection) {
  const auto* registers = interrupted.uc_mcontext.gregs;
  uintptr_t at = static_cast<uintptr_t>(registers[REG_RSP]);
  uintptr_t frame = static_cast<uintptr_t>(registers[REG_RBP]);
  const int slot = FiberPool::slot_of(at);
  if (slot < 0 || at % sizeof(at) != 0 || !is_programs(runtime, word_at(at))) return;
  add(detection, word_at(at));
  while (frame > at && frame % sizeof(at) == 0 && FiberPool::slot_of(frame) == slot) {
    const uintptr_t return_address = word_at(frame + sizeof(at));
    if (!is_programs(runtime, return_address)) return;
    add(detection, return_address);
    at = frame;
    frame = word_at(frame);
  }
}

}  // namespace

void note_stack(const Runtime& runtime, Detection& detection) {
  Walk walk{&runtime, &detection};
  _Unwind_Backtrace(visit, &walk);
}

void note_stack(const Runtime& runtime, const ucontext_t& interrupted, Detection& detection) {
  Walk walk{&runtime, &detection, static_cast<uintptr_t>(interrupted.uc_mcontext.gregs[REG_RIP])};
  if (walk.from != 0) _Unwind_Backtrace(visit, &walk);
  if (detection.frame_count == 0) follow_pointers(runtime, interrupted, detection);
}

}  // namespace heddle
