#include "detectors/data_race.h"

#include <gtest/gtest.h>

#include "happens_before/happens_before.h"
#include "unit/mapped_arena.h"

namespace heddle {
namespace {

constexpr TaskId kBody(0), kOne(1), kTwo(2), kThree(3);
constexpr ObjectId kMutex(1);
constexpr uintptr_t kX = 0x100000000100;
constexpr auto kRead = AccessKind::read;
constexpr auto kWrite = AccessKind::write;
constexpr auto kAtomicRead = AccessKind::atomic_read;
constexpr auto kAtomicWrite = AccessKind::atomic_write;
constexpr auto kFree = AccessKind::free;

class DataRaceTest : public testing::Test {
 protected:
  DataRaceTest() { begin(); }
  ~DataRaceTest() override { shadow_.unmap(), sites_.unmap(); }

  void begin() {
    detector_.begin_execution();
    hb_.begin_execution(time_);
    for (uint32_t i = 1; i < 200; ++i) hb_.task_created(kBody, TaskId(i), time_);
  }
  const Detection* access(TaskId task, AccessKind kind, uintptr_t address = kX, size_t size = 4,
                          uintptr_t pc = 0x1000) {
    return detector_.check(hb_.now(task), hb_.clock(task), address, size, kind, Site{pc});
  }
  bool settled(TaskId task, AccessKind kind, uintptr_t address = kX, size_t size = 4) {
    return detector_.settled(hb_.now(task), address, size, kind);
  }
  // What `from` has done comes before what `to` does next.
  void order(TaskId from, TaskId to) {
    hb_.release_assign(from, kMutex);
    hb_.acquire(to, kMutex);
  }

