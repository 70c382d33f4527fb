// Mapping, copying and filling of memory without any function that could be interposed.
//
// The empty asm statements keep the compiler from turning a loop back into a call of memset.
#pragma once

#include <sys/mman.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>

#include "base/raw_syscall.h"

namespace heddle {

inline constexpr size_t kPageSize = 4096;

// Zero pages without backing until touched, at `address` exactly (never over another mapping), or
// anywhere when it is 0. `shared`: with the forks of this process. Null when the system refuses.
inline void* map_memory(uintptr_t address, size_t size, bool shared = false) {
  const int place = address == 0 ? 0 : MAP_FIXED_NOREPLACE;
  const long result = raw_syscall(
      SYS_mmap, static_cast<long>(address), static_cast<long>(size), PROT_READ | PROT_WRITE,
      (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_NORESERVE | place, -1, 0);
  if (result < 0) return nullptr;
  // A kernel before 4.17 takes the address for a hint only.
  if (address != 0 && result != static_cast<long>(address)) {
    raw_syscall(SYS_munmap, result, static_cast<long>(size));
    return nullptr;
  }
  // Regions are touched here and there: a huge page for each touch would take gigabytes of a
  // thousand tasks. A kernel without huge pages refuses; so much the better.
  raw_syscall(SYS_madvise, result, static_cast<long>(size), MADV_NOHUGEPAGE);
  return reinterpret_cast<void*>(result);
}

// In a fork: memory that is shared with other processes becomes this process' own at the same
// place, with the same bytes in the first `used`; pages that nobody has touched stay so. Host side.
bool own_shared_memory(uintptr_t address, size_t size, size_t used);

// Who comes to the page, from below or by a wild pointer, gets no further.
inline bool forbid_page(uintptr_t address) {
  return raw_syscall(SYS_mprotect, static_cast<long>(address), kPageSize, PROT_NONE) == 0;
}

inline void unmap_memory(void* start, size_t size) {
  raw_syscall(SYS_munmap, reinterpret_cast<long>(start), static_cast<long>(size));
}

// Any alignment and size; the regions must not overlap.
inline void copy_bytes(void* to, const void* from, size_t size) {
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

// Both multiples of 16.
inline void zero_bytes(void* start, size_t size) {
  if (size > 512) {
    asm volatile("rep stosb" : "+D"(start), "+c"(size) : "a"(0) : "memory");
    return;
  }
  auto* word = static_cast<uint64_t*>(start);
  for (auto* const end = word + size / 8; word != end; word += 2) {
    word[0] = 0;
    word[1] = 0;
    asm volatile("" : : : "memory");
  }
}

// Gives the physical pages that lie wholly inside the range back; they read as zero afterwards.
// What remains at the two ends is zeroed by hand if `zero_ends`.
inline void drop_pages(char* start, char* end, bool zero_ends) {
  const uintptr_t mask = kPageSize - 1;
  char* const first = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(start) + mask) & ~mask);
  char* const last = reinterpret_cast<char*>(reinterpret_cast<uintptr_t>(end) & ~mask);
  if (first >= last) {
    if (zero_ends) zero_bytes(start, static_cast<size_t>(end - start));
    return;
  }
  raw_syscall(SYS_madvise, reinterpret_cast<long>(first), last - first, MADV_DONTNEED);
  if (!zero_ends) return;
  zero_bytes(start, static_cast<size_t>(first - start));
  zero_bytes(last, static_cast<size_t>(end - last));
}

}  // namespace heddle
