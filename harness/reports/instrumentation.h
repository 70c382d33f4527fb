// Which of the user's units are not instrumented: their accesses to memory are seen by nobody.
// Every pass asks, so this reads of each unit its first entry and its code up to the first call of
// a callback; the rest of the debug information only of units that have none.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reports/dwarf_reader.h"

namespace heddle {

class Instrumentation {
 public:
  // Of the executable; units whose source `is_users` denies are passed over.
  explicit Instrumentation(const std::function<bool(const std::string& file)>& is_users);

  // The units without, by the names of their sources, in order.
  const std::vector<std::string>& missing() const { return missing_; }
  // Whether the instruction belongs to one of these.
  bool is_missing_at(uintptr_t pc) const;

 private:
  std::vector<std::string> missing_;
  std::vector<DwarfRange> code_;  // of these units, as in the file
  uintptr_t load_bias_ = 0;
};

}  // namespace heddle
