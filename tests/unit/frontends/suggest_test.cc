#include "frontends/suggest.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

const std::vector<std::string> kKnown = {"bank.locked", "bank.unlocked", "queue.deaf"};

TEST(Suggest, NamesTheNearest) {
  EXPECT_EQ(nearest("bank.unlokced", kKnown), "bank.unlocked");
  EXPECT_EQ(nearest("bank.lock", kKnown), "bank.locked");
  EXPECT_EQ(nearest("queue.deaf", kKnown), "queue.deaf");
}

TEST(Suggest, NamesNothingThatIsFarAway) {
  EXPECT_EQ(nearest("zebra", kKnown), "");
  EXPECT_EQ(nearest("", kKnown), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'b'), kKnown), "");
}

TEST(Suggest, SaysWhatElseToDo) {
  EXPECT_EQ(did_you_mean("queue.def", kKnown, "look"), "did you mean queue.deaf? look");
  EXPECT_EQ(did_you_mean("zebra", kKnown, "look"), "look");
}

}  // namespace
}  // namespace heddle
