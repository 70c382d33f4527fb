#include "detectors/heap_use.h"

#include <gtest/gtest.h>

#include "unit/mapped_arena.h"

namespace heddle {
namespace {

class HeapUseTest : public testing::Test {
 protected:
  ~HeapUseTest() override { heap_.unmap(), shadow_.unmap(); }

  uintptr_t take(size_t size) {
    return reinterpret_cast<uintptr_t>(heap_.allocate(3, size, 16, Site{0x100}).start);
  }
  void give(uintptr_t start) {
    const size_t size = heap_.size_of(reinterpret_cast<void*>(start));
    heap_.release(5, reinterpret_cast<void*>(start), Site{0x200});
    uses_.freed(start, size);
  }

  MappedArena arena_;
  ProgramHeap heap_{*arena_};
  Shadow shadow_;
  HeapUseDetector uses_{shadow_, heap_};
  HeapBlock block_;
};

TEST_F(HeapUseTest, EveryByteOfAFreedBlockIsMarkedAndNoOther) {
  const uintptr_t before = take(40);
  const uintptr_t start = take(40);
  const uintptr_t after = take(40);
  EXPECT_FALSE(uses_.marked(start, 40));
  give(start);
  for (uintptr_t at = start; at < start + 40; ++at) EXPECT_TRUE(uses_.marked(at, 1));
  EXPECT_FALSE(uses_.marked(before, 40));
  EXPECT_FALSE(uses_.marked(after, 40));
  EXPECT_TRUE(uses_.marked(start - 16, 17)) << "an access that reaches into it";
}

TEST_F(HeapUseTest, AUseTellsTheBlockOnceInAnExecution) {
  const uintptr_t start = take(40);
  give(start);
  ASSERT_TRUE(uses_.first_use(start + 12, 4, block_));
  EXPECT_EQ(block_.start, start);
  EXPECT_EQ(block_.slot, 3u);
  EXPECT_EQ(block_.freed_by, 5u);
  EXPECT_EQ(block_.allocated_at.pc, 0x100u);
  EXPECT_EQ(block_.freed_at.pc, 0x200u);
  EXPECT_FALSE(uses_.first_use(start, 4, block_));
  EXPECT_TRUE(uses_.first_use_of(TaskId(1)));
  EXPECT_FALSE(uses_.first_use_of(TaskId(1)));
  EXPECT_TRUE(uses_.first_use_of(TaskId(2)));
  uses_.begin_execution();
  EXPECT_TRUE(uses_.first_use(start, 4, block_));
  EXPECT_TRUE(uses_.first_use_of(TaskId(1)));
}

// The cells of the new block are made anew; what lies behind its end may still be marked.
TEST_F(HeapUseTest, ABlockInTheSamePlaceIsNotTheFreedOne) {
  const uintptr_t start = take(48);
  give(start);
  const ProgramHeap::Allocation again = heap_.allocate(5, 40, 16, Site{0x300}, 0);
  ASSERT_EQ(reinterpret_cast<uintptr_t>(again.start), start) << "by the slot that freed it";
  shadow_.clear(start, 40);
  EXPECT_FALSE(uses_.marked(start, 40));
  EXPECT_TRUE(uses_.marked(start + 40, 8));
  EXPECT_FALSE(uses_.first_use(start + 32, 16, block_));
}

TEST_F(HeapUseTest, OfLargeBlocksTheStartAndWhatWasTouched) {
  constexpr size_t kLarge = 4 * HeapUseDetector::kMarked;
  const uintptr_t start = take(kLarge);
  const uintptr_t touched = start + kLarge - 8;
  shadow_.open(touched);
  give(start);
  EXPECT_TRUE(uses_.marked(start + HeapUseDetector::kMarked - 1, 1));
  EXPECT_TRUE(uses_.marked(touched, 1));
  EXPECT_FALSE(uses_.marked(touched - 8, 8));
}

TEST_F(HeapUseTest, MarksGoWithTheExecution) {
  const uintptr_t start = take(40);
  give(start);
  shadow_.reset();
  EXPECT_FALSE(uses_.marked(start, 40));
}

}  // namespace
}  // namespace heddle
