// The heap of everything but the program under test: explorer, reports, GoogleTest, libc, ld.so.
//
// It serves as malloc of the whole process: usable before any constructor (a constant-initialised
// object that maps memory on first use), without thread-local storage or libc, and safe when real
// threads exist outside executions (a spin lock). Not safe in a signal handler that interrupted it.
// Blocks are kept in size classes and never move between them; those of 1 MiB and more give their
// pages back when they are freed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "platform/regions.h"
#include "platform/size_class.h"

namespace heddle {

class HostHeap {
 public:
  // Other regions than the default are for tests. Both are multiples of kExtent.
  constexpr explicit HostHeap(uintptr_t region = kHostHeapRegion, size_t size = kHostHeapSize)
      : region_(region), size_(size), next_(region), mapped_end_(region) {}
  // In memory that is mapped already, and not necessarily zero.
  struct Mapped {};
  constexpr HostHeap(Mapped, uintptr_t region, size_t size)
      : region_(region), size_(size), next_(region), mapped_end_(region + size), zero_(false) {}
  HostHeap(const HostHeap&) = delete;
  HostHeap& operator=(const HostHeap&) = delete;

  // Null when the system refuses memory. Precondition: alignment is a power of two.
  void* allocate(size_t size, size_t alignment = 16);
  void* allocate_zeroed(size_t size);
  // Null is freed without effect. Anything else must be a live block of this heap (checked).
  void release(void* pointer);
  // In place while the block's capacity suffices. Null on failure; the block then stays.
  void* reallocate(void* pointer, size_t size);
  // What may be used of a live block: at least what was asked for.
  size_t usable_size(const void* pointer) const;
  bool owns(const void* pointer) const {
    return reinterpret_cast<uintptr_t>(pointer) - region_ < size_;
  }

 private:
  static constexpr uint32_t kClasses = SizeClass::count(40);
  static constexpr size_t kExtent = size_t{32} << 20;
  static constexpr size_t kBigBlock = size_t{1} << 20;

  // Directly before the payload.
  struct Header {
    uint32_t magic;
    uint16_t size_class;
    uint16_t unused;
    uint64_t before;  // bytes from the chunk's start to the payload
  };
  static_assert(sizeof(Header) == 16);
  struct FreeChunk {
    FreeChunk* next;
  };

  void* take(size_t size, size_t alignment, bool& zero);
  bool grow(size_t need);
  Header* checked_header(const void* pointer) const;
  static uint32_t magic(const Header* header);
  void lock();
  void unlock();

  uintptr_t region_;
  size_t size_;
  uintptr_t next_;        // handed out up to here
  uintptr_t mapped_end_;  // mapped up to here
  bool zero_ = true;      // what has never been handed out reads as zero
  bool locked_ = false;
  FreeChunk* free_[kClasses] = {};
};

}  // namespace heddle
