#include "runtime/judge_tsan/touched_memory.h"

#include "runtime/judge_tsan/interface.h"
#include "runtime/judge_tsan/thread_sanitizer.h"

namespace heddle {

void TouchedMemory::clear() {
  for (const Range& range : *this) {
    if (range.size == kGranule) seen_[range.start / kGranule % kSeen] = 0;
  }
  // What did not fit was seen all the same.
  for (uint32_t i = 0; i < kSeen && !complete_; ++i) seen_[i] = 0;
  count_ = 0;
  complete_ = true;
  cleared_ = false;
}

TouchedMemory* touched_memory() {
  Runtime* const runtime = process.runtime;
  if (runtime == nullptr || runtime->second_judge == nullptr) return nullptr;
  return &static_cast<ThreadSanitizer*>(runtime->second_judge)->touched();
}

}  // namespace heddle

using heddle::note_touched;

extern "C" {

// In place of ThreadSanitizer's own functions, where its interceptors and atomics call them.
HEDDLE_EXPORT void heddle_judge_access(void* thread, uintptr_t pc, uintptr_t address,
                                       uintptr_t size, uintptr_t type) {
  note_touched(address, size);
  judge_access(thread, pc, address, size, type);
}

HEDDLE_EXPORT void heddle_judge_unaligned_access(void* thread, uintptr_t pc, uintptr_t address,
                                                 uintptr_t size, uintptr_t type) {
  note_touched(address, size);
  judge_unaligned_access(thread, pc, address, size, type);
}

#define HEDDLE_RANGE(name)                                                         \
  HEDDLE_EXPORT void heddle_judge_##name(void* thread, uintptr_t pc, uintptr_t at, \
                                         uintptr_t size) {                         \
    note_touched(at, size);                                                        \
    judge_##name(thread, pc, at, size);                                            \
  }

HEDDLE_RANGE(read_range)
HEDDLE_RANGE(write_range)
HEDDLE_RANGE(free_range)
HEDDLE_RANGE(imitate_write)
HEDDLE_RANGE(imitate_or_reset)

// All of the shadow anew, while an execution is forgotten whose memory was cleared already: done.
HEDDLE_EXPORT bool heddle_judge_map_shadow(uintptr_t start, uintptr_t size, const char* name) {
  constexpr uintptr_t kLargerThanAnyRange = uintptr_t{1} << 40;
  const heddle::TouchedMemory* const touched = heddle::touched_memory();
  if (size >= kLargerThanAnyRange && touched != nullptr && touched->cleared()) return true;
  return judge_map_shadow(start, size, name);
}

}  // extern "C"
