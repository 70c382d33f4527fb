// The program's own global variables: where they are, and their bytes at the snapshot.
#pragma once

#include <cstddef>
#include <cstdint>

struct dl_phdr_info;

namespace heddle {

struct AddressRange {
  uintptr_t first = 0;
  uintptr_t last = 0;  // one beyond
  bool contains(uintptr_t address) const { return address - first < last - first; }
  size_t size() const { return last - first; }
};

// A loaded module: the executable is number 0, libraries follow in the loader's order.
struct Module {
  uintptr_t base = 0;
  AddressRange text;             // first to last executable byte
  AddressRange all;              // first to last loaded byte
  bool runtime_library = false;  // libc, ld.so, libm, libstdc++, libgcc: never restored
  bool is_libc = false;          // libc or the loader
};

class Globals {
 public:
  static constexpr int kMaxModules = 128;
  static constexpr int kMaxRanges = 64;

  // Reads the loader's lists. Calls libc; host side.
  void find();

  // Copies the variables' bytes to host memory; may be repeated.
  void snapshot();
  void restore() const;

  const Module* module_of(uintptr_t address) const;
  uint32_t index_of(const Module& module) const {
    return static_cast<uint32_t>(&module - modules_);
  }
  const Module& module(uint32_t index) const { return modules_[index]; }
  const Module& executable() const { return modules_[0]; }
  size_t restored_bytes() const;

  // Whether `pc` lies in libc or the dynamic loader.
  bool in_libc(uintptr_t pc) const { return libc_.contains(pc) || loader_.contains(pc); }
  // Whether `address` lies in std::cout or its siblings, which the standard lets several threads
  // use at once ([iostream.objects.overview]).
  static bool in_standard_stream(uintptr_t address);
  // Whether `pc` is the harness's own code.
  static bool in_harness(uintptr_t pc);

  // A part of the main thread's stack that `snapshot` and `restore` treat like globals; empty:
  // none.
  void keep_stack(AddressRange range) { stack_ = range; }
  const AddressRange& kept_stack() const { return stack_; }

 private:
  void add_writable(uintptr_t first, uintptr_t last);
  static int visit(dl_phdr_info* info, size_t size, void* self);

  Module modules_[kMaxModules];
  int module_count_ = 0;
  AddressRange libc_;
  AddressRange loader_;
  AddressRange stack_;
  AddressRange ranges_[kMaxRanges];
  int range_count_ = 0;
  char* saved_ = nullptr;
  size_t saved_size_ = 0;
};

}  // namespace heddle
