#include "platform/heap.h"

#include "base/check.h"
#include "platform/raw_memory.h"

namespace heddle {
namespace {

constexpr uint32_t kLive = 0x11fe11fe;
constexpr uint32_t kFreed = 0xf3eef3ee;
constexpr uint32_t kTry = 64;  // freed blocks looked at for one that is aligned enough

template <typename Pointer>
Pointer align_up(Pointer pointer, size_t alignment) {
  return reinterpret_cast<Pointer>((reinterpret_cast<uintptr_t>(pointer) + alignment - 1) &
                                   ~(alignment - 1));
}

}  // namespace

ProgramHeap::ProgramHeap(Arena& arena, uintptr_t region) : region_(region) {
  slots_ = static_cast<Slot*>(arena.allocate(kSlots * sizeof(Slot), alignof(Slot)));
  mapped_ = arena.make<uint64_t>(kSlots / 64);
  opened_list_ = arena.make<uint16_t>(kSlots);
}

// A magic belongs to its place: bytes that were copied elsewhere are no header.
uint32_t ProgramHeap::magic(const Header* header, bool live) {
  const uint32_t place = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(header) >> 4);
  return (live ? kLive : kFreed) ^ place * 0x9e3779b1u;
}

bool ProgramHeap::is_header(const Header* header) {
  return header->magic == magic(header, true) || header->magic == magic(header, false);
}

const ProgramHeap::Slot* ProgramHeap::opened(uint32_t slot) const {
  if (!mapped(slot) || slots_[slot].generation != generation_) return nullptr;
  return &slots_[slot];
}

// The slot, empty if this execution has not used it yet. Null when the system refuses memory.
ProgramHeap::Slot* ProgramHeap::open(uint32_t number) {
  HEDDLE_CHECK(number < kSlots);
  Slot& slot = slots_[number];
  if (!mapped(number)) {
    if (map_memory(region_ + number * kProgramHeapStride, kProgramHeapStride) == nullptr) {
      return nullptr;
    }
    mapped_[number / 64] |= uint64_t{1} << (number % 64);
    slot.generation = 0;
    slot.high_water = data_start(number);
  }
  if (slot.generation != generation_) {
    slot.generation = generation_;
    slot.next = data_start(number);
    slot.serial = 0;
    slot.last_chunk = static_cast<uint32_t>(kIndexSize / kChunk) - 1;
    slot.has_list[0] = slot.has_list[1] = 0;
    opened_list_[opened_count_++] = static_cast<uint16_t>(number);
  }
  return &slot;
}

bool ProgramHeap::has_freed(uint32_t number, size_t size) const {
  const Slot* const slot = opened(number);
  if (slot == nullptr || size > kProgramHeapStride) return false;
  const uint32_t size_class = SizeClass::of(size);
  return ((slot->has_list[size_class / 64] >> (size_class % 64)) & 1) != 0 &&
         slot->lists[size_class].count > 0;
}

ProgramHeap::Allocation ProgramHeap::allocate(uint32_t number, size_t size, size_t alignment,
                                              Site site, uint32_t quarantine) {
  if (alignment < 16) alignment = 16;
  if (size > kProgramHeapStride || alignment > kProgramHeapStride / 2) return {};
  Slot* const slot = open(number);
  if (slot == nullptr) return {};
  const uint32_t size_class = SizeClass::of(size);
  Allocation result;
  if (Header* reused = take_freed(*slot, size_class, alignment, quarantine)) {
    result = {reused + 1, 0, true};
  } else {
    result = take_fresh(number, *slot, size_class, alignment);
    if (result.start == nullptr) {
      // The region is full: better a block still in quarantine than none.
      reused = take_freed(*slot, size_class, alignment, 0);
      if (reused == nullptr) return {};
      result = {reused + 1, 0, true};
    }
  }
  result.serial = ++slot->serial;
  Header* const header = static_cast<Header*>(result.start) - 1;
  header->magic = magic(header, true);
  header->serial = result.serial;
  header->size = size;
  header->allocated_at = site.pc;
  header->freed_at = 0;
  header->next = nullptr;
  header->slot = static_cast<uint16_t>(number);
  header->freed_by = 0;
  header->size_class = static_cast<uint16_t>(size_class);
  header->unused = 0;
  live_bytes_ += size;
  return result;
}

