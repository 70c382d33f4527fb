#include "platform/fiber.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/check.h"
#include "base/raw_syscall.h"
#include "platform/regions.h"

extern "C" {
void heddle_switch_fsgsbase(void** save_sp, void* new_sp, uintptr_t new_fs);
void heddle_switch_arch_prctl(void** save_sp, void* new_sp, uintptr_t new_fs);
void heddle_switch_registers(void** save_sp, void* new_sp, uintptr_t unused);
void heddle_fiber_start();
}

namespace heddle {
namespace {

constexpr unsigned long kHwcap2FsGsBase = 1ul << 1;

uintptr_t read_fs_base() {
  uintptr_t value = 0;
  asm("movq %%fs:0, %0" : "=r"(value));  // the control block's first word is its own address
  return value;
}

struct ThreadLocalImage {
  const char* image = nullptr;
  size_t file_size = 0;
  size_t size = 0;
  ptrdiff_t offset = 0;
};

// The executable is the first module that dl_iterate_phdr reports.
int find_executable_tls(dl_phdr_info* info, size_t, void* out) {
  auto* tls = static_cast<ThreadLocalImage*>(out);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_TLS || info->dlpi_tls_data == nullptr) continue;
    tls->image = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
    tls->file_size = header.p_filesz;
    tls->size = header.p_memsz;
    tls->offset =
        static_cast<ptrdiff_t>(read_fs_base()) - reinterpret_cast<ptrdiff_t>(info->dlpi_tls_data);
  }
  return 1;
}

// A few dozen bytes as a rule, for which the processor's own copying takes long to begin.
constexpr size_t kFew = 256;

void copy_bytes(char* to, const char* from, size_t size) {
  for (; size >= 8 && size <= kFew; size -= 8, to += 8, from += 8) __builtin_memcpy(to, from, 8);
  if (size > 0) asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

void zero_bytes(char* to, size_t size) {
  for (; size >= 8 && size <= kFew; size -= 8, to += 8) __builtin_memset(to, 0, 8);
  if (size > 0) asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(0) : "memory");
}

// Runs on the short-lived kernel thread: raw system calls only, then it leaves.
void* carrier(void* argument) {
  Fiber& fiber = *static_cast<Fiber*>(argument);
  fiber.fs_base = read_fs_base();
  // Frames of the fiber begin below the carrier's own, out of the reach of start_thread's.
  const uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - 512;
  fiber.stack_high = reinterpret_cast<char*>(here & ~uintptr_t{63});
  const uint64_t all_signals = ~uint64_t{0};
  raw_syscall(SYS_rt_sigprocmask, /*SIG_SETMASK*/ 2, reinterpret_cast<long>(&all_signals), 0, 8);
  for (;;) raw_syscall(SYS_exit, 0);
}

}  // namespace

void FiberPool::initialise() {
  has_fsgsbase_ = (getauxval(AT_HWCAP2) & kHwcap2FsGsBase) != 0;
  leave_fs_base(false);
  host_.fs_base = read_fs_base();
  // The third word of libthread_db's descriptor is the byte offset of the thread id.
  const void* descriptor = dlvsym(RTLD_DEFAULT, "_thread_db_pthread_tid", "GLIBC_PRIVATE");
  if (descriptor != nullptr) tid_offset_ = static_cast<const uint32_t*>(descriptor)[2];
  real_create_ = dlsym(RTLD_NEXT, "pthread_create");
  exception_offset_ =
      reinterpret_cast<char*>(abi::__cxa_get_globals()) - reinterpret_cast<char*>(host_.fs_base);
  ThreadLocalImage tls;
  dl_iterate_phdr(find_executable_tls, &tls);
  tls_image_ = tls.image;
  tls_file_size_ = tls.file_size;
  tls_size_ = tls.size;
  tls_offset_ = tls.offset;
}

bool FiberPool::ensure(uint32_t slot) {
  HEDDLE_CHECK(slot < kMaxTasks);
  return fibers_[slot].fs_base != 0 || make(slot);
}

