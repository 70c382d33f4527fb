// Fibers of one kernel thread, each with a real thread control block.
//
// A control block is made by a real pthread_create on memory of ours: glibc puts the thread's
// static TLS and its own descriptor at the top of it. The kernel thread then leaves by a raw exit,
// and what stays behind is everything that makes a thread to C++: thread_local, errno, exception
// state, pthread_self. A switch loads the FS base as well, so each fiber runs on its own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/ids.h"

namespace heddle {

struct Fiber;

// Who must know of fibers besides: ThreadSanitizer, where it is the judge. All calls come from the
// fiber that runs, or from the host.
class FiberWatcher {
 public:
  virtual ~FiberWatcher() = default;
  // The slot has its control block from now on, and has never run.
  virtual void made(uint32_t slot, Fiber& fiber) = 0;
  // It will begin anew; its thread-locals are those of a new thread.
  virtual void prepared(Fiber& fiber) = 0;
  // `from` runs, and `to` is next. May not be noticed by thread-locals of either.
  virtual void switching(Fiber& from, Fiber& to) = 0;
};

// One execution context. Slot fibers live as long as the process; the host's is the main thread.
struct Fiber {
  void* stack_pointer = nullptr;  // where to go on, while it is not running
  uintptr_t fs_base = 0;          // its control block; the value of pthread_self
  char* stack_low = nullptr;      // lowest usable byte; the guard page lies below
  char* stack_high = nullptr;     // below this the fiber's frames begin
  void* watched_as = nullptr;     // what the watcher knows it by
};

class FiberPool {
 public:
  // What gettid gives in slot 0, and one more in each: above any pid_max of a machine with fewer
  // processes.
  static constexpr int kFirstTid = 1'000'000;
  // Bytes of address space of one fiber's stack and control block, guard page included.
  static constexpr size_t kStride = (size_t{8} << 20) + 17 * 4096;
  static constexpr size_t kGuard = 4096;
  // Places in a page where stacks begin.
  static constexpr uint32_t kColours = 16;

  // Must run on the main thread before any fiber is made. Calls libc (dlsym, dl_iterate_phdr).
  void initialise();

  // Makes the slot's control block on first use (some 30 µs). False when the system refuses memory
  // or a thread; `error` of the pool then says why.
  bool ensure(uint32_t slot);
  const char* error() const { return error_; }

  Fiber& fiber(uint32_t slot) { return fibers_[slot]; }
  Fiber& host() { return host_; }

  // Lets the next switch to the slot begin `entry(argument)` on a fresh stack, with thread-locals
  // of the executable as in a new thread and no exception in flight.
  void prepare(uint32_t slot, void (*entry)(void*), void* argument);

  // Saves the running context in `from` and goes on in `to`.
  void switch_to(Fiber& from, Fiber& to) {
    if (watcher_ != nullptr) watcher_->switching(from, to);
    switch_(&from.stack_pointer, to.stack_pointer, to.fs_base);
  }

  // Before any fiber is made. The host is known already.
  void set_watcher(FiberWatcher* watcher) { watcher_ = watcher; }

  // The executable's thread-locals in the fiber's control block.
  char* thread_locals(const Fiber& fiber) const {
    return reinterpret_cast<char*>(fiber.fs_base - static_cast<uintptr_t>(tls_offset_));
  }
  size_t thread_locals_size() const { return tls_size_; }

  // The slot whose stack or control block contains `address`, or -1.
  static int slot_of(uintptr_t address);

  // For benchmarks alone: switches without the FS base. Until it is back, all fibers share one
  // thread's thread-locals, and pthread_self is that thread.
  void leave_fs_base(bool leave);

  bool has_fsgsbase() const { return has_fsgsbase_; }

 private:
  using Switch = void (*)(void**, void*, uintptr_t);
  bool make(uint32_t slot);
  void reset_thread_locals(const Fiber& fiber);

  Switch switch_ = nullptr;
  FiberWatcher* watcher_ = nullptr;
  bool has_fsgsbase_ = false;
  const char* error_ = "";
  uint32_t tid_offset_ = 0;          // of the kernel's thread id in the control block
  ptrdiff_t exception_offset_ = 0;   // of the C++ runtime's exception globals from the FS base
  const char* tls_image_ = nullptr;  // the executable's PT_TLS
  size_t tls_file_size_ = 0;
  size_t tls_size_ = 0;
  ptrdiff_t tls_offset_ = 0;     // from the FS base down to it
  void* real_create_ = nullptr;  // libc's pthread_create
  Fiber host_;
  Fiber fibers_[kMaxTasks];
};

}  // namespace heddle
