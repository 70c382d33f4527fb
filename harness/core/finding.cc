#include "core/finding.h"

namespace heddle {

const char* word(FindingKind kind) {
  static constexpr const char* kWords[] = {
#define X(name, word) word,
      HEDDLE_FINDING_KINDS(X)
#undef X
  };
  return kWords[static_cast<unsigned>(kind)];
}

}  // namespace heddle