bool FiberPool::make(uint32_t slot) {
  if (real_create_ == nullptr || tid_offset_ == 0) {
    error_ = "this libc does not tell where a thread's id lies (glibc 2.34 or later is needed)";
    return false;
  }
  char* base = reinterpret_cast<char*>(kStackRegion + slot * kStride);
  const long mapped =
      raw_syscall(SYS_mmap, reinterpret_cast<long>(base), kStride, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (mapped != reinterpret_cast<long>(base)) {
    error_ = "no address space for another stack (ulimit -v?)";
    return false;
  }
  char* usable = base + kGuard;
  if (raw_syscall(SYS_mprotect, reinterpret_cast<long>(usable), kStride - kGuard,
                  PROT_READ | PROT_WRITE) != 0) {
    error_ = "no memory for another stack (vm.max_map_count?)";
    return false;
  }
  Fiber& fiber = fibers_[slot];
  fiber.stack_low = usable;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, usable, kStride - kGuard);
  pthread_t thread;
  auto create =
      reinterpret_cast<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>(
          real_create_);
  const int result = create(&thread, &attributes, carrier, &fiber);
  pthread_attr_destroy(&attributes);
  if (result != 0) {
    error_ = "the system refuses another thread (ulimit -u, pids limit?)";
    return false;
  }
  // The kernel zeroes the id when the thread is gone, and wakes who waits for that; libc's own
  // locks then need a distinct owner. With this libc a thread is the address of its control block.
  auto* tid = reinterpret_cast<int*>(thread + tid_offset_);
  while (const int running = __atomic_load_n(tid, __ATOMIC_ACQUIRE)) {
    raw_syscall(SYS_futex, reinterpret_cast<long>(tid), /*FUTEX_WAIT*/ 0, running, 0);
  }
  HEDDLE_CHECK(fiber.fs_base == thread);
  // Stacks are a whole number of pages apart: were their frames as well, those of all fibers would
  // compete for the same few sets of the processor's first cache.
  fiber.stack_high -= slot % kColours * (4096 / kColours);
  *tid = kFirstTid + static_cast<int>(slot);
  if (watcher_ != nullptr) watcher_->made(slot, fiber);
  return true;
}

void FiberPool::reset_thread_locals(const Fiber& fiber) {
  if (tls_size_ == 0) return;
  char* block = thread_locals(fiber);
  copy_bytes(block, tls_image_, tls_file_size_);
  zero_bytes(block + tls_file_size_, tls_size_ - tls_file_size_);
}

void FiberPool::prepare(uint32_t slot, void (*entry)(void*), void* argument) {
  Fiber& fiber = fibers_[slot];
  HEDDLE_CHECK(fiber.fs_base != 0);
  reset_thread_locals(fiber);
  // An abandoned fiber may have left an exception in flight: caughtExceptions, uncaughtExceptions.
  auto* exceptions = reinterpret_cast<uint64_t*>(fiber.fs_base + exception_offset_);
  exceptions[0] = exceptions[1] = 0;
  if (watcher_ != nullptr) watcher_->prepared(fiber);
  auto* top = reinterpret_cast<uint64_t*>(fiber.stack_high);
  *--top = 0;
  *--top = 0;
  *--top = reinterpret_cast<uint64_t>(heddle_fiber_start);
  *--top = 0;                                     // rbp
  *--top = 0;                                     // rbx
  *--top = reinterpret_cast<uint64_t>(entry);     // r12
  *--top = reinterpret_cast<uint64_t>(argument);  // r13
  *--top = 0;                                     // r14
  *--top = 0;                                     // r15
  *--top = 0x0000037f00001f80;                    // x87 control word 0x37f, mxcsr 0x1f80
  fiber.stack_pointer = top;
}

void FiberPool::leave_fs_base(bool leave) {
  const Switch whole = has_fsgsbase_ ? heddle_switch_fsgsbase : heddle_switch_arch_prctl;
  switch_ = leave ? heddle_switch_registers : whole;
}

int FiberPool::slot_of(uintptr_t address) {
  if (address < kStackRegion || address >= kStackRegion + kMaxTasks * kStride) return -1;
  return static_cast<int>((address - kStackRegion) / kStride);
}

}  // namespace heddle
