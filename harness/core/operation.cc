#include "core/operation.h"

namespace heddle {

const char* word(Op op) {
  static constexpr const char* kWords[] = {
#define X(name, word) word,
      HEDDLE_OPERATIONS(X)
#undef X
  };
  return kWords[static_cast<unsigned>(op)];
}

}  // namespace heddle
