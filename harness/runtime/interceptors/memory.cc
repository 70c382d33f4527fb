// memcpy and its kin: accesses that the compilers leave to libc (clang 19: to __tsan_memcpy …).
#include <string.h>

#include "platform/raw_memory.h"
#include "runtime/access.h"
#include "runtime/real.h"

namespace heddle {
namespace {

using Copy = void* (*)(void*, const void*, size_t);
using Fill = void* (*)(void*, int, size_t);

// The loader and libc's start-up come here before libc's own functions can be looked up.
void* raw_move(void* to, const void* from, size_t size) {
  auto* target = static_cast<volatile char*>(to);
  const auto* source = static_cast<const volatile char*>(from);
  if (target <= source) {
    for (size_t i = 0; i < size; ++i) target[i] = source[i];
  } else {
    for (size_t i = size; i-- > 0;) target[i] = source[i];
  }
  return to;
}

void* raw_fill(void* to, int value, size_t size) {
  auto* target = static_cast<volatile char*>(to);
  for (size_t i = 0; i < size; ++i) target[i] = static_cast<char>(value);
  return to;
}

// dlsym itself copies memory, so the look-up must not look itself up.
template <typename Function>
Function find(const char* name, Function fallback, Function& cached, bool& busy) {
  if (cached != nullptr) return cached;
  if (busy || process.runtime == nullptr) return fallback;
  busy = true;
  cached = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
  busy = false;
  return cached == nullptr ? fallback : cached;
}

struct Cached {
  Copy copy = nullptr, move = nullptr;
  Fill fill = nullptr;
  bool busy = false;
};
constinit Cached cached;

void* real_copy(void* to, const void* from, size_t size) {
  return find("memcpy", Copy(raw_move), cached.copy, cached.busy)(to, from, size);
}
void* real_move(void* to, const void* from, size_t size) {
  return find("memmove", Copy(raw_move), cached.move, cached.busy)(to, from, size);
}
void* real_fill(void* to, int value, size_t size) {
  return find("memset", Fill(raw_fill), cached.fill, cached.busy)(to, value, size);
}

void note(const void* where, size_t size, bool write, Site site) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return;
  access_range(*runtime, reinterpret_cast<uintptr_t>(where), size, write, site);
}

void* copy(void* to, const void* from, size_t size, Site site) {
  note(from, size, false, site);
  note(to, size, true, site);
  return real_copy(to, from, size);
}

void* move(void* to, const void* from, size_t size, Site site) {
  note(from, size, false, site);
  note(to, size, true, site);
  return real_move(to, from, size);
}

void* fill(void* to, int value, size_t size, Site site) {
  note(to, size, true, site);
  return real_fill(to, value, size);
}

}  // namespace
}  // namespace heddle

extern "C" {

HEDDLE_EXPORT void* memcpy(void* to, const void* from, size_t size) noexcept {
  return heddle::copy(to, from, size, HEDDLE_CALLER);
}
HEDDLE_EXPORT void* memmove(void* to, const void* from, size_t size) noexcept {
  return heddle::move(to, from, size, HEDDLE_CALLER);
}
HEDDLE_EXPORT void* memset(void* to, int value, size_t size) noexcept {
  return heddle::fill(to, value, size, HEDDLE_CALLER);
}
HEDDLE_EXPORT void* mempcpy(void* to, const void* from, size_t size) noexcept {
  return static_cast<char*>(heddle::copy(to, from, size, HEDDLE_CALLER)) + size;
}
HEDDLE_EXPORT void* __tsan_memcpy(void* to, const void* from, size_t size) {
  return heddle::copy(to, from, size, HEDDLE_CALLER);
}
HEDDLE_EXPORT void* __tsan_memmove(void* to, const void* from, size_t size) {
  return heddle::move(to, from, size, HEDDLE_CALLER);
}
HEDDLE_EXPORT void* __tsan_memset(void* to, int value, size_t size) {
  return heddle::fill(to, value, size, HEDDLE_CALLER);
}

}  // extern "C"
