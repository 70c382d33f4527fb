// main of a test binary whose HEDDLE_TESTs are explored. Linked as it is, beside the program's own
// GoogleTest: not part of the localised object.
#include <gtest/gtest.h>

#include "heddle/heddle.h"

int main(int argc, char** argv) {
  if (heddle_start != nullptr) heddle_start(&argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
