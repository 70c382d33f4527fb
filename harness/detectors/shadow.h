// Shadow memory: what is known of each 8 bytes ("granule") of the program's memory.
//
// Two levels of tables lead from an address to its Cell. A cell counts only while its generation is
// the current one, so that all of them are forgotten in O(1) between executions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/vector_clock.h"
#include "platform/regions.h"

namespace heddle {

enum class AccessKind : uint8_t { read, write, atomic_read, atomic_write, free };

// Sets of kinds, as bits.
using KindSet = uint8_t;
constexpr KindSet kind_bit(AccessKind kind) {
  return static_cast<KindSet>(1u << static_cast<uint32_t>(kind));
}

// The bytes of an access within its granule, for reports: `first` 8 when several accesses of one
// instruction share the record.
struct Extent {
  static constexpr uint8_t pack(uint32_t first, uint32_t size) {
    return static_cast<uint8_t>(first << 4 | size);
  }
  static constexpr uint32_t first(uint8_t extent) { return extent >> 4; }
  static constexpr uint32_t size(uint8_t extent) { return extent & 15; }
  static constexpr uint8_t merged(uint8_t extent) { return pack(8, size(extent)); }
};

// An access that may still race with a later one. Two words that travel in registers: what is
// written in pieces and read as a whole at once keeps the processor waiting.
class Record {
 public:
  Record() = default;
  Record(uint64_t epoch, uint32_t site, uint32_t mask, AccessKind kind, KindSet settles,
         uint8_t extent)
      : epoch_(epoch),
        what_(site | uint64_t{mask} << kMask | static_cast<uint64_t>(kind) << kKind |
              uint64_t{settles} << kSettles | uint64_t{extent} << kExtent) {}

  uint64_t epoch() const { return epoch_; }  // Epoch::packed
  Epoch at() const { return Epoch::of_packed(epoch_); }
  uint32_t site() const { return static_cast<uint32_t>(what_); }  // of SiteTable
  // The bytes of the granule it is about; not all of the access, when others have taken its place
  // in part.
  uint32_t mask() const { return static_cast<uint8_t>(what_ >> kMask); }
  AccessKind kind() const { return static_cast<AccessKind>(what_ >> kKind & 255); }
  // Kinds of access that add nothing to this one at the same epoch.
  KindSet settles() const { return static_cast<KindSet>(what_ >> kSettles); }
  uint8_t extent() const { return static_cast<uint8_t>(what_ >> kExtent); }  // Extent

  void set_mask(uint32_t mask) {
    what_ = (what_ & ~(uint64_t{255} << kMask)) | uint64_t{mask} << kMask;
  }
  void drop(uint32_t bytes) { what_ &= ~(uint64_t{bytes} << kMask); }
  void set_extent(uint8_t extent) {
    what_ = (what_ & ~(uint64_t{255} << kExtent)) | uint64_t{extent} << kExtent;
  }
  // Of the same instruction, task and epoch.
  bool same_access(const Record& other) const {
    return epoch_ == other.epoch_ &&
           ((what_ ^ other.what_) & (0xffffffff | uint64_t{255} << kKind)) == 0;
  }
  bool same_task(const Record& other) const { return ((epoch_ ^ other.epoch_) >> 32) == 0; }

 private:
  static constexpr int kMask = 32;
  static constexpr int kKind = 40;
  static constexpr int kSettles = 48;
  static constexpr int kExtent = 56;
  uint64_t epoch_;
  uint64_t what_;
};
static_assert(sizeof(Record) == 16);

struct alignas(64) Cell {
  static constexpr uint32_t kInline = 3;
  static constexpr uint32_t kPoint = 1;  // a scheduling point; see PointSet
  static constexpr uint32_t kFreed = 2;  // of a freed heap block; see HeapUseDetector

  uint32_t generation;
  uint32_t object : 24;  // ObjectId of the first sync object registered here; the caller's. 0: none
  uint32_t flags : 8;
  uint32_t overflow;  // where records kInline … are in the pool; 0: none there
  uint32_t count;     // records
  Record records[kInline];
};
static_assert(sizeof(Cell) == 64);

class Shadow {
 public:
  static constexpr uintptr_t kGranule = 8;

  // Maps its tables anywhere. `first_generation` is for tests of the wrap-around.
  explicit Shadow(uint32_t first_generation = 1);
  // Returns them; the object is of no further use.
  void unmap();

  // Memory that no program has any business with is [first, last), and the shadow's own: `found` is
  // called when it is looked up, and does not return.
  void refuse(uintptr_t first, uintptr_t last, void (*found)()) {
    refused_first_ = first;
    refused_size_ = last - first;
    found_ = found;
  }

  // Forgets everything.
  void reset();

  bool current(const Cell& cell) const { return cell.generation == generation_; }

