// malloc and its family, operator new and delete.
//
// While a task runs the program's code, blocks come from the program's heap: restored before each
// execution, at addresses that depend on the task alone. So do those of start-up code (constructors
// of globals). Everything else, libc's and the loader's own included, is served by the host heap.
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include <sys/syscall.h>

#include <new>

#include "base/raw_output.h"
#include "base/raw_syscall.h"
#include "runtime/access.h"
#include "runtime/crash.h"
#include "runtime/exchange.h"
#include "runtime/globals.h"
#include "runtime/process.h"
#include "runtime/recorder.h"
#include "runtime/second_judge.h"

namespace heddle {
namespace {

// Whatever the judges knew of the memory is void.
void tell_judges(Runtime& runtime, uintptr_t start, size_t size, Site site, bool reused) {
  const TaskId self = runtime.engine.current().id;
  runtime.races.allocated(runtime.happens_before.now(self), start, size, site, reused);
  if (runtime.second_judge != nullptr) runtime.second_judge->allocated(start, size);
}

// A block of a task, in shadow and story.
void note_allocation(Runtime& runtime, uintptr_t start, size_t size, Site site, bool reused) {
  tell_judges(runtime, start, size, site, reused);
  if (runtime.recorder != nullptr) runtime.recorder->on_heap(Op::heap_allocate, start, size, site);
}

// Reused late, blocks show who uses them when they are freed; reused at once, who takes a new block
// for the old one because the address is the same (ABA). One choice for each task, not for each
// malloc: a schedule is to stay short.
uint32_t quarantine_of(Runtime& runtime, Task& task, size_t size) {
  if (task.reuse == Task::Reuse::unknown && runtime.heap.has_freed(task.slot, size)) {
    task.reuse = runtime.engine.choose_aside() ? Task::Reuse::at_once : Task::Reuse::late;
  }
  return task.reuse == Task::Reuse::at_once ? 0 : ProgramHeap::kQuarantine;
}

[[noreturn]] void refuse_memory(Runtime& runtime, Site site) {
  RawText text;
  text.text("more than ").number(static_cast<int64_t>(runtime.engine.limits().max_memory >> 20));
  text.text(" MiB of heap blocks are in use");
  end_execution(runtime, FindingKind::memory_limit, site, text.c_str());
}

void* from_program_heap(Runtime& runtime, size_t size, size_t alignment, bool zeroed, Site site) {
  HarnessScope scope(runtime);
  Task& self = runtime.engine.current();
  const uint32_t slot = self.slot;
  const uint64_t in_use = runtime.heap.live_bytes();
  if (size <= ProgramHeap::kLargest && in_use + size > runtime.engine.limits().max_memory) {
    refuse_memory(runtime, site);
  }
  if (runtime.points_at == PointsAt::followed) runtime.engine.note_progress();
  const uint32_t quarantine = quarantine_of(runtime, self, size);
  const ProgramHeap::Allocation block =
      zeroed ? runtime.heap.allocate_zeroed(slot, size, site, quarantine)
             : runtime.heap.allocate(slot, size, alignment, site, quarantine);
  if (block.start == nullptr) {
    errno = ENOMEM;
    return nullptr;
  }
  const uintptr_t start = reinterpret_cast<uintptr_t>(block.start);
  note_allocation(runtime, start, size, site, block.reused);
  runtime.points.flag_block(runtime.shadow, slot, block.serial, start, size);
  return block.start;
}

// libc's and the loader's own blocks, which outlive executions.
bool is_libcs(const Runtime& runtime, Site site) {
  return runtime.globals->in_libc(site.pc);
}

// Outside of executions the program may run real threads.
class OutsideLock {
 public:
  OutsideLock() {
    while (__atomic_test_and_set(&process.heap_busy, __ATOMIC_ACQUIRE)) {
      raw_syscall(SYS_sched_yield);
    }
  }
  ~OutsideLock() { __atomic_clear(&process.heap_busy, __ATOMIC_RELEASE); }
  OutsideLock(const OutsideLock&) = delete;
  OutsideLock& operator=(const OutsideLock&) = delete;
};

// Constructors of globals, and tests between explorations: what they make is part of the state that
// executions start from. The C++ library's own blocks, among them the 72 KiB that it keeps for
// exceptions in need, are not the program's.
bool outside_of_executions(Site site) {
  const Runtime* runtime = process.runtime;
  return !process.host && runtime != nullptr &&
         runtime->globals->executable().all.contains(site.pc) && !Globals::in_harness(site.pc);
}

// For a new block of the host's, and that with a block of it.
HostHeap& heap_of_host() {
  return process.exchange == nullptr ? host_heap() : process.exchange->heap_in_use(host_heap());
}
HostHeap& heap_with(const void* pointer) {
  return process.exchange == nullptr ? host_heap()
                                     : process.exchange->heap_with(pointer, host_heap());
}

void* allocate(size_t size, size_t alignment, bool zeroed, Site site) {
  Runtime* runtime = controlled();
  if (runtime != nullptr && !is_libcs(*runtime, site)) {
    return from_program_heap(*runtime, size, alignment, zeroed, site);
  }
  if (outside_of_executions(site)) {
    const OutsideLock lock;
    ProgramHeap& heap = program_heap();
    return zeroed ? heap.allocate_zeroed(ProgramHeap::kOutside, size, site).start
                  : heap.allocate(ProgramHeap::kOutside, size, alignment, site).start;
  }
  HostHeap& heap = heap_of_host();
  void* start = zeroed ? heap.allocate_zeroed(size) : heap.allocate(size, alignment);
  if (start == nullptr) {
    errno = ENOMEM;
  } else if (Runtime* known = process.runtime; known != nullptr && known->engine.running()) {
    // Library code works for a task.
    tell_judges(*known, reinterpret_cast<uintptr_t>(start), size, site, true);
  }
  return start;
}

void refuse_release(Runtime& runtime, ProgramHeap::Release result, void* pointer, Site site) {
  Detection detection;
  detection.access.task = runtime.engine.current().id;
  detection.access.site = site;
  detection.access.address = reinterpret_cast<uintptr_t>(pointer);
  HeapBlock block;
  if (result == ProgramHeap::Release::double_free &&
      runtime.heap.describe(detection.access.address, block)) {
    detection.kind = FindingKind::double_free;
    detection.access.write = detection.access.free = true;
    describe_free(runtime, block, detection);
  } else {
    detection.kind = FindingKind::crash;
    const char* text = "free of an address that malloc never returned";
    for (size_t i = 0; text[i] != 0; ++i) detection.detail[i] = text[i];
  }
  runtime.engine.abandon(detection);
}

void release(void* pointer, Site site) {
  if (pointer == nullptr) return;
  Runtime* runtime = process.runtime;
  if (!program_heap().owns(pointer)) {
    HostHeap& heap = heap_with(pointer);
    if (process.controlled != nullptr && !heap.owns(pointer)) {
      process.controlled = nullptr;
      refuse_release(*runtime, ProgramHeap::Release::not_a_block, pointer, site);
    }
    heap.release(pointer);
    return;
  }
  if (runtime == nullptr || !runtime->engine.running()) {
    const OutsideLock lock;
    program_heap().release(ProgramHeap::kOutside, pointer, site);
    return;
  }
  const bool was_controlled = process.controlled != nullptr;
  process.controlled = nullptr;
  const Task& self = runtime->engine.current();
  const uintptr_t start = reinterpret_cast<uintptr_t>(pointer);
  const size_t size = runtime->heap.size_of(pointer);
  if (runtime->points_at == PointsAt::followed && size != 0) follow_free(*runtime, start, size);
  const Detection* race =
      size == 0 ? nullptr
                : runtime->races.freed(runtime->happens_before.now(self.id),
                                       runtime->happens_before.clock(self.id), start, size, site);
  if (race != nullptr) runtime->found_race(*race);
  if (runtime->second_judge != nullptr) runtime->second_judge->accessed(start, size, true, site);
  if (runtime->recorder != nullptr) runtime->recorder->on_heap(Op::heap_free, start, size, site);
  const ProgramHeap::Release result = runtime->heap.release(self.slot, pointer, site);
  if (result != ProgramHeap::Release::freed) refuse_release(*runtime, result, pointer, site);
  runtime->heap_uses.freed(start, size);
  if (was_controlled) process.controlled = runtime;
}

size_t size_of(void* pointer) {
  return program_heap().owns(pointer) ? program_heap().size_of(pointer)
                                      : heap_with(pointer).usable_size(pointer);
}

void* reallocate(void* pointer, size_t size, Site site) {
  if (pointer == nullptr) return allocate(size, 16, false, site);
  if (size == 0) {
    release(pointer, site);
    return nullptr;
  }
  if (!program_heap().owns(pointer)) {
    Runtime* runtime = controlled();
    if (runtime == nullptr) return heap_with(pointer).reallocate(pointer, size);
  }
  // A new block always: in place or not would be one more thing to name in reports.
  void* fresh = allocate(size, 16, false, site);
  if (fresh == nullptr) return nullptr;
  const size_t old_size = size_of(pointer);
  __builtin_memcpy(fresh, pointer, old_size < size ? old_size : size);
  release(pointer, site);
  return fresh;
}

bool power_of_two(size_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

void* allocate_or_throw(size_t size, size_t alignment, Site site) {
  for (;;) {
    void* start = allocate(size, alignment, false, site);
    if (start != nullptr) return start;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

}  // namespace
}  // namespace heddle

using heddle::allocate;
using heddle::allocate_or_throw;
using heddle::release;

extern "C" {

HEDDLE_EXPORT void* malloc(size_t size) noexcept {
  return allocate(size, 16, false, HEDDLE_CALLER);
}

HEDDLE_EXPORT void* calloc(size_t count, size_t size) noexcept {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return allocate(bytes, 16, true, HEDDLE_CALLER);
}

HEDDLE_EXPORT void* realloc(void* pointer, size_t size) noexcept {
  return heddle::reallocate(pointer, size, HEDDLE_CALLER);
}

HEDDLE_EXPORT void* reallocarray(void* pointer, size_t count, size_t size) noexcept {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return heddle::reallocate(pointer, bytes, HEDDLE_CALLER);
}

HEDDLE_EXPORT void free(void* pointer) noexcept {
  release(pointer, HEDDLE_CALLER);
}

HEDDLE_EXPORT void* memalign(size_t alignment, size_t size) noexcept {
  return allocate(size, alignment, false, HEDDLE_CALLER);
}

HEDDLE_EXPORT void* aligned_alloc(size_t alignment, size_t size) noexcept {
  if (!heddle::power_of_two(alignment)) {
    errno = EINVAL;
    return nullptr;
  }
  return allocate(size, alignment, false, HEDDLE_CALLER);
}

HEDDLE_EXPORT int posix_memalign(void** result, size_t alignment, size_t size) noexcept {
  if (!heddle::power_of_two(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
  const int saved = errno;
  void* start = allocate(size, alignment, false, HEDDLE_CALLER);
  errno = saved;
  if (start == nullptr) return ENOMEM;
  *result = start;
  return 0;
}

HEDDLE_EXPORT void* valloc(size_t size) noexcept {
  return allocate(size, 4096, false, HEDDLE_CALLER);
}

HEDDLE_EXPORT size_t malloc_usable_size(void* pointer) noexcept {
  return pointer == nullptr ? 0 : heddle::size_of(pointer);
}

}  // extern "C"

// The replaceable forms of C++ ([new.delete]); nothrow and array forms of the library call these.
HEDDLE_EXPORT void* operator new(size_t size) {
  return allocate_or_throw(size, 16, HEDDLE_CALLER);
}
HEDDLE_EXPORT void* operator new[](size_t size) {
  return allocate_or_throw(size, 16, HEDDLE_CALLER);
}
HEDDLE_EXPORT void* operator new(size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<size_t>(alignment), HEDDLE_CALLER);
}
HEDDLE_EXPORT void* operator new[](size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<size_t>(alignment), HEDDLE_CALLER);
}
HEDDLE_EXPORT void operator delete(void* pointer) noexcept {
  release(pointer, HEDDLE_CALLER);
}
HEDDLE_EXPORT void operator delete[](void* pointer) noexcept {
  release(pointer, HEDDLE_CALLER);
}
HEDDLE_EXPORT void operator delete(void* pointer, size_t) noexcept {
  release(pointer, HEDDLE_CALLER);
}
HEDDLE_EXPORT void operator delete[](void* pointer, size_t) noexcept {
  release(pointer, HEDDLE_CALLER);
}
HEDDLE_EXPORT void operator delete(void* pointer, std::align_val_t) noexcept {
  release(pointer, HEDDLE_CALLER);
}
HEDDLE_EXPORT void operator delete[](void* pointer, std::align_val_t) noexcept {
  release(pointer, HEDDLE_CALLER);
}
HEDDLE_EXPORT void operator delete(void* pointer, size_t, std::align_val_t) noexcept {
  release(pointer, HEDDLE_CALLER);
}
HEDDLE_EXPORT void operator delete[](void* pointer, size_t, std::align_val_t) noexcept {
  release(pointer, HEDDLE_CALLER);
}
