#include "platform/host_heap.h"

#include "base/check.h"
#include "platform/raw_memory.h"

namespace heddle {

uint32_t HostHeap::magic(const Header* header) {
  return 0x4057b10c ^ static_cast<uint32_t>(reinterpret_cast<uintptr_t>(header) >> 4);
}

void HostHeap::lock() {
  while (__atomic_test_and_set(&locked_, __ATOMIC_ACQUIRE)) raw_syscall(SYS_sched_yield);
}

void HostHeap::unlock() {
  __atomic_clear(&locked_, __ATOMIC_RELEASE);
}

void* HostHeap::allocate(size_t size, size_t alignment) {
  bool zero = false;
  return take(size, alignment, zero);
}

void* HostHeap::allocate_zeroed(size_t size) {
  bool zero = false;
  void* const result = take(size, 16, zero);
  if (result != nullptr && !zero) zero_bytes(result, (size + 15) & ~size_t{15});
  return result;
}

// A chunk is what the free lists hold; the payload begins behind the header, or further up in it
// where a greater alignment asks for that. `zero`: the payload has never been used.
void* HostHeap::take(size_t size, size_t alignment, bool& zero) {
  if (alignment < 16) alignment = 16;
  if (size > size_ / 2 || alignment > size_ / 4) return nullptr;
  const uint32_t size_class = SizeClass::of(size + (alignment - 16));
  const size_t chunk_size = sizeof(Header) + SizeClass::capacity(size_class);
  lock();
  uintptr_t chunk = reinterpret_cast<uintptr_t>(free_[size_class]);
  zero = chunk == 0 && zero_;
  if (chunk != 0) {
    free_[size_class] = free_[size_class]->next;
  } else if (grow(chunk_size)) {
    chunk = next_;
    next_ += chunk_size;
  }
  unlock();
  if (chunk == 0) return nullptr;
  const uintptr_t payload = (chunk + sizeof(Header) + alignment - 1) & ~(alignment - 1);
  Header* const header = reinterpret_cast<Header*>(payload) - 1;
  header->magic = magic(header);
  header->size_class = static_cast<uint16_t>(size_class);
  header->before = payload - chunk;
  return reinterpret_cast<void*>(payload);
}

// Makes sure that `need` bytes from next_ on are mapped.
bool HostHeap::grow(size_t need) {
  if (need > region_ + size_ - next_) return false;
  if (next_ + need <= mapped_end_) return true;
  const size_t missing = next_ + need - mapped_end_;
  const size_t extent = (missing + kExtent - 1) / kExtent * kExtent;
  if (extent > region_ + size_ - mapped_end_) return false;
  if (map_memory(mapped_end_, extent) == nullptr) return false;
  mapped_end_ += extent;
  return true;
}

HostHeap::Header* HostHeap::checked_header(const void* pointer) const {
  HEDDLE_CHECK(owns(pointer) && reinterpret_cast<uintptr_t>(pointer) % 16 == 0);
  Header* const header = reinterpret_cast<Header*>(reinterpret_cast<uintptr_t>(pointer)) - 1;
  HEDDLE_CHECK(header->magic == magic(header));  // else never allocated, or freed twice
  return header;
}

void HostHeap::release(void* pointer) {
  if (pointer == nullptr) return;
  Header* const header = checked_header(pointer);
  const uint32_t size_class = header->size_class;
  auto* const chunk =
      reinterpret_cast<FreeChunk*>(reinterpret_cast<uintptr_t>(pointer) - header->before);
  header->magic = 0;
  const size_t chunk_size = sizeof(Header) + SizeClass::capacity(size_class);
  if (chunk_size >= kBigBlock) {
    drop_pages(reinterpret_cast<char*>(chunk), reinterpret_cast<char*>(chunk) + chunk_size, false);
  }
  lock();
  chunk->next = free_[size_class];
  free_[size_class] = chunk;
  unlock();
}

size_t HostHeap::usable_size(const void* pointer) const {
  const Header* const header = checked_header(pointer);
  return sizeof(Header) + SizeClass::capacity(header->size_class) - header->before;
}

void* HostHeap::reallocate(void* pointer, size_t size) {
  if (pointer == nullptr) return allocate(size);
  const size_t old_size = usable_size(pointer);
  // A block that shrinks below half moves, so that growing containers that shrink again give back.
  if (size <= old_size && (size >= old_size / 2 || old_size <= 256)) return pointer;
  void* const fresh = allocate(size);
  if (fresh == nullptr) return nullptr;
  copy_bytes(fresh, pointer, old_size < size ? old_size : size);
  release(pointer);
  return fresh;
}

}  // namespace heddle