ProgramHeap::Allocation ProgramHeap::allocate_zeroed(uint32_t slot, size_t size, Site site,
                                                     uint32_t quarantine) {
  const Allocation result = allocate(slot, size, 16, site, quarantine);
  if (result.reused) {
    zero_bytes(result.start, (size + 15) & ~size_t{15});
  }
  return result;
}

ProgramHeap::Allocation ProgramHeap::take_fresh(uint32_t number, Slot& slot, uint32_t size_class,
                                                size_t alignment) {
  const size_t capacity = SizeClass::capacity(size_class);
  char* const payload = align_up(slot.next + sizeof(Header), alignment);
  char* const region_end = slot_base(number) + kProgramHeapStride;
  if (payload > region_end || capacity > static_cast<size_t>(region_end - payload)) return {};
  make_fresh(slot, slot.next, payload + capacity);
  slot.next = payload + capacity;
  index_header(number, slot, reinterpret_cast<Header*>(payload) - 1);
  return {payload, 0, false};
}

// The oldest block that has been followed by `quarantine` others into its list.
ProgramHeap::Header* ProgramHeap::take_freed(Slot& slot, uint32_t size_class, size_t alignment,
                                             uint32_t quarantine) {
  if (((slot.has_list[size_class / 64] >> (size_class % 64)) & 1) == 0) return nullptr;
  FreeList& list = slot.lists[size_class];
  Header* before = nullptr;
  Header* block = list.first;
  for (uint32_t seen = 0; seen < kTry && list.count > quarantine + seen; ++seen) {
    if ((reinterpret_cast<uintptr_t>(block + 1) & (alignment - 1)) == 0) {
      (before == nullptr ? list.first : before->next) = block->next;
      if (list.last == block) list.last = before;
      --list.count;
      return block;
    }
    before = block;
    block = block->next;
  }
  return nullptr;
}

// Makes [start, end), which this execution has not used, read as zero.
void ProgramHeap::make_fresh(Slot& slot, char* start, char* end) {
  char* const dirty_end = end < slot.high_water ? end : slot.high_water;
  if (start < dirty_end) {
    if (static_cast<size_t>(dirty_end - start) >= kBigBlock) {
      drop_pages(start, dirty_end, true);
    } else {
      zero_bytes(start, static_cast<size_t>(dirty_end - start));
    }
  }
  if (slot.high_water < end) slot.high_water = end;
}

// The slot's region begins with an index: for each chunk the first header that starts in it, in
// units of 16 bytes from the region's start; 0: none. Entries above last_chunk are meaningless.
void ProgramHeap::index_header(uint32_t number, Slot& slot, Header* header) {
  const size_t offset = static_cast<size_t>(reinterpret_cast<char*>(header) - slot_base(number));
  const uint32_t chunk = static_cast<uint32_t>(offset / kChunk);
  if (chunk == slot.last_chunk) return;
  auto* const index = reinterpret_cast<uint32_t*>(slot_base(number));
  for (uint32_t i = slot.last_chunk + 1; i < chunk; ++i) {
    index[i] = 0;
    asm volatile("" : : : "memory");  // no memset, see raw_memory.h
  }
  index[chunk] = static_cast<uint32_t>(offset / 16);
  slot.last_chunk = chunk;
}

