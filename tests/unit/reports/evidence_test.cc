#include "reports/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle {
namespace {

std::string last_sentence(const std::vector<std::string>& uninstrumented) {
  ExplorationResult result;
  result.evidence.uninstrumented = uninstrumented;
  return pass_sentences(result).back();
}

constexpr const char* kEnd = ". Races in them, or with them, were not seen.";

TEST(PassSentences, NameWhatIsNotInstrumented) {
  EXPECT_EQ(last_sentence({"codec.c"}),
            std::string("1 unit or library is not instrumented: codec.c") + kEnd);
  EXPECT_EQ(last_sentence({"a.c", "b.c", "c.c", "d.c", "e.c", "f.c", "g.c", "h.c"}),
            std::string("8 units or libraries are not instrumented: a.c, b.c, c.c, d.c, e.c, f.c, "
                        "2 others") +
                kEnd);
}

TEST(PassSentences, NameTheLibrariesOfOneFamilyOnce) {
  EXPECT_EQ(last_sentence({"libabsl_base.so.20220623", "libabsl_time.so.20220623", "libz.so.1"}),
            std::string("3 units or libraries are not instrumented: libabsl_base.so.20220623, "
                        "libabsl_time.so.20220623, libz.so.1") +
                kEnd);
  EXPECT_EQ(last_sentence({"src/lib_a.c", "src/lib_b.c", "src/lib_c.c", "libabsl_base.so.1",
                           "libz.so.1", "libabsl_time.so.1", "libabsl_synchronization.so.1"}),
            std::string("7 units or libraries are not instrumented: src/lib_a.c, src/lib_b.c, "
                        "src/lib_c.c, 3 libraries libabsl_*.so, libz.so.1") +
                kEnd);
}

TEST(PassSentences, CountTheLibrariesOfAFamilyThatIsNotNamed) {
  EXPECT_EQ(last_sentence(
                {"a.c", "b.c", "c.c", "d.c", "e.c", "f.c", "liba_1.so", "liba_2.so", "liba_3.so"}),
            std::string("9 units or libraries are not instrumented: a.c, b.c, c.c, d.c, e.c, f.c, "
                        "3 others") +
                kEnd);
}

}  // namespace
}  // namespace heddle
