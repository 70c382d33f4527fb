#include "sync/objects.h"

namespace heddle {

const char* word(ObjectKind kind) {
  static constexpr const char* kWords[] = {
#define X(name, word) word,
      HEDDLE_OBJECT_KINDS(X)
#undef X
  };
  return kWords[static_cast<unsigned>(kind)];
}

}  // namespace heddle
