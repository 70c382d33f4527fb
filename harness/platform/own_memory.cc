#include "platform/raw_memory.h"

namespace heddle {

bool own_shared_memory(uintptr_t address, size_t size, size_t used) {
  void* const fresh = map_memory(0, size, true);
  if (fresh == nullptr) return false;
  const size_t pages = (used + kPageSize - 1) / kPageSize;
  auto* const touched = static_cast<unsigned char*>(map_memory(0, pages));
  const bool known = touched != nullptr && raw_syscall(SYS_mincore, static_cast<long>(address),
                                                       static_cast<long>(pages * kPageSize),
                                                       reinterpret_cast<long>(touched)) == 0;
  for (size_t page = 0; known && page < pages; ++page) {
    if ((touched[page] & 1) == 0) continue;
    copy_bytes(static_cast<char*>(fresh) + page * kPageSize,
               reinterpret_cast<const char*>(address) + page * kPageSize, kPageSize);
  }
  if (touched != nullptr) unmap_memory(touched, pages);
  if (!known) {
    unmap_memory(fresh, size);
    return false;
  }
  return raw_syscall(SYS_mremap, reinterpret_cast<long>(fresh), static_cast<long>(size),
                     static_cast<long>(size), MREMAP_MAYMOVE | MREMAP_FIXED,
                     static_cast<long>(address)) == static_cast<long>(address);
}

}  // namespace heddle
