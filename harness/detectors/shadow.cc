#include "detectors/shadow.h"

#include "base/check.h"
#include "platform/raw_memory.h"

namespace heddle {
namespace {

Arena map_pool(size_t size) {
  void* const memory = map_memory(0, size);
  HEDDLE_CHECK(memory != nullptr);
  return Arena(memory, size);
}

}  // namespace

Shadow::Shadow(uint32_t first_generation)
    : generation_(first_generation),
      directory_pool_(map_pool(kDirectoryPool)),
      cell_pool_(map_pool(kCellPool)),
      overflow_pool_(map_pool(kOverflowPool)) {
  HEDDLE_CHECK(first_generation != 0);  // the generation of cells that were never used
  directories_ = static_cast<Cell***>(map_memory(0, kDirectories * sizeof(Cell**)));
  HEDDLE_CHECK(directories_ != nullptr);
  overflow_ = static_cast<Record*>(overflow_pool_.allocate(sizeof(Record), sizeof(Record)));
  overflow_mark_ = overflow_pool_.mark();
}

void Shadow::unmap() {
  unmap_memory(directories_, kDirectories * sizeof(Cell**));
  directory_pool_.release_to(directory_pool_.mark() - directory_pool_.used());
  cell_pool_.release_to(cell_pool_.mark() - cell_pool_.used());
  unmap_memory(directory_pool_.mark(), kDirectoryPool);
  unmap_memory(cell_pool_.mark(), kCellPool);
  unmap_memory(overflow_, kOverflowPool);
}

void Shadow::reset() {
  overflow_pool_.release_to(overflow_mark_);
  if (++generation_ == 0) forget_all();
}

// The generation counter has wrapped: cells of 2^32 executions ago would come alive again.
void Shadow::forget_all() {
  char* const end = cell_pool_.mark();
  drop_pages(end - cell_pool_.used(), end, true);
  generation_ = 1;
}

bool Shadow::is_refused(uintptr_t address) const {
  const auto lies_in = [address](const Arena& pool, size_t size) {
    return address - reinterpret_cast<uintptr_t>(pool.mark() - pool.used()) < size;
  };
  return address - refused_first_ < refused_size_ || lies_in(directory_pool_, kDirectoryPool) ||
         lies_in(cell_pool_, kCellPool) || lies_in(overflow_pool_, kOverflowPool);
}

// Pages that are refused are never made: each access to them comes here.
Cell* Shadow::make_page(uintptr_t page) {
  if (found_ != nullptr && is_refused(page << kPageBits)) found_();
  Cell**& pages = directories_[(page >> kDirectoryBits) % kDirectories];
  if (pages == nullptr) {
    pages = static_cast<Cell**>(directory_pool_.allocate(kDirectorySize, kPageSize));
  }
  Cell*& cells = pages[in_directory(page)];
  cells = static_cast<Cell*>(cell_pool_.allocate(kCellsPerPage * sizeof(Cell), kPageSize));
  return cells;
}

void Shadow::reserve_overflow(Cell& cell, uint32_t count) {
  const uint64_t old_capacity = cell.overflow == 0 ? 0 : overflow_[cell.overflow - 1].epoch();
  if (count <= old_capacity) return;
  uint64_t capacity = old_capacity == 0 ? 7 : 2 * old_capacity + 1;
  while (capacity < count) capacity = 2 * capacity + 1;
  auto* const block = static_cast<Record*>(
      overflow_pool_.allocate((capacity + 1) * sizeof(Record), sizeof(Record)));
  *block = Record(capacity, 0, 0, AccessKind::read, 0, 0);
  copy_bytes(block + 1, &overflow_[cell.overflow], old_capacity * sizeof(Record));
  cell.overflow = static_cast<uint32_t>(block + 1 - overflow_);
}

// Each current cell of the range, at the cost of the pages that exist.
template <typename Visit>
void Shadow::visit_current(uintptr_t address, size_t size, Visit visit) {
  const uintptr_t end = address + size;
  while (address < end) {
    const uintptr_t page = address >> kPageBits;
    uintptr_t page_end = (page + 1) << kPageBits;
    if (page_end > end) page_end = end;
    Cell** const pages = directory(page);
    Cell* const cells = pages == nullptr ? nullptr : pages[in_directory(page)];
    for (; cells != nullptr && address < page_end; address += kGranule) {
      Cell& cell = cells[(address / kGranule) % kCellsPerPage];
      if (current(cell)) visit(cell);
    }
    address = page_end;
  }
}

void Shadow::flag_current(uintptr_t address, size_t size, uint32_t flag) {
  visit_current(address, size, [flag](Cell& cell) { cell.flags |= flag; });
}

void Shadow::clear(uintptr_t address, size_t size) {
  visit_current(address, size, [](Cell& cell) { cell.generation = 0; });
}

}  // namespace heddle
