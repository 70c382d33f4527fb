#include "explorer/candidates.h"

#include <gtest/gtest.h>

#include <set>

#include "base/rng.h"
#include "unit/explorer/fake_world.h"

namespace heddle {
namespace {

TEST(DetectionKey, SidesOfARaceAreUnordered) {
  EXPECT_EQ(DetectionKey::of(detection(FindingKind::data_race, 1, 2)),
            DetectionKey::of(detection(FindingKind::data_race, 2, 1)));
  EXPECT_FALSE(DetectionKey::of(detection(FindingKind::data_race, 1, 2)) ==
               DetectionKey::of(detection(FindingKind::data_race, 1, 3)));
}

TEST(DetectionKey, KindsAtOnePlaceDiffer) {
  EXPECT_FALSE(DetectionKey::of(detection(FindingKind::deadlock, 1)) ==
               DetectionKey::of(detection(FindingKind::self_deadlock, 1)));
}

TEST(DetectionKey, WhereALimitIsMetDoesNotMatter) {
  EXPECT_EQ(DetectionKey::of(detection(FindingKind::step_limit, 1)),
            DetectionKey::of(detection(FindingKind::step_limit, 2)));
}

TEST(DetectionKey, NumbersInACheckMessageDoNotMatter) {
  Detection one = detection(FindingKind::check_failed, 1);
  Detection other = one;
  snprintf(one.detail, sizeof(one.detail), "balance == 2, but it was 1");
  snprintf(other.detail, sizeof(other.detail), "balance == 2, but it was 0");
  EXPECT_EQ(DetectionKey::of(one), DetectionKey::of(other));
}

TEST(Candidates, AdmitsEachKeyOnce) {
  Candidates candidates;
  bool fresh = false;
  candidates.admit(detection(FindingKind::data_race, 1, 2), fresh);
  EXPECT_TRUE(fresh);
  candidates.admit(detection(FindingKind::data_race, 2, 1), fresh);
  EXPECT_FALSE(fresh);
  candidates.admit(detection(FindingKind::check_failed, 1), fresh);
  EXPECT_TRUE(fresh);
  EXPECT_EQ(candidates.size(), 2u);
}

TEST(ExecutionSet, CountsAnExecutionOnce) {
  ExecutionSet set;
  set.add(3);
  set.add(3);
  set.add(4);
  set.add(9);
  EXPECT_EQ(set.count(), 3u);
}

// Against std::set, with unions.
TEST(ExecutionSet, UnionsAreExact) {
  Rng rng = Rng::for_execution(1, 1);
  for (int round = 0; round < 500; ++round) {
    ExecutionSet sets[2];
    std::set<uint64_t> expected;
    for (ExecutionSet& set : sets) {
      for (uint64_t ordinal = 0; ordinal < 60; ++ordinal) {
        if (rng.below(3) != 0) continue;
        set.add(ordinal);
        expected.insert(ordinal);
      }
    }
    sets[0].add_all(sets[1]);
    ASSERT_EQ(sets[0].count(), expected.size());
  }
}

}  // namespace
}  // namespace heddle
