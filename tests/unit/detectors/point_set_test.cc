#include "detectors/point_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/rng.h"
#include "unit/mapped_arena.h"

namespace heddle {
namespace {

class PointSetTest : public testing::Test {
 protected:
  ~PointSetTest() override { shadow_.unmap(); }

  std::vector<PointKey> keys() const { return {points_.keys().begin(), points_.keys().end()}; }

  MappedArena arena_;
  Shadow shadow_;
  PointSet points_{*arena_};
};

TEST_F(PointSetTest, WhatIsLearnedCountsOnceMerged) {
  const PointKey key = PointKey::in_block(2, 5, 17);
  EXPECT_TRUE(points_.learn(key));
  EXPECT_FALSE(points_.learn(PointKey::in_block(2, 5, 23))) << "the same granule";
  EXPECT_EQ(points_.additions().count, 1u);
  EXPECT_EQ(points_.keys().count, 0u);
  points_.merge_additions();
  EXPECT_EQ(points_.additions().count, 0u);
  ASSERT_EQ(points_.keys().count, 1u);
  EXPECT_EQ(points_.keys()[0], key);
  EXPECT_FALSE(points_.learn(key));
}

TEST_F(PointSetTest, DiscardedAdditionsLeaveNothing) {
  EXPECT_TRUE(points_.learn(PointKey::in_module(0, 64)));
  points_.discard_additions();
  points_.merge_additions();
  EXPECT_EQ(points_.keys().count, 0u);
  EXPECT_TRUE(points_.learn(PointKey::in_module(0, 64)));
}

TEST_F(PointSetTest, OrderIsTheSameHoweverItWasLearned) {
  std::vector<PointKey> all;
  for (uint32_t i = 0; i < 60; ++i) {
    all.push_back(PointKey::in_block(i % 3, 1 + i % 5, i * 8));
    all.push_back(PointKey::in_module(i % 2, i * 8));
    all.push_back(PointKey::in_region(i, i * 8));
  }
  std::vector<PointKey> sorted = all;
  std::sort(sorted.begin(), sorted.end());
  Rng rng = Rng::for_execution(1, 0);
  for (int round = 0; round < 10; ++round) {
    for (size_t i = all.size(); i > 1; --i) {
      std::swap(all[i - 1], all[rng.below(static_cast<uint32_t>(i))]);
    }
    points_.assign(all.data(), 50);
    for (const PointKey& key : all) points_.learn(key);
    points_.merge_additions();
    EXPECT_EQ(keys(), sorted);
    EXPECT_EQ(points_.outside_heap().count, 120u);
    EXPECT_NE(points_.outside_heap()[119].space, PointSpace::heap);
  }
}

TEST_F(PointSetTest, FlagsThePointsOfABlockAndNoOthers) {
  const PointKey all[] = {PointKey::in_block(2, 5, 16), PointKey::in_block(2, 5, 4'000),
                          PointKey::in_block(2, 6, 0), PointKey::in_block(3, 5, 8),
                          PointKey::in_module(2, 24)};
  points_.assign(all, 5);
  points_.flag_block(shadow_, 2, 5, 0x10000, 64);
  for (uintptr_t offset = 0; offset < 64; offset += 8) {
    EXPECT_EQ(shadow_.is_point(0x10000 + offset), offset == 16) << offset;
  }
  EXPECT_FALSE(shadow_.is_point(0x10000 + 4'000)) << "beyond the block";
  points_.flag_block(shadow_, 2, 4, 0x20000, 64);
  EXPECT_FALSE(shadow_.is_point(0x20000 + 16));
}

TEST_F(PointSetTest, AssignForgetsWhatWasThere) {
  const PointKey before = PointKey::in_block(2, 5, 16);
  const PointKey after = PointKey::in_block(2, 6, 16);
  points_.assign(&before, 1);
  points_.learn(PointKey::in_block(1, 1, 0));
  points_.assign(&after, 1);
  EXPECT_EQ(points_.additions().count, 0u);
  points_.flag_block(shadow_, 2, 5, 0x10000, 64);
  EXPECT_FALSE(shadow_.is_point(0x10010));
  points_.flag_block(shadow_, 2, 6, 0x10000, 64);
  EXPECT_TRUE(shadow_.is_point(0x10010));
}

TEST_F(PointSetTest, AFullSetLearnsNoMore) {
  for (uint32_t i = 0; i < PointSet::kMaxAdditions; ++i) {
    ASSERT_TRUE(points_.learn(PointKey::in_module(0, i * 8)));
  }
  EXPECT_FALSE(points_.learn(PointKey::in_module(1, 0)));
}

}  // namespace
}  // namespace heddle
