#include "frontends/suggest.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

const std::vector<std::string> kNames = {"bank.locked", "bank.unlocked", "queue.deaf"};

TEST(Suggest, NamesTheNearest) {
  EXPECT_EQ(nearest("bank.unlokced", kNames), "bank.unlocked");
  EXPECT_EQ(nearest("bank.lock", kNames), "bank.locked");
  EXPECT_EQ(nearest("queue.deaf", kNames), "queue.deaf");
}

TEST(Suggest, NamesNothingThatIsFarAway) {
  EXPECT_EQ(nearest("zebra", kNames), "");
  EXPECT_EQ(nearest("", kNames), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'b'), kNames), "");
}

TEST(Suggest, SaysWhatElseToDo) {
  EXPECT_EQ(did_you_mean("queue.def", kNames, "look"), "did you mean queue.deaf? look");
  EXPECT_EQ(did_you_mean("zebra", kNames, "look"), "look");
}

}  // namespace
}  // namespace heddle
