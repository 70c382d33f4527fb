// Uses of memory whose lifetime is over: of a freed heap block, of the stack of an ended task.
//
// `free` marks the granules of the block in shadow memory. A marked granule is never settled, so
// the hot path of an access does not ask: what is unmarked pays nothing. The marks go with the
// shadow cells when the block is handed out again. The heap's quarantine keeps it free for a while.
//
// A use that comes before the free in the execution at hand is no use after free, though it may
// be a race with it; what comes after it is, whether or not something orders the two.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/detection.h"
#include "detectors/shadow.h"
#include "platform/heap.h"

namespace heddle {

class HeapUseDetector {
 public:
  // So much of a block is marked for sure; further on, what has been touched in this execution.
  static constexpr size_t kMarked = size_t{64} << 10;
  // Blocks of whose use an execution tells; as many detections are kept.
  static constexpr uint32_t kMostTold = 64;

  HeapUseDetector(Shadow& shadow, const ProgramHeap& heap) : shadow_(shadow), heap_(heap) {}

  void begin_execution() { told_count_ = 0; }

  // The block [start, start + size) has been released.
  void freed(uintptr_t start, size_t size);

  // The same of what an ended task has left: once for each task.
  bool first_use_of(TaskId ended) { return tell(ended.index(), 0); }

  // Whether any of these bytes belong to a freed block.
  bool marked(uintptr_t address, size_t size) const {
    const uintptr_t end = address + size;
    for (uintptr_t at = address; at < end; at = (at | (Shadow::kGranule - 1)) + 1) {
      if (__builtin_expect(is_marked(at), 0)) return true;
    }
    return false;
  }

  // The freed block that the access at `address` uses. False: there is none, or its use has been
  // told in this execution. Call where `marked` said so.
  bool first_use(uintptr_t address, size_t size, HeapBlock& block);

 private:
  bool is_marked(uintptr_t address) const {
    const Cell& cell = shadow_.cell(address);
    return shadow_.current(cell) && (cell.flags & Cell::kFreed) != 0;
  }

  // True when it is new in this execution, and there is room.
  bool tell(uintptr_t what, uint32_t serial);

  Shadow& shadow_;
  const ProgramHeap& heap_;
  uintptr_t told_[kMostTold] = {};        // starts of blocks; small ones are tasks
  uint32_t told_serial_[kMostTold] = {};  // tells lives of a block apart
  uint32_t told_count_ = 0;
};

}  // namespace heddle
