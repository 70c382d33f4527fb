// The heap of the program under test.
//
// 1. An address is a function of the calling slot's own history: each slot (a task's heap, named by
//    creator and n-th child) takes blocks from its own region upwards, and a freed block is reused
//    by the slot that freed it, first in first out, after kQuarantine further frees of its class
//    (or fewer, where the caller says so).
//    What other slots do, or where the process is loaded, never shows.
// 2. A block never used before in this execution reads as zero, whatever earlier executions wrote:
//    a warm execution sees what a fresh process would see. A reused block keeps its old bytes.
// 3. `restore` brings back bytes, addresses and serial numbers as they were at `snapshot`; the cost
//    is proportional to the bytes below that mark.
// 4. Misuse is a result, never a crash: the caller decides what it means.
//
// One kernel thread at a time. No libc; the state is in the arena, the index in the regions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/arena.h"
#include "base/ids.h"
#include "platform/regions.h"
#include "platform/size_class.h"

namespace heddle {

// A block, live or freed.
struct HeapBlock {
  uintptr_t start = 0;
  size_t size = 0;      // as asked for
  uint32_t slot = 0;    // whose n-th allocation it is …
  uint32_t serial = 0;  // … of this execution, from 1
  bool live = false;
  uint32_t freed_by = 0;  // slot; when not live
  Site allocated_at;
  Site freed_at;
};

class ProgramHeap {
 public:
  static constexpr uint32_t kSlots = 8192 + 64;
  // Of code outside of executions: no task's, so that tasks' addresses do not depend on it.
  static constexpr uint32_t kOutside = kSlots - 1;
  static constexpr uint32_t kQuarantine = 16;
  static constexpr size_t kLargest = kProgramHeapStride;  // no block can be larger
  // Blocks from this size on give their pages back to the system when they are freed.
  static constexpr size_t kBigBlock = size_t{1} << 20;

  struct Allocation {
    void* start = nullptr;  // null: the slot is full, or the system refuses memory
    uint32_t serial = 0;
    bool reused = false;  // its bytes and its shadow are those of an earlier block
  };
  enum class Release : uint8_t { freed, double_free, not_a_block };
  struct Reallocation {
    Release old_block = Release::freed;  // else nothing has happened and `block` is empty
    bool moved = false;                  // `block` is new, the old one freed
    Allocation block;
  };

  // `arena` is never released below what this takes. `region` is for tests: its own address range.
  explicit ProgramHeap(Arena& arena, uintptr_t region = kProgramHeapRegion);

  // Precondition: alignment is a power of two. Smaller ones than 16 count as 16.
  Allocation allocate(uint32_t slot, size_t size, size_t alignment, Site site,
                      uint32_t quarantine = kQuarantine);
  Allocation allocate_zeroed(uint32_t slot, size_t size, Site site,
                             uint32_t quarantine = kQuarantine);
  // Whether the slot holds a freed block that a shorter quarantine could make it reuse.
  bool has_freed(uint32_t slot, size_t size) const;
  // `slot` is the caller's. Null is freed without effect.
  Release release(uint32_t slot, void* pointer, Site site);
  // In place (then serial and site stay) when the size class is the same. `pointer` is not null.
  Reallocation reallocate(uint32_t slot, void* pointer, size_t size, Site site);

  bool owns(const void* pointer) const {
    return reinterpret_cast<uintptr_t>(pointer) - region_ < kSlots * kProgramHeapStride;
  }
  // Bytes asked for in all live blocks.
  uint64_t live_bytes() const { return live_bytes_; }
  // Bytes asked for; 0 when this is no live block's start.
  size_t size_of(const void* pointer) const;

  // The block whose payload (padding included) contains `address`; false when there is none. Walks
  // up to 64 KiB of blocks: for reports and names, not for hot paths.
  bool describe(uintptr_t address, HeapBlock& block) const;

  // From now on `restore` returns here. May be repeated. False when the system refuses memory.
  bool snapshot();
  void restore();

  // Returns all address space to the system; the object is of no further use.
  void unmap();

 private:
  static constexpr uint32_t kClasses = SizeClass::count(33);
  static constexpr size_t kChunk = size_t{64} << 10;
  static constexpr size_t kIndexSize = kProgramHeapStride / kChunk * sizeof(uint32_t);
  // Beyond the mark, at most this much stays resident in a slot between executions.
  static constexpr size_t kWarm = size_t{16} << 20;

  // Directly before the payload.
  struct Header {
    uint32_t magic;
    uint32_t serial;
    uint64_t size;
    uintptr_t allocated_at;
    uintptr_t freed_at;
    Header* next;  // in a free list. Not in the payload: a use after free must not break the heap
    uint16_t slot;
    uint16_t freed_by;
    uint16_t size_class;
    uint16_t unused;
  };
  static_assert(sizeof(Header) == 48);

  struct FreeList {
    Header* first;
    Header* last;
    uint32_t count;
  };

  struct Slot {
    uint64_t generation;  // of the execution in which the rest (without high_water) is valid
    char* next;           // the region is handed out up to here
    char* high_water;     // above, it has never been touched since it was mapped or dropped
    uint32_t serial;
    uint32_t last_chunk;   // in which the last header starts
    uint64_t has_list[2];  // bit per class: lists[class] is valid
    FreeList lists[kClasses];
  };

  struct Saved {
    uint32_t slot;
    Slot state;
    char* bytes;  // copy of [data_start, state.next)
  };

  char* slot_base(uint32_t slot) const {
    return reinterpret_cast<char*>(region_ + slot * kProgramHeapStride);
  }
  char* data_start(uint32_t slot) const { return slot_base(slot) + kIndexSize; }
  bool mapped(uint32_t slot) const { return (mapped_[slot / 64] >> (slot % 64)) & 1; }
  const Slot* opened(uint32_t slot) const;
  Slot* open(uint32_t slot);
  Allocation take_fresh(uint32_t number, Slot& slot, uint32_t size_class, size_t alignment);
  Header* take_freed(Slot& slot, uint32_t size_class, size_t alignment, uint32_t quarantine);
  void make_fresh(Slot& slot, char* start, char* end);
  void index_header(uint32_t number, Slot& slot, Header* header);
  Header* header_of(const void* pointer) const;
  static uint32_t magic(const Header* header, bool live);
  static bool is_header(const Header* header);

  uintptr_t region_;
  uint64_t generation_ = 1;
  Slot* slots_;            // kSlots of them; valid where mapped
  uint64_t* mapped_;       // bit per slot
  uint16_t* opened_list_;  // slots opened in this execution, in order
  uint32_t opened_count_ = 0;
  uint64_t live_bytes_ = 0;
  uint64_t saved_live_bytes_ = 0;
  Saved* saved_ = nullptr;  // at the snapshot: slots that held something
  uint32_t saved_count_ = 0;
  char* saved_memory_ = nullptr;
  size_t saved_size_ = 0;
};

}  // namespace heddle
