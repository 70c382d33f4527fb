#include "detectors/heap_use.h"

namespace heddle {

void HeapUseDetector::freed(uintptr_t start, size_t size) {
  const size_t marked = size < kMarked ? size : kMarked;
  for (uintptr_t at = start; at < start + marked; at += Shadow::kGranule) {
    shadow_.open(at).flags |= Cell::kFreed;
  }
  if (size > marked) shadow_.flag_current(start + marked, size - marked, Cell::kFreed);
}

bool HeapUseDetector::first_use(uintptr_t address, size_t size, HeapBlock& block) {
  const uintptr_t end = address + size;
  uintptr_t at = address;
  while (at < end && !is_marked(at)) at = (at | (Shadow::kGranule - 1)) + 1;
  // Behind a smaller block that has taken its place, the end of an earlier one may still be marked.
  if (at >= end || !heap_.describe(at, block) || block.live) return false;
  return tell(block.start, block.serial);
}

bool HeapUseDetector::tell(uintptr_t what, uint32_t serial) {
  for (uint32_t i = 0; i < told_count_; ++i) {
    if (told_[i] == what && told_serial_[i] == serial) return false;
  }
  if (told_count_ == kMostTold) return false;
  told_[told_count_] = what;
  told_serial_[told_count_++] = serial;
  return true;
}

}  // namespace heddle
