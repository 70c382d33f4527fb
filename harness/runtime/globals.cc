#include "runtime/globals.h"

#include <link.h>
#include <string.h>

#include <istream>

#include "base/check.h"
#include "platform/raw_memory.h"

// Our own writable data and code, by the linker script of the localised object.
extern "C" {
extern char __start_heddle_data[], __stop_heddle_data[];
extern char __start_heddle_bss[], __stop_heddle_bss[];
extern char heddle_text_begin[], heddle_text_end[];
extern char __start_heddle_export[], __stop_heddle_export[];
// ThreadSanitizer's, where it is the judge: cmake/judge.ld.
extern char heddle_judge_text_begin[] __attribute__((weak));
extern char heddle_judge_text_end[] __attribute__((weak));
}

// std::cout and the others. <iostream> would bring its initialiser.
extern "C" {
extern char _ZSt4cout[], _ZSt4cerr[], _ZSt4clog[], _ZSt3cin[];
extern char _ZSt5wcout[], _ZSt5wcerr[], _ZSt5wclog[], _ZSt4wcin[];
}

namespace heddle {
namespace {

bool name_is(const char* path, const char* library) {
  const char* slash = strrchr(path, '/');
  const char* name = slash == nullptr ? path : slash + 1;
  return strncmp(name, library, strlen(library)) == 0;
}

uintptr_t address_of(const char* symbol) {
  return reinterpret_cast<uintptr_t>(symbol);
}

// The lazily bound part of the global offset table: restoring it would undo the binding.
AddressRange lazy_binding_table(const dl_phdr_info& info) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info.dlpi_phdr[i];
    if (header.p_type != PT_DYNAMIC) continue;
    uintptr_t table = 0;
    size_t relocations = 0;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(info.dlpi_addr + header.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_PLTGOT) table = entry->d_un.d_ptr;
      if (entry->d_tag == DT_PLTRELSZ) relocations = entry->d_un.d_val / sizeof(ElfW(Rela));
    }
    // The loader has relocated d_ptr already.
    if (table != 0) return {table, table + (3 + relocations) * sizeof(void*)};
  }
  return {};
}

struct StandardStreams {
  AddressRange ranges[8];
  const AddressRange* begin() const { return ranges; }
  const AddressRange* end() const { return ranges + 8; }
};

AddressRange range_of(const char* stream, size_t size) {
  const uintptr_t first = reinterpret_cast<uintptr_t>(stream);
  return {first, first + size};
}

StandardStreams standard_streams() {
  constexpr size_t kOut = sizeof(std::ostream), kIn = sizeof(std::istream);
  constexpr size_t kWideOut = sizeof(std::wostream), kWideIn = sizeof(std::wistream);
  return {{range_of(_ZSt4cout, kOut), range_of(_ZSt4cerr, kOut), range_of(_ZSt4clog, kOut),
           range_of(_ZSt3cin, kIn), range_of(_ZSt5wcout, kWideOut), range_of(_ZSt5wcerr, kWideOut),
           range_of(_ZSt5wclog, kWideOut), range_of(_ZSt4wcin, kWideIn)}};
}

}  // namespace

void Globals::add_writable(uintptr_t first, uintptr_t last) {
  if (first >= last) return;
  HEDDLE_CHECK(range_count_ < kMaxRanges);
  ranges_[range_count_++] = {first, last};
}

