// Functions of libc that read or write memory for the program: their accesses are the program's.
// Blocks are read as a whole, strings up to the first difference, the terminator or the character
// that was looked for.
#include <stdint.h>
#include <string.h>

#include "runtime/access.h"
#include "runtime/real.h"
#include "runtime/runtime.h"

namespace heddle {
namespace {

// The loader and libc's start-up come here before libc's own functions can be looked up, and so
// does dlsym itself; plain loops serve everybody.
size_t length_of(const char* text, size_t most) {
  size_t length = 0;
  while (length < most && text[length] != 0) ++length;
  return length;
}

constexpr size_t kNoLimit = SIZE_MAX;

// Index of the first byte that differs, or `size`.
size_t first_difference(const char* a, const char* b, size_t size) {
  size_t at = 0;
  while (at < size && a[at] == b[at]) ++at;
  return at;
}

// The same of strings: the terminator is the last byte that counts.
size_t string_difference(const char* a, const char* b, size_t size) {
  size_t at = 0;
  while (at < size && a[at] == b[at] && a[at] != 0) ++at;
  return at;
}

int compare_at(const void* a, const void* b, size_t at) {
  return static_cast<const unsigned char*>(a)[at] - static_cast<const unsigned char*>(b)[at];
}

void note_bytes(const void* where, size_t size, bool write, Site site) {
  if (Runtime* runtime = controlled()) {
    access_range(*runtime, reinterpret_cast<uintptr_t>(where), size, write, site);
  }
}
void read(const void* where, size_t size, Site site) {
  note_bytes(where, size, false, site);
}
void written(const void* where, size_t size, Site site) {
  note_bytes(where, size, true, site);
}

// Values are computed after the accesses are told: another task may run in between and write.

int compare_bytes(const void* a, const void* b, size_t size, Site site) {
  read(a, size, site);
  read(b, size, site);
  const size_t at =
      first_difference(static_cast<const char*>(a), static_cast<const char*>(b), size);
  return at < size ? compare_at(a, b, at) : 0;
}

int compare_strings(const char* a, const char* b, size_t size, Site site) {
  if (controlled() != nullptr) {
    const size_t told = string_difference(a, b, size);
    read(a, told < size ? told + 1 : size, site);
    read(b, told < size ? told + 1 : size, site);
  }
  const size_t at = string_difference(a, b, size);
  return at < size ? compare_at(a, b, at) : 0;
}

size_t length(const char* text, size_t most, Site site) {
  if (controlled() != nullptr) {
    const size_t told = length_of(text, most);
    read(text, told < most ? told + 1 : most, site);
  }
  return length_of(text, most);
}

// `size` bytes of `from`, then zeros up to `whole`.
char* copy(char* to, const char* from, size_t size, size_t whole, Site site) {
  read(from, size, site);
  written(to, whole, site);
  for (size_t i = 0; i < size; ++i) to[i] = from[i];
  for (size_t i = size; i < whole; ++i) to[i] = 0;
  return to;
}

const char* find(const char* text, char wanted, Site site) {
  const auto search = [text, wanted] {
    size_t i = 0;
    while (text[i] != wanted && text[i] != 0) ++i;
    return i;
  };
  if (controlled() != nullptr) read(text, search() + 1, site);
  const size_t found = search();
  return text[found] == wanted ? text + found : nullptr;
}

}  // namespace
}  // namespace heddle

extern "C" {

HEDDLE_EXPORT int memcmp(const void* a, const void* b, size_t size) noexcept {
  return heddle::compare_bytes(a, b, size, HEDDLE_CALLER);
}
HEDDLE_EXPORT int bcmp(const void* a, const void* b, size_t size) noexcept {
  return heddle::compare_bytes(a, b, size, HEDDLE_CALLER);
}
HEDDLE_EXPORT int strcmp(const char* a, const char* b) noexcept {
  return heddle::compare_strings(a, b, heddle::kNoLimit, HEDDLE_CALLER);
}
HEDDLE_EXPORT int strncmp(const char* a, const char* b, size_t size) noexcept {
  return heddle::compare_strings(a, b, size, HEDDLE_CALLER);
}
HEDDLE_EXPORT size_t strlen(const char* text) noexcept {
  return heddle::length(text, heddle::kNoLimit, HEDDLE_CALLER);
}
HEDDLE_EXPORT size_t strnlen(const char* text, size_t most) noexcept {
  return heddle::length(text, most, HEDDLE_CALLER);
}
HEDDLE_EXPORT char* strcpy(char* to, const char* from) noexcept {
  const size_t size = heddle::length_of(from, heddle::kNoLimit) + 1;
  return heddle::copy(to, from, size, size, HEDDLE_CALLER);
}
HEDDLE_EXPORT char* stpcpy(char* to, const char* from) noexcept {
  const size_t size = heddle::length_of(from, heddle::kNoLimit) + 1;
  return heddle::copy(to, from, size, size, HEDDLE_CALLER) + size - 1;
}
HEDDLE_EXPORT char* strncpy(char* to, const char* from, size_t size) noexcept {
  const size_t length = heddle::length_of(from, size);
  return heddle::copy(to, from, length, size, HEDDLE_CALLER);
}
HEDDLE_EXPORT char* strcat(char* to, const char* from) noexcept {
  const size_t before = heddle::length_of(to, heddle::kNoLimit);
  heddle::read(to, before + 1, HEDDLE_CALLER);
  const size_t size = heddle::length_of(from, heddle::kNoLimit) + 1;
  heddle::copy(to + before, from, size, size, HEDDLE_CALLER);
  return to;
}
// <string.h> declares two functions of this name for C++.
HEDDLE_EXPORT char* heddle_strchr(const char* text, int wanted) noexcept __asm__("strchr");
HEDDLE_EXPORT char* heddle_strchr(const char* text, int wanted) noexcept {
  return const_cast<char*>(heddle::find(text, static_cast<char>(wanted), HEDDLE_CALLER));
}

}  // extern "C"
