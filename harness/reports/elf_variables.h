// Global variables of the running program and its shared objects, from their symbol tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reports/elf_image.h"

namespace heddle {

struct GlobalVariable {
  std::string name;       // demangled
  uintptr_t address = 0;  // in this process
  uint64_t size = 0;      // bytes
};

class ElfVariables {
 public:
  // Reads the tables: about a millisecond for each megabyte of program.
  ElfVariables();

  // The variable that holds the byte at `address`.
  std::optional<GlobalVariable> containing(uintptr_t address) const;

  // By demangled name; parts that are anonymous namespaces may be left out. Errors: no such
  // variable, or several.
  absl::StatusOr<GlobalVariable> named(absl::string_view name) const;

 private:
  void read_file(const LoadedFile& file);
  std::vector<GlobalVariable> variables_;  // by address; names still mangled
};

}  // namespace heddle