int Globals::visit(dl_phdr_info* info, size_t, void* out) {
  Globals& self = *static_cast<Globals*>(out);
  if (self.module_count_ == kMaxModules) return 0;
  Module& module = self.modules_[self.module_count_++];
  const bool executable = self.module_count_ == 1;
  module = Module();
  module.base = info->dlpi_addr;
  module.all = {~uintptr_t{0}, 0};
  module.text = {~uintptr_t{0}, 0};
  const char* path = info->dlpi_name == nullptr ? "" : info->dlpi_name;
  module.is_libc = name_is(path, "libc.so") || name_is(path, "ld-linux");
  module.runtime_library =
      !executable && (module.is_libc || name_is(path, "libm.so") || name_is(path, "libstdc++.so") ||
                      name_is(path, "libgcc_s.so") || name_is(path, "linux-vdso") || path[0] == 0);
  uintptr_t relro_first = 0, relro_last = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    const uintptr_t first = info->dlpi_addr + header.p_vaddr;
    const uintptr_t last = first + header.p_memsz;
    if (header.p_type == PT_GNU_RELRO) relro_first = first, relro_last = last;
    if (header.p_type != PT_LOAD) continue;
    if (first < module.all.first) module.all.first = first;
    if (last > module.all.last) module.all.last = last;
    if ((header.p_flags & PF_X) == 0) continue;
    if (first < module.text.first) module.text.first = first;
    if (last > module.text.last) module.text.last = last;
  }
  if (name_is(path, "libc.so")) self.libc_ = module.text;
  if (name_is(path, "ld-linux")) self.loader_ = module.text;
  if (module.runtime_library) return 0;
  const AddressRange lazy = lazy_binding_table(*info);
  // In order of address; what must stay as it is is cut out of the writable segments.
  AddressRange kept[4] = {{relro_first, relro_last},
                          lazy,
                          {address_of(__start_heddle_data), address_of(__stop_heddle_data)},
                          {address_of(__start_heddle_bss), address_of(__stop_heddle_bss)}};
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_W) == 0) continue;
    uintptr_t at = info->dlpi_addr + header.p_vaddr;
    const uintptr_t end = at + header.p_memsz;
    while (at < end) {
      uintptr_t stop = end, next = end;
      for (const AddressRange& range : kept) {
        if (range.first == range.last || range.last <= at || range.first >= stop) continue;
        stop = range.first < at ? at : range.first;
        next = range.last;
      }
      self.add_writable(at, stop);
      at = next;
    }
  }
  return 0;
}

void Globals::find() {
  module_count_ = range_count_ = 0;
  dl_iterate_phdr(visit, this);
  // Where the executable has no copy of the standard streams they lie in libstdc++.
  for (const AddressRange& stream : standard_streams()) {
    const Module* module = module_of(stream.first);
    if (module != nullptr && module->runtime_library) add_writable(stream.first, stream.last);
  }
}

bool Globals::in_standard_stream(uintptr_t address) {
  for (const AddressRange& stream : standard_streams()) {
    if (stream.contains(address)) return true;
  }
  return false;
}

size_t Globals::restored_bytes() const {
  size_t sum = 0;
  for (int i = 0; i < range_count_; ++i) sum += ranges_[i].size();
  return sum + stack_.size();
}

void Globals::snapshot() {
  const size_t size = restored_bytes();
  if (saved_ != nullptr) unmap_memory(saved_, saved_size_);
  saved_size_ = size;
  saved_ = static_cast<char*>(map_memory(0, size == 0 ? 1 : size));
  HEDDLE_CHECK(saved_ != nullptr);
  char* to = saved_;
  for (int i = 0; i < range_count_; ++i) {
    memcpy(to, reinterpret_cast<const void*>(ranges_[i].first), ranges_[i].size());
    to += ranges_[i].size();
  }
  memcpy(to, reinterpret_cast<const void*>(stack_.first), stack_.size());
}

void Globals::restore() const {
  const char* from = saved_;
  for (int i = 0; i < range_count_; ++i) {
    memcpy(reinterpret_cast<void*>(ranges_[i].first), from, ranges_[i].size());
    from += ranges_[i].size();
  }
  memcpy(reinterpret_cast<void*>(stack_.first), from, stack_.size());
}

const Module* Globals::module_of(uintptr_t address) const {
  for (int i = 0; i < module_count_; ++i) {
    if (modules_[i].all.contains(address)) return &modules_[i];
  }
  return nullptr;
}

bool Globals::in_harness(uintptr_t pc) {
  const auto lies_in = [pc](const char* first, const char* last) {
    return pc - address_of(first) < address_of(last) - address_of(first);
  };
  return lies_in(heddle_text_begin, heddle_text_end) ||
         lies_in(__start_heddle_export, __stop_heddle_export) ||
         lies_in(heddle_judge_text_begin, heddle_judge_text_end);
}

}  // namespace heddle