// The header of the block, live or freed, whose payload starts at `pointer`; else null.
ProgramHeap::Header* ProgramHeap::header_of(const void* pointer) const {
  const uintptr_t address = reinterpret_cast<uintptr_t>(pointer);
  if (!owns(pointer) || address % 16 != 0) return nullptr;
  const uint32_t number = static_cast<uint32_t>((address - region_) / kProgramHeapStride);
  const Slot* const slot = opened(number);
  if (slot == nullptr) return nullptr;
  const char* const place = static_cast<const char*>(pointer);
  if (place < data_start(number) + sizeof(Header) || place >= slot->next) return nullptr;
  auto* const header = reinterpret_cast<Header*>(address) - 1;
  return is_header(header) ? header : nullptr;
}

ProgramHeap::Release ProgramHeap::release(uint32_t number, void* pointer, Site site) {
  if (pointer == nullptr) return Release::freed;
  Header* const header = header_of(pointer);
  if (header == nullptr) return Release::not_a_block;
  if (header->magic != magic(header, true)) return Release::double_free;
  Slot* const slot = open(number);
  HEDDLE_CHECK(slot != nullptr);
  live_bytes_ -= header->size;
  header->magic = magic(header, false);
  header->freed_at = site.pc;
  header->freed_by = static_cast<uint16_t>(number);
  header->next = nullptr;

  const uint32_t size_class = header->size_class;
  FreeList& list = slot->lists[size_class];
  uint64_t& has_list = slot->has_list[size_class / 64];
  const uint64_t bit = uint64_t{1} << (size_class % 64);
  if ((has_list & bit) == 0) {
    has_list |= bit;
    list = {nullptr, nullptr, 0};
  }
  (list.count == 0 ? list.first : list.last->next) = header;
  list.last = header;
  ++list.count;

  const size_t capacity = SizeClass::capacity(size_class);
  if (capacity >= kBigBlock) {
    char* const start = static_cast<char*>(pointer);
    drop_pages(start, start + capacity, false);
  }
  return Release::freed;
}

ProgramHeap::Reallocation ProgramHeap::reallocate(uint32_t slot, void* pointer, size_t size,
                                                  Site site) {
  Header* const header = header_of(pointer);
  if (header == nullptr) return {Release::not_a_block, false, {}};
  if (header->magic != magic(header, true)) return {Release::double_free, false, {}};
  if (size <= kProgramHeapStride && SizeClass::of(size) == header->size_class) {
    live_bytes_ += size - header->size;
    header->size = size;
    return {Release::freed, false, {pointer, header->serial, false}};
  }
  const size_t old_size = header->size;
  const Allocation fresh = allocate(slot, size, 16, site);
  if (fresh.start == nullptr) return {Release::freed, false, {}};
  copy_bytes(fresh.start, pointer, old_size < size ? old_size : size);
  return {release(slot, pointer, site), true, fresh};
}

size_t ProgramHeap::size_of(const void* pointer) const {
  const Header* const header = header_of(pointer);
  return header != nullptr && header->magic == magic(header, true) ? header->size : 0;
}