  // The cell as it is, possibly of an earlier generation.
  Cell& cell(uintptr_t address) {
    const uintptr_t page = address >> kPageBits;
    Recent& recent = const_cast<Recent&>(recent_of(page));
    if (__builtin_expect(page != recent.page, 0)) find_page(recent, page);
    return recent.cells[(address / kGranule) % kCellsPerPage];
  }

  // The same where the page was looked up lately, else null: without any call.
  Cell* recent_cell(uintptr_t address) const {
    const uintptr_t page = address >> kPageBits;
    const Recent& recent = recent_of(page);
    if (__builtin_expect(page != recent.page, 0)) return nullptr;
    return &recent.cells[(address / kGranule) % kCellsPerPage];
  }

  // The cell, made current.
  Cell& open(uintptr_t address) {
    Cell& result = cell(address);
    if (!current(result)) renew(result);
    return result;
  }

  void renew(Cell& cell) const {
    cell.generation = generation_;
    cell.object = 0;
    cell.overflow = 0;
    cell.flags = 0;
    cell.count = 0;
  }

  bool is_point(uintptr_t address) {
    const Cell& here = cell(address);
    return current(here) && (here.flags & Cell::kPoint) != 0;
  }
  void set_point(uintptr_t address) { open(address).flags |= Cell::kPoint; }

  // Record i of a current cell. Precondition: i < count, or space for it was reserved.
  Record& record(Cell& cell, uint32_t i) const {
    return i < Cell::kInline ? cell.records[i] : overflow_[cell.overflow + (i - Cell::kInline)];
  }
  // Makes space for `count` records in a current cell.
  void reserve(Cell& cell, uint32_t count) {
    if (__builtin_expect(count > Cell::kInline, 0)) reserve_overflow(cell, count - Cell::kInline);
  }

  // Adds a flag to those cells of [address, address + size) that are current.
  void flag_current(uintptr_t address, size_t size, uint32_t flag);

  // Forgets the cells of [address, address + size), scheduling points and objects included.
  void clear(uintptr_t address, size_t size);

 private:
  static constexpr uint32_t kPageBits = 12;
  static constexpr uintptr_t kCellsPerPage = (uintptr_t{1} << kPageBits) / kGranule;
  static constexpr uint32_t kDirectoryBits = 17;  // pages of one directory
  static constexpr uint32_t kDirectories = 1u << (47 - kPageBits - kDirectoryBits);
  static constexpr size_t kDirectorySize = (size_t{1} << kDirectoryBits) * sizeof(Cell*);
  static constexpr size_t kDirectoryPool = kDirectories * kDirectorySize / 4;
  static constexpr size_t kCellPool = kCellPoolSize;
  static constexpr size_t kOverflowPool = (size_t{1} << 32) * sizeof(Record);
  static constexpr uint32_t kRecent = 256;
  // The tasks' heaps are so many pages apart, as a power of two; their stacks are an odd number.
  static constexpr uint32_t kHeapPageBits = 21;

  // Where the cells of a page are that was looked up lately: tasks take turns, and each has its
  // stack, the heap and the globals at work.
  struct Recent {
    uintptr_t page = ~uintptr_t{0};
    Cell* cells = nullptr;
  };

  const Recent& recent_of(uintptr_t page) const {
    return recent_[(page ^ page >> kHeapPageBits) % kRecent];
  }

  // Addresses beyond the user's half share the cells of others: the access itself will trap.
  Cell** directory(uintptr_t page) const {
    return directories_[(page >> kDirectoryBits) % kDirectories];
  }
  static uintptr_t in_directory(uintptr_t page) {
    return page & ((uintptr_t{1} << kDirectoryBits) - 1);
  }
  void find_page(Recent& recent, uintptr_t page) {
    Cell** const pages = directory(page);
    Cell* cells = nullptr;
    if (pages != nullptr) cells = pages[in_directory(page)];
    recent.cells = __builtin_expect(cells != nullptr, 1) ? cells : make_page(page);
    recent.page = page;
  }
  Cell* make_page(uintptr_t page);
  template <typename Visit>
  void visit_current(uintptr_t address, size_t size, Visit visit);
  void reserve_overflow(Cell& cell, uint32_t count);
  void forget_all();

  bool is_refused(uintptr_t address) const;

  Recent recent_[kRecent];
  uintptr_t refused_first_ = 0;
  uintptr_t refused_size_ = 0;
  void (*found_)() = nullptr;
  uint32_t generation_;
  Cell*** directories_;
  Record* overflow_;  // a block of records follows a first one whose epoch is its capacity
  Arena directory_pool_;
  Arena cell_pool_;
  Arena overflow_pool_;
  char* overflow_mark_;
};

}  // namespace heddle
