// What debug information knows of the program's variables. Host code: reads the program's files
// when it is made (about 10 ms for each megabyte of debug information of the user's).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "reports/dwarf_reader.h"

namespace heddle {

// A part of a variable: "balance_" in "account.balance_".
struct VariablePart {
  std::string name;     // of a local "account.balance_", of a global what follows its name
  uint64_t size = 0;    // bytes; 0: not known
  uint64_t offset = 0;  // of the address in it
  bool opaque = false;  // its own parts are a library's and have no names for readers
};

class DebugInfo {
 public:
  // Units whose source `is_users` denies are passed over.
  explicit DebugInfo(const std::function<bool(const std::string& file)>& is_users);
  ~DebugInfo();

  // The local variable that holds the byte at `address` in the frame of the function around
  // `return_address`, the caller's frame beginning at `frame_end`.
  std::optional<VariablePart> local(uintptr_t return_address, uintptr_t frame_end,
                                    uintptr_t address) const;
  // The part of the global variable at `variable` that holds its byte `offset`.
  std::optional<VariablePart> part_of_global(uintptr_t variable, uint64_t offset) const;

 private:
  struct File;
  struct Unit;
  struct Function;
  struct Global;
  class Types;

  void scan(const File& file, const std::function<bool(const std::string&)>& is_users);
  const Types& types(uint32_t unit) const;
  const Function* function_at(uintptr_t pc) const;

  std::vector<std::unique_ptr<File>> files_;
  std::vector<Unit> units_;
  std::vector<Function> functions_;  // by start
  absl::flat_hash_map<uintptr_t, Global> globals_;
  mutable absl::flat_hash_map<uint32_t, std::unique_ptr<Types>> types_;  // by unit, as asked for
};

}  // namespace heddle
