#include "core/operation.h"

namespace heddle {

namespace {
constexpr const char* kWords[] = {
#define X(name, word) word,
    HEDDLE_OPERATIONS(X)
#undef X
};
}  // namespace

bool is_operation(Op op) {
  return static_cast<unsigned>(op) < sizeof(kWords) / sizeof(kWords[0]);
}

const char* word(Op op) {
  return kWords[static_cast<unsigned>(op)];
}

}  // namespace heddle