  uint64_t time_ = 0;
  MappedArena arena_;
  Shadow shadow_;
  SiteTable sites_{0};
  HappensBefore hb_{*arena_};
  DataRaceDetector detector_{shadow_, sites_};
};

TEST_F(DataRaceTest, KindsRaceWhenOneWritesAndNotBothAreAtomic) {
  const AccessKind kinds[] = {kRead, kWrite, kAtomicRead, kAtomicWrite, kFree};
  const bool races[5][5] = {
      {false, true, false, true, true},   // read, then …
      {true, true, true, true, true},     // write
      {false, true, false, false, true},  // atomic read
      {true, true, false, false, true},   // atomic write
      {true, true, true, true, true},     // free
  };
  for (size_t i = 0; i < 5; ++i) {
    for (size_t k = 0; k < 5; ++k) {
      begin();
      EXPECT_EQ(access(kOne, kinds[i]), nullptr);
      EXPECT_EQ(access(kTwo, kinds[k]) != nullptr, races[i][k]) << i << " then " << k;
      begin();
      access(kOne, kinds[i]);
      order(kOne, kTwo);
      EXPECT_EQ(access(kTwo, kinds[k]), nullptr) << "ordered: " << i << " then " << k;
      EXPECT_EQ(access(kTwo, kinds[i]), nullptr) << "one task: " << k << " then " << i;
    }
  }
}

TEST_F(DataRaceTest, OnlyTheSameBytesRace) {
  access(kOne, kWrite, kX, 4);
  EXPECT_EQ(access(kTwo, kWrite, kX + 4, 4), nullptr);
  EXPECT_EQ(access(kTwo, kWrite, kX - 1, 1), nullptr);
  EXPECT_NE(access(kTwo, kWrite, kX + 3, 1), nullptr);
}

TEST_F(DataRaceTest, AStraddlingAccessIsCheckedOnBothSides) {
  access(kOne, kWrite, kX + 8, 1);
  EXPECT_EQ(access(kTwo, kRead, kX + 4, 4), nullptr);
  EXPECT_NE(access(kTwo, kRead, kX + 5, 4), nullptr);
  access(kOne, kWrite, kX + 39, 1);
  EXPECT_EQ(access(kTwo, kWrite, kX + 40, 16), nullptr);
  EXPECT_NE(access(kTwo, kWrite, kX + 36, 8), nullptr);
}

TEST_F(DataRaceTest, ARangeIsCheckedThroughout) {
  access(kOne, kWrite, kX + 999, 1, 0x111);
  EXPECT_EQ(access(kTwo, kRead, kX, 999), nullptr);
  const Detection* const race = access(kTwo, kRead, kX, 1'003, 0x222);
  ASSERT_NE(race, nullptr);
  EXPECT_EQ(race->earlier.address, kX + 999);
  EXPECT_EQ(race->access.address, kX + 992) << "the part that raced";
  EXPECT_EQ(race->access.size, 8);
}

TEST_F(DataRaceTest, ADetectionTellsBothSides) {
  access(kOne, kAtomicWrite, kX + 4, 4, 0x1234);
  const Detection* const race = access(kTwo, kRead, kX + 6, 2, 0x7fff12345678);
  ASSERT_NE(race, nullptr);
  EXPECT_EQ(race->kind, FindingKind::data_race);
  EXPECT_EQ(race->access.task, kTwo);
  EXPECT_EQ(race->access.address, kX + 6);
  EXPECT_EQ(race->access.size, 2);
  EXPECT_EQ(race->access.site.pc, 0x7fff12345678u);
  EXPECT_FALSE(race->access.write);
  EXPECT_FALSE(race->access.atomic);
  EXPECT_EQ(race->earlier.task, kOne);
  EXPECT_EQ(race->earlier.address, kX + 4);
  EXPECT_EQ(race->earlier.size, 4);
  EXPECT_EQ(race->earlier.site.pc, 0x1234u);
  EXPECT_TRUE(race->earlier.write);
  EXPECT_TRUE(race->earlier.atomic);
  EXPECT_FALSE(race->earlier.free);
}

TEST_F(DataRaceTest, OnePairIsOneReport) {
  access(kOne, kWrite);
  EXPECT_NE(access(kTwo, kWrite), nullptr);
  EXPECT_EQ(access(kTwo, kRead), nullptr);
  EXPECT_NE(access(kOne, kRead), nullptr) << "with the write of task 2: another pair";
}

TEST_F(DataRaceTest, EveryReaderIsRemembered) {
  for (uint32_t i = 2; i < 200; ++i) EXPECT_EQ(access(TaskId(i), kRead), nullptr);
  for (uint32_t i = 2; i < 199; ++i) order(TaskId(i), kOne);
  const Detection* const race = access(kOne, kWrite);
  ASSERT_NE(race, nullptr);
  EXPECT_EQ(race->earlier.task, TaskId(199));
  begin();
  for (uint32_t i = 2; i < 200; ++i) access(TaskId(i), kRead);
  for (uint32_t i = 2; i < 200; ++i) order(TaskId(i), kOne);
  EXPECT_EQ(access(kOne, kWrite), nullptr);
}

TEST_F(DataRaceTest, EveryByteOfAGranuleHasItsOwnHistory) {
  for (uint32_t i = 0; i < 8; ++i) {
    EXPECT_EQ(access(TaskId(10 + i), kWrite, kX + i, 1), nullptr);
    EXPECT_EQ(access(TaskId(10 + i), kAtomicRead, kX + i, 1), nullptr);
  }
  for (uint32_t i = 0; i < 8; ++i) {
    const Detection* const race = access(TaskId(20 + i), kRead, kX + i, 1);
    ASSERT_NE(race, nullptr);
    EXPECT_EQ(race->earlier.task, TaskId(10 + i));
    EXPECT_EQ(race->earlier.address, kX + i);
    EXPECT_EQ(race->earlier.size, 1);
  }
}

TEST_F(DataRaceTest, AReadAfterAWriteDoesNotHideIt) {
  access(kOne, kWrite);
  order(kOne, kTwo);
  access(kTwo, kRead);
  EXPECT_NE(access(kThree, kRead), nullptr);
}

TEST_F(DataRaceTest, AnAtomicWriteDoesNotHideAPlainRead) {
  access(kOne, kRead);
  access(kOne, kAtomicWrite);
  EXPECT_NE(access(kTwo, kAtomicWrite), nullptr);
}

TEST_F(DataRaceTest, AnInstructionThatWalksThroughAGranuleIsOneRecord) {
  for (uint32_t i = 0; i < 8; ++i) access(kOne, kWrite, kX + i, 1, 0x1111);
  EXPECT_EQ(shadow_.cell(kX).count, 1u);
  const Detection* const race = access(kTwo, kRead, kX + 5, 1);
  ASSERT_NE(race, nullptr);
  EXPECT_EQ(race->earlier.address, kX + 5);
  EXPECT_EQ(race->earlier.size, 1);
}

TEST_F(DataRaceTest, WhatOlderRecordsOfTheEpochSayTogetherIsNotRecordedAgain) {
  access(kOne, kWrite, kX, 2, 0x1);
  access(kOne, kWrite, kX + 2, 2, 0x2);
  access(kOne, kRead, kX, 4, 0x3);
  EXPECT_EQ(shadow_.cell(kX).count, 2u);
  access(kOne, kRead, kX, 8, 0x4);
  EXPECT_EQ(shadow_.cell(kX).count, 3u);
  EXPECT_EQ(access(kTwo, kRead, kX + 4, 4), nullptr);
  EXPECT_NE(access(kTwo, kRead, kX, 1), nullptr);
}

TEST_F(DataRaceTest, SettledMeansThatCheckingAgainWouldSayNothing) {
  EXPECT_FALSE(settled(kOne, kRead));
  access(kOne, kRead);
  EXPECT_TRUE(settled(kOne, kRead));
  EXPECT_TRUE(settled(kOne, kAtomicRead));
  EXPECT_FALSE(settled(kOne, kWrite));
  EXPECT_FALSE(settled(kOne, kRead, kX + 2, 4)) << "other bytes";
  EXPECT_FALSE(settled(kOne, kRead, kX + 6, 4)) << "straddles";
  EXPECT_FALSE(settled(kTwo, kRead));
  access(kOne, kWrite);
  EXPECT_TRUE(settled(kOne, kWrite, kX + 1, 2));
  EXPECT_TRUE(settled(kOne, kRead));
  EXPECT_FALSE(settled(kOne, kFree));
  shadow_.set_point(kX);
  EXPECT_FALSE(settled(kOne, kRead)) << "a scheduling point";
  begin();
  EXPECT_FALSE(settled(kOne, kRead)) << "a new execution";
  access(kOne, kWrite);
  order(kOne, kTwo);
  EXPECT_FALSE(settled(kOne, kWrite)) << "the epoch advanced";
}

TEST_F(DataRaceTest, TwoReadersInTurnAreBothSettledAfterALook) {
  access(kOne, kWrite);
  access(kOne, kRead, kX + 4, 4);
  order(kOne, kTwo);
  access(kTwo, kRead);
  EXPECT_TRUE(settled(kTwo, kRead));
  access(kTwo, kRead, kX + 4, 4, 0x2000);
  access(kTwo, kRead);
  EXPECT_TRUE(settled(kTwo, kRead));
}

TEST_F(DataRaceTest, MallocOwnsItsBlock) {
  detector_.allocated(hb_.now(kOne), kX, 40, Site{0x99}, false);
  EXPECT_EQ(access(kOne, kWrite, kX + 8), nullptr);
  const Detection* const race = access(kTwo, kRead, kX + 16);
  ASSERT_NE(race, nullptr) << "the pointer was handed on without order";
  EXPECT_EQ(race->earlier.site.pc, 0x99u);
  EXPECT_EQ(access(kTwo, kRead, kX + 40), nullptr) << "beyond the block";
  order(kOne, kThree);
  EXPECT_EQ(access(kThree, kRead, kX + 24), nullptr);
}

TEST_F(DataRaceTest, AReusedBlockHasNoPast) {
  access(kOne, kWrite, kX + 8);
  access(kOne, kWrite, kX + 2'000);
  shadow_.open(kX).object = 5;
  shadow_.set_point(kX + 8);
  detector_.allocated(hb_.now(kTwo), kX, 4'000, Site{0x99}, true);
  EXPECT_EQ(access(kTwo, kWrite, kX + 8), nullptr);
  EXPECT_EQ(access(kTwo, kWrite, kX + 2'000), nullptr);
  EXPECT_EQ(shadow_.open(kX).object, 0u);
  EXPECT_FALSE(shadow_.is_point(kX + 8));
}

TEST_F(DataRaceTest, FreeIsAWrite) {
  access(kOne, kRead, kX + 24);
  const Detection* race = detector_.freed(hb_.now(kTwo), hb_.clock(kTwo), kX, 32, Site{0x55});
  ASSERT_NE(race, nullptr);
  EXPECT_TRUE(race->access.free);
  EXPECT_TRUE(race->access.write);
  race = access(kThree, kRead, kX + 8);
  ASSERT_NE(race, nullptr);
  EXPECT_TRUE(race->earlier.free);
  EXPECT_EQ(race->earlier.site.pc, 0x55u);
  EXPECT_EQ(access(kThree, kRead, kX + 32), nullptr);
  begin();
  access(kOne, kWrite, kX + 24);
  order(kOne, kTwo);
  EXPECT_EQ(detector_.freed(hb_.now(kTwo), hb_.clock(kTwo), kX, 32, Site{0x55}), nullptr);
}

TEST_F(DataRaceTest, AnAtomicHandsOverTheMemoryItLiesIn) {
  // One task constructs an atomic by a plain write, publishes by it, the other acquires from it.
  const ObjectId flag(9);
  access(kOne, kWrite);
  const Epoch stored = hb_.atomic_store(kOne, flag, MemoryOrder::release);
  EXPECT_EQ(detector_.check(stored, hb_.clock(kOne), kX, 4, kAtomicWrite, Site{1}), nullptr);
  const Epoch loaded = hb_.atomic_load(kTwo, flag, MemoryOrder::acquire);
  EXPECT_EQ(detector_.check(loaded, hb_.clock(kTwo), kX, 4, kAtomicRead, Site{2}), nullptr);
  EXPECT_EQ(access(kTwo, kWrite), nullptr);
  // The wrong twin: relaxed on the reader's side.
  const Epoch seen = hb_.atomic_load(kThree, flag, MemoryOrder::relaxed);
  EXPECT_NE(detector_.check(seen, hb_.clock(kThree), kX, 4, kAtomicRead, Site{3}), nullptr);
}

}  // namespace
}  // namespace heddle