bool ProgramHeap::describe(uintptr_t address, HeapBlock& block) const {
  if (!owns(reinterpret_cast<void*>(address))) return false;
  const uint32_t number = static_cast<uint32_t>((address - region_) / kProgramHeapStride);
  const Slot* const slot = opened(number);
  char* const base = slot_base(number);
  char* const place = reinterpret_cast<char*>(address);
  if (slot == nullptr || place < data_start(number) || place >= slot->next) return false;

  const auto* const index = reinterpret_cast<const uint32_t*>(base);
  const uint32_t first_chunk = static_cast<uint32_t>(kIndexSize / kChunk);
  uint32_t chunk = static_cast<uint32_t>((place - base) / static_cast<ptrdiff_t>(kChunk));
  if (chunk > slot->last_chunk) chunk = slot->last_chunk;
  while (chunk > first_chunk && (index[chunk] == 0 || base + index[chunk] * size_t{16} > place)) {
    --chunk;
  }
  if (index[chunk] == 0) return false;
  // Blocks lie one behind the other; what aligned ones leave free before them is zero, and a header
  // that the program has overwritten is passed over in the same way.
  const Header* found = nullptr;
  char* at = base + index[chunk] * size_t{16};
  while (at <= place && at + sizeof(Header) <= slot->next) {
    const auto* const header = reinterpret_cast<const Header*>(at);
    const bool valid = is_header(header);
    if (valid) found = header;
    at += valid ? sizeof(Header) + SizeClass::capacity(header->size_class) : 16;
  }
  if (found == nullptr) return false;
  const uintptr_t start = reinterpret_cast<uintptr_t>(found + 1);
  if (address < start || address - start >= SizeClass::capacity(found->size_class)) return false;
  block.start = start;
  block.size = found->size;
  block.slot = found->slot;
  block.serial = found->serial;
  block.live = found->magic == magic(found, true);
  block.freed_by = found->freed_by;
  block.allocated_at = {found->allocated_at};
  block.freed_at = {found->freed_at};
  return true;
}

bool ProgramHeap::snapshot() {
  if (saved_memory_ != nullptr) unmap_memory(saved_memory_, saved_size_);
  saved_memory_ = nullptr;
  saved_ = nullptr;
  saved_count_ = 0;
  saved_live_bytes_ = live_bytes_;
  saved_size_ = opened_count_ * sizeof(Saved);
  for (uint32_t i = 0; i < opened_count_; ++i) {
    const uint32_t number = opened_list_[i];
    saved_size_ += static_cast<size_t>(slots_[number].next - data_start(number));
  }
  if (opened_count_ == 0) return true;
  saved_memory_ = static_cast<char*>(map_memory(0, saved_size_));
  if (saved_memory_ == nullptr) return false;
  saved_ = reinterpret_cast<Saved*>(saved_memory_);
  saved_count_ = opened_count_;
  char* bytes = saved_memory_ + opened_count_ * sizeof(Saved);
  for (uint32_t i = 0; i < opened_count_; ++i) {
    const uint32_t number = opened_list_[i];
    const size_t size = static_cast<size_t>(slots_[number].next - data_start(number));
    saved_[i].slot = number;
    saved_[i].bytes = bytes;
    copy_bytes(&saved_[i].state, &slots_[number], sizeof(Slot));
    copy_bytes(bytes, data_start(number), size);
    bytes += size;
  }
  return true;
}

void ProgramHeap::restore() {
  for (uint32_t i = 0; i < opened_count_; ++i) {
    const uint32_t number = opened_list_[i];
    Slot& slot = slots_[number];
    char* const warm_end = data_start(number) + kWarm;
    if (slot.high_water <= warm_end) continue;
    drop_pages(warm_end, slot.high_water, true);
    slot.high_water = warm_end;
  }
  ++generation_;  // every slot is empty now
  opened_count_ = 0;
  live_bytes_ = saved_live_bytes_;
  for (uint32_t i = 0; i < saved_count_; ++i) {
    const Saved& saved = saved_[i];
    Slot& slot = slots_[saved.slot];
    char* const high_water = slot.high_water;
    copy_bytes(&slot, &saved.state, sizeof(Slot));
    slot.generation = generation_;
    slot.high_water = high_water > slot.next ? high_water : slot.next;
    copy_bytes(data_start(saved.slot), saved.bytes,
               static_cast<size_t>(slot.next - data_start(saved.slot)));
    opened_list_[opened_count_++] = static_cast<uint16_t>(saved.slot);
  }
}

void ProgramHeap::unmap() {
  for (uint32_t slot = 0; slot < kSlots; ++slot) {
    if (mapped(slot)) unmap_memory(slot_base(slot), kProgramHeapStride);
  }
  if (saved_memory_ != nullptr) unmap_memory(saved_memory_, saved_size_);
}

}  // namespace heddle
