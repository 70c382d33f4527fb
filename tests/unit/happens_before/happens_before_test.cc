#include "happens_before/happens_before.h"

#include <gtest/gtest.h>

#include "unit/mapped_arena.h"

namespace heddle {
namespace {

constexpr TaskId kBody(0), kOne(1), kTwo(2), kThree(3);
constexpr ObjectId kX(1), kY(2);
constexpr auto kRelaxed = MemoryOrder::relaxed;
constexpr auto kConsume = MemoryOrder::consume;
constexpr auto kAcquire = MemoryOrder::acquire;
constexpr auto kRelease = MemoryOrder::release;
constexpr auto kAcqRel = MemoryOrder::acq_rel;
constexpr auto kSeqCst = MemoryOrder::seq_cst;

class HappensBeforeTest : public testing::Test {
 protected:
  // The body and three children.
  HappensBeforeTest() {
    hb_.begin_execution(time_[0]);
    for (uint32_t i = 1; i < 4; ++i) hb_.task_created(kBody, TaskId(i), time_[i]);
  }

  // Whether something that happened at `epoch` is ordered before what `task` does next.
  bool ordered(Epoch epoch, TaskId task) const { return hb_.clock(task).covers(epoch); }

  uint64_t time_[8] = {};
  MappedArena arena_;
  HappensBefore hb_{*arena_};
};

TEST_F(HappensBeforeTest, CreationOrdersWhatCameBeforeIt) {
  const Epoch before = hb_.now(kOne);
  hb_.task_created(kOne, TaskId(4), time_[4]);
  EXPECT_TRUE(ordered(before, TaskId(4)));
  EXPECT_FALSE(ordered(hb_.now(kOne), TaskId(4)));
  EXPECT_FALSE(ordered(hb_.now(kTwo), TaskId(4)));
  EXPECT_FALSE(ordered(hb_.now(TaskId(4)), kOne));
}

TEST_F(HappensBeforeTest, JoinOrdersTheWholeTask) {
  EXPECT_FALSE(ordered(hb_.now(kOne), kBody));
  hb_.joined(kBody, kOne);
  EXPECT_TRUE(ordered(hb_.now(kOne), kBody));
  EXPECT_FALSE(ordered(hb_.now(kTwo), kBody));
}

TEST_F(HappensBeforeTest, AMutexOrdersWhatWasInsideBeforeWhatIsInside) {
  hb_.acquire(kOne, kX);
  const Epoch inside = hb_.now(kOne);
  hb_.release_assign(kOne, kX);
  const Epoch after = hb_.now(kOne);
  hb_.acquire(kTwo, kX);
  hb_.acquire(kThree, kY);
  EXPECT_TRUE(ordered(inside, kTwo));
  EXPECT_FALSE(ordered(after, kTwo));
  EXPECT_FALSE(ordered(inside, kThree)) << "another mutex";
}

TEST_F(HappensBeforeTest, AFailedTryOrdersNothing) {
  const Epoch inside = hb_.now(kOne);
  hb_.release_assign(kOne, kX);
  hb_.observe(kTwo, kX);
  EXPECT_FALSE(ordered(inside, kTwo));
}

TEST_F(HappensBeforeTest, JoinedReleasesAllCountAssignedOnesOnlyTheLast) {
  const Epoch one = hb_.now(kOne), two = hb_.now(kTwo);
  hb_.release_join(kOne, kX);
  hb_.release_join(kTwo, kX);
  hb_.release_assign(kOne, kY);
  hb_.release_assign(kTwo, kY);
  hb_.acquire(kThree, kY);
  EXPECT_FALSE(ordered(one, kThree));
  EXPECT_TRUE(ordered(two, kThree));
  hb_.acquire_shared(kThree, kX);
  EXPECT_TRUE(ordered(one, kThree));
}

TEST_F(HappensBeforeTest, AReaderIsOrderedBeforeLaterWritersOnly) {
  const Epoch writing = hb_.now(kOne);
  hb_.release_assign(kOne, kX);
  hb_.acquire_shared(kTwo, kX);
  const Epoch reading = hb_.now(kTwo);
  hb_.release_shared(kTwo, kX);
  hb_.acquire_shared(kThree, kX);
  EXPECT_TRUE(ordered(writing, kThree));
  EXPECT_FALSE(ordered(reading, kThree)) << "readers do not exclude each other";
  hb_.release_shared(kThree, kX);
  hb_.acquire(kBody, kX);
  EXPECT_TRUE(ordered(reading, kBody));
  hb_.release_assign(kBody, kX);
  hb_.acquire_shared(kThree, kX);
  EXPECT_TRUE(ordered(reading, kThree)) << "by way of the writer in between";
}

TEST_F(HappensBeforeTest, ReadersDoNotWaitForEachOthersTime) {
  time_[2] = 5'000;
  hb_.release_shared(kTwo, kX);
  hb_.acquire_shared(kThree, kX);
  EXPECT_LT(time_[3], 5'000u);
  hb_.acquire(kOne, kX);
  EXPECT_GE(time_[1], 5'000u);
}

TEST_F(HappensBeforeTest, ReleaseAndAcquireOnBothSidesAreNeeded) {
  struct Case {
    MemoryOrder store, load;
    bool ordered;
  };
  uint32_t object = 10;
  for (const Case& c : {Case{kRelease, kAcquire, true}, Case{kSeqCst, kSeqCst, true},
                        Case{kRelease, kConsume, true}, Case{kRelease, kRelaxed, false},
                        Case{kRelaxed, kAcquire, false}, Case{kRelaxed, kRelaxed, false}}) {
    const Epoch wrote = hb_.now(kOne);
    hb_.atomic_store(kOne, ObjectId(object), c.store);
    hb_.atomic_load(kTwo, ObjectId(object), c.load);
    EXPECT_EQ(ordered(wrote, kTwo), c.ordered)
        << static_cast<int>(c.store) << static_cast<int>(c.load);
    // The next case needs an epoch that is not ordered yet.
    hb_.release_assign(kOne, ObjectId(object + 1));
    object += 2;
  }
}

TEST_F(HappensBeforeTest, AnAtomicIsAtTheEpochBeforeItsRelease) {
  const Epoch before = hb_.now(kOne);
  EXPECT_EQ(hb_.atomic_store(kOne, kX, kRelease), before);
  EXPECT_FALSE(hb_.now(kOne) == before);
  const Epoch relaxed = hb_.now(kOne);
  EXPECT_EQ(hb_.atomic_store(kOne, kX, kRelaxed), relaxed);
  EXPECT_EQ(hb_.now(kOne), relaxed) << "nothing was published";
  EXPECT_EQ(hb_.atomic_update(kOne, kX, kAcqRel), relaxed);
  EXPECT_EQ(hb_.atomic_load(kOne, kX, kSeqCst), hb_.now(kOne));
}

TEST_F(HappensBeforeTest, UpdatesContinueAReleaseSequence) {
  const Epoch one = hb_.now(kOne), two = hb_.now(kTwo);
  hb_.atomic_store(kOne, kX, kRelease);
  hb_.atomic_update(kTwo, kX, kRelaxed);
  hb_.atomic_load(kThree, kX, kAcquire);
  EXPECT_TRUE(ordered(one, kThree));
  EXPECT_FALSE(ordered(two, kThree)) << "the relaxed update itself releases nothing";
  EXPECT_FALSE(ordered(one, kTwo)) << "nor does it acquire";
}

TEST_F(HappensBeforeTest, AReleasingUpdateJoinsTheSequence) {
  const Epoch one = hb_.now(kOne), two = hb_.now(kTwo);
  hb_.atomic_store(kOne, kX, kRelease);
  hb_.atomic_update(kTwo, kX, kRelease);
  EXPECT_FALSE(ordered(one, kTwo));
  hb_.atomic_load(kThree, kX, kAcquire);
  EXPECT_TRUE(ordered(one, kThree));
  EXPECT_TRUE(ordered(two, kThree));
}

TEST_F(HappensBeforeTest, ARelaxedStoreEndsTheSequenceEvenByTheSameTask) {
  const Epoch one = hb_.now(kOne);
  hb_.atomic_store(kOne, kX, kRelease);
  hb_.atomic_store(kOne, kX, kRelaxed);
  hb_.atomic_load(kTwo, kX, kAcquire);
  EXPECT_FALSE(ordered(one, kTwo));
}

TEST_F(HappensBeforeTest, AReleaseStoreReplacesWhatOthersReleased) {
  const Epoch one = hb_.now(kOne);
  hb_.atomic_store(kOne, kX, kRelease);
  hb_.atomic_store(kTwo, kX, kRelease);
  hb_.atomic_load(kThree, kX, kAcquire);
  EXPECT_FALSE(ordered(one, kThree));
}

TEST_F(HappensBeforeTest, AReleaseFenceMakesLaterRelaxedStoresPublish) {
  const Epoch before = hb_.now(kOne);
  hb_.fence(kOne, kRelease);
  const Epoch after = hb_.now(kOne);
  hb_.atomic_store(kOne, kX, kRelaxed);
  hb_.atomic_load(kTwo, kX, kAcquire);
  EXPECT_TRUE(ordered(before, kTwo));
  EXPECT_FALSE(ordered(after, kTwo)) << "between fence and store";
}

TEST_F(HappensBeforeTest, AReleaseFenceAlsoWorksThroughARelaxedUpdate) {
  const Epoch one = hb_.now(kOne), two = hb_.now(kTwo);
  hb_.fence(kOne, kRelease);
  hb_.atomic_store(kTwo, kX, kRelease);
  hb_.atomic_update(kOne, kX, kRelaxed);
  hb_.atomic_load(kThree, kX, kAcquire);
  EXPECT_TRUE(ordered(one, kThree));
  EXPECT_TRUE(ordered(two, kThree));
}

TEST_F(HappensBeforeTest, AReleaseFenceAfterTheStoreIsTooLate) {
  const Epoch before = hb_.now(kOne);
  hb_.atomic_store(kOne, kX, kRelaxed);
  hb_.fence(kOne, kRelease);
  hb_.atomic_load(kTwo, kX, kAcquire);
  EXPECT_FALSE(ordered(before, kTwo));
}

TEST_F(HappensBeforeTest, AnAcquireFenceTakesWhatRelaxedLoadsSaw) {
  const Epoch one = hb_.now(kOne);
  hb_.atomic_store(kOne, kX, kRelease);
  hb_.fence(kTwo, kAcquire);
  hb_.atomic_load(kTwo, kX, kRelaxed);
  EXPECT_FALSE(ordered(one, kTwo)) << "the fence came before the load";
  hb_.fence(kTwo, kRelease);
  EXPECT_FALSE(ordered(one, kTwo)) << "a release fence does not acquire";
  hb_.fence(kTwo, kAcquire);
  EXPECT_TRUE(ordered(one, kTwo));
  EXPECT_FALSE(ordered(one, kThree));
}

TEST_F(HappensBeforeTest, FencesOnBothSidesOrderThroughRelaxedAtomics) {
  const Epoch one = hb_.now(kOne);
  hb_.fence(kOne, kSeqCst);
  hb_.atomic_store(kOne, kX, kRelaxed);
  hb_.atomic_load(kTwo, kX, kRelaxed);
  hb_.fence(kTwo, kAcqRel);
  EXPECT_TRUE(ordered(one, kTwo));
}

TEST_F(HappensBeforeTest, TimeFlowsAlongEveryDependenceEvenWithoutOrder) {
  time_[1] = 100;
  hb_.atomic_store(kOne, kX, kRelaxed);
  hb_.atomic_load(kTwo, kX, kRelaxed);
  EXPECT_EQ(time_[2], 100u);
  time_[2] = 500;
  hb_.atomic_load(kTwo, kX, kRelaxed);
  hb_.atomic_load(kThree, kX, kRelaxed);
  EXPECT_EQ(time_[3], 100u) << "two reads do not depend on each other";
  hb_.atomic_update(kThree, kX, kRelaxed);
  EXPECT_EQ(time_[3], 500u) << "a change is not earlier than a read that did not see it";
}

TEST_F(HappensBeforeTest, TimeFlowsThroughLocksCreationAndJoin) {
  time_[1] = 70;
  hb_.release_assign(kOne, kX);
  hb_.acquire(kTwo, kX);
  EXPECT_EQ(time_[2], 70u);
  time_[2] = 90;
  hb_.task_created(kTwo, TaskId(4), time_[4]);
  EXPECT_EQ(time_[4], 90u);
  hb_.joined(kBody, kTwo);
  EXPECT_EQ(time_[0], 90u);
  hb_.release_assign(kThree, kY);
  hb_.observe(kBody, kY);
  EXPECT_EQ(time_[0], 90u) << "time never goes back";
  EXPECT_EQ(time_[3], 0u);
}

TEST_F(HappensBeforeTest, ANewExecutionKnowsNothing) {
  hb_.release_assign(kOne, kX);
  hb_.begin_execution(time_[0]);
  time_[1] = 0;
  hb_.task_created(kBody, kOne, time_[1]);
  hb_.acquire(kOne, kX);
  EXPECT_EQ(hb_.tasks(), 2u);
  EXPECT_EQ(hb_.now(kOne), Epoch(kOne, 1));
  EXPECT_EQ(hb_.clock(kOne).get(kBody), 1u);
  EXPECT_EQ(hb_.clock(kOne).size(), 4u);  // two, in fours
}

TEST_F(HappensBeforeTest, MemoryDoesNotGrowWithExecutions) {
  size_t used = 0;
  for (int execution = 0; execution < 100; ++execution) {
    hb_.begin_execution(time_[0]);
    for (uint32_t i = 1; i < 4; ++i) {
      hb_.task_created(kBody, TaskId(i), time_[i]);
      hb_.release_assign(TaskId(i), ObjectId(i * 100));
    }
    if (execution == 0) used = (*arena_).used();
    ASSERT_EQ((*arena_).used(), used);
  }
}

}  // namespace
}  // namespace heddle
