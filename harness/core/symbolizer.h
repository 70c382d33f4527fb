// Names of places and variables: what turns addresses into a story. Host side; implemented by
// reports/symbols, faked in tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/finding.h"

namespace heddle {

struct VariableName {
  std::string name;     // "balance", "a", "queue+8"; empty: nothing known lies there
  uint64_t size = 0;    // bytes of the whole variable
  uint64_t offset = 0;  // of the address in it
};

class Symbolizer {
 public:
  virtual ~Symbolizer() = default;
  // The frames of a call stack of return addresses (innermost first), inlined calls expanded.
  virtual std::vector<SourcePlace> stack(const std::vector<uintptr_t>& return_addresses) = 0;
  // The function that starts at `address`.
  virtual SourcePlace function(uintptr_t address) = 0;
  virtual VariableName variable(uintptr_t address) = 0;
  // The local variable, or parameter, that holds the byte at `address`, in the frame of the
  // function that `return_address` lies in and whose caller's frame begins at `frame_end`.
  virtual VariableName local(uintptr_t return_address, uintptr_t frame_end, uintptr_t address) = 0;
  // Whether the code there is the program's, but no unit that readers know: a library that was
  // linked in without debug information or instrumentation.
  virtual bool is_foreign(uintptr_t return_address) = 0;
  // Whether a reader would call this place theirs: not the standard library's, not Heddle's.
  virtual bool is_users(const SourcePlace& place) = 0;
};

}  // namespace heddle
