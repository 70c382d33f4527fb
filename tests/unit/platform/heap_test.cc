#include "platform/heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "base/rng.h"
#include "unit/mapped_arena.h"

namespace heddle {
namespace {

using Release = ProgramHeap::Release;

// Where programs have it too: elsewhere, its 64 TiB could meet a randomised executable.
constexpr uintptr_t kTestRegion = kProgramHeapRegion;
constexpr size_t kMebibyte = size_t{1} << 20;

// A heap in a region of its own; one at a time.
class HeapTest : public testing::Test {
 protected:
  ~HeapTest() override { heap_.unmap(); }

  char* take(uint32_t slot, size_t size, size_t alignment = 16) {
    return static_cast<char*>(heap_.allocate(slot, size, alignment, Site{0x1000}).start);
  }
  Release give(uint32_t slot, void* pointer) { return heap_.release(slot, pointer, Site{0x2000}); }

  MappedArena arena_;
  ProgramHeap heap_{*arena_, kTestRegion};
};

// What one slot does, as a function of a seed: the addresses it gets.
std::vector<uintptr_t> history(ProgramHeap& heap, uint32_t slot, uint64_t seed) {
  Rng rng = Rng::for_execution(seed, 0);
  std::vector<uintptr_t> addresses;
  std::vector<void*> live;
  for (int i = 0; i < 2'000; ++i) {
    if (live.size() > 20 && rng.below(2) == 0) {
      const size_t victim = rng.below(static_cast<uint32_t>(live.size()));
      EXPECT_EQ(heap.release(slot, live[victim], Site{1}), Release::freed);
      live.erase(live.begin() + static_cast<ptrdiff_t>(victim));
      continue;
    }
    const size_t size = rng.below(8) == 0 ? rng.below(100'000) : rng.below(200);
    const size_t alignment = rng.below(10) == 0 ? size_t{16} << rng.below(7) : 16;
    void* const block = heap.allocate(slot, size, alignment, Site{1}).start;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
    memset(block, 0x5a, size);
    live.push_back(block);
    addresses.push_back(reinterpret_cast<uintptr_t>(block));
  }
  return addresses;
}

TEST_F(HeapTest, BytesInUseAreThoseOfLiveBlocksAndComeBackWithTheSnapshot) {
  EXPECT_EQ(heap_.live_bytes(), 0u);
  char* const first = take(0, 100);
  take(1, kMebibyte);
  EXPECT_EQ(heap_.live_bytes(), kMebibyte + 100);
  ASSERT_TRUE(heap_.snapshot());
  EXPECT_EQ(give(1, first), Release::freed);
  EXPECT_EQ(give(1, first), Release::double_free);
  EXPECT_EQ(heap_.live_bytes(), kMebibyte);
  heap_.restore();
  EXPECT_EQ(heap_.live_bytes(), kMebibyte + 100);
  EXPECT_FALSE(heap_.reallocate(0, first, 101, Site{1}).moved) << "the same size class";
  EXPECT_EQ(heap_.live_bytes(), kMebibyte + 101);
  EXPECT_TRUE(heap_.reallocate(0, first, 1000, Site{1}).moved);
  EXPECT_EQ(heap_.live_bytes(), kMebibyte + 1000);
}

TEST_F(HeapTest, WithoutQuarantineTheOldestFreedBlockComesBackAtOnce) {
  EXPECT_FALSE(heap_.has_freed(2, 40));
  char* const first = take(2, 40);
  char* const second = take(2, 40);
  give(2, first);
  give(2, second);
  EXPECT_TRUE(heap_.has_freed(2, 40));
  EXPECT_FALSE(heap_.has_freed(2, 4000)) << "of that size";
  EXPECT_FALSE(heap_.has_freed(1, 40)) << "by that slot";
  const ProgramHeap::Allocation late = heap_.allocate(2, 40, 16, Site{1});
  EXPECT_FALSE(late.reused);
  const ProgramHeap::Allocation soon = heap_.allocate(2, 40, 16, Site{1}, 0);
  EXPECT_TRUE(soon.reused);
  EXPECT_EQ(soon.start, first);
  EXPECT_EQ(heap_.allocate(2, 40, 16, Site{1}, 0).start, second);
  EXPECT_FALSE(heap_.has_freed(2, 40));
}

TEST_F(HeapTest, AddressesAreAFunctionOfTheSlotsOwnHistory) {
  const std::vector<uintptr_t> alone = history(heap_, 7, 1);
  heap_.restore();
  history(heap_, 3, 2);  // others at work, before and between
  for (int i = 0; i < 100; ++i) take(8, 64);
  EXPECT_EQ(history(heap_, 7, 1), alone);
  heap_.restore();
  EXPECT_NE(history(heap_, 7, 3), alone);
}

TEST_F(HeapTest, LiveBlocksNeverOverlap) {
  Rng rng = Rng::for_execution(11, 0);
  std::vector<std::pair<char*, size_t>> live;
  for (int i = 0; i < 20'000; ++i) {
    const uint32_t slot = rng.below(3);
    if (live.size() > 200) {
      const size_t victim = rng.below(200);
      auto [start, size] = live[victim];
      for (size_t k = 0; k < size; ++k) ASSERT_EQ(start[k], static_cast<char>(size));
      ASSERT_EQ(give(slot, start), Release::freed);
      live[victim] = live.back();
      live.pop_back();
    }
    const size_t size = rng.below(300);
    char* const start = take(slot, size, size_t{16} << rng.below(3));
    memset(start, static_cast<int>(size), size);
    live.push_back({start, size});
  }
}

TEST_F(HeapTest, AFreedBlockIsReusedInOrderAfterSixteenFurtherFrees) {
  std::vector<char*> blocks;
  for (int i = 0; i < 20; ++i) blocks.push_back(take(1, 40));
  for (int i = 0; i < 16; ++i) give(1, blocks[static_cast<size_t>(i)]);
  char* const fresh = take(1, 40);
  EXPECT_EQ(std::count(blocks.begin(), blocks.end(), fresh), 0);
  give(1, blocks[16]);
  const ProgramHeap::Allocation again = heap_.allocate(1, 33, 16, Site{1});
  EXPECT_EQ(again.start, blocks[0]);
  EXPECT_TRUE(again.reused);
  EXPECT_FALSE(heap_.allocate(1, 40, 16, Site{1}).reused);
}

TEST_F(HeapTest, AFreedBlockBelongsToTheSlotThatFreedIt) {
  std::vector<char*> blocks;
  for (int i = 0; i < 17; ++i) blocks.push_back(take(1, 40));
  for (char* block : blocks) give(2, block);
  EXPECT_NE(take(1, 40), blocks[0]);
  EXPECT_EQ(take(2, 40), blocks[0]);
}

TEST_F(HeapTest, FreshMemoryReadsAsZeroInAWarmExecutionToo) {
  for (size_t size : {size_t{16}, size_t{1000}, size_t{70'000}, 3 * kMebibyte, 40 * kMebibyte}) {
    memset(take(4, size), 0xee, size);
  }
  heap_.restore();
  for (size_t size : {size_t{100}, size_t{50'000}, 2 * kMebibyte, 48 * kMebibyte}) {
    const char* const block = take(4, size);
    EXPECT_EQ(std::count(block, block + size, 0), static_cast<ptrdiff_t>(size)) << size;
  }
}

TEST_F(HeapTest, ZeroedBlocksAreZeroWhenReused) {
  std::vector<char*> blocks;
  for (int i = 0; i < 18; ++i) blocks.push_back(take(1, 100));
  for (char* block : blocks) memset(block, 0xff, 100), give(1, block);
  const ProgramHeap::Allocation zeroed = heap_.allocate_zeroed(1, 99, Site{1});
  ASSERT_TRUE(zeroed.reused);
  const char* const bytes = static_cast<char*>(zeroed.start);
  EXPECT_EQ(std::count(bytes, bytes + 99, 0), 99);
  const char* const plain = take(1, 100);
  EXPECT_EQ(std::count(plain, plain + 100, '\xff'), 100) << "others keep their old bytes";
}

TEST_F(HeapTest, MisuseIsAResult) {
  char* const block = take(1, 100);
  int on_the_stack = 0;
  EXPECT_EQ(give(1, block + 16), Release::not_a_block);
  EXPECT_EQ(give(1, block + 1), Release::not_a_block);
  EXPECT_EQ(give(1, &on_the_stack), Release::not_a_block);
  EXPECT_EQ(give(1, reinterpret_cast<void*>(kTestRegion)), Release::not_a_block);
  EXPECT_EQ(give(1, reinterpret_cast<void*>(kTestRegion + 5 * kProgramHeapStride + 4096)),
            Release::not_a_block);
  EXPECT_EQ(give(1, nullptr), Release::freed);
  EXPECT_EQ(give(2, block), Release::freed);
  EXPECT_EQ(give(1, block), Release::double_free);
  EXPECT_EQ(heap_.reallocate(1, block, 5, Site{1}).old_block, Release::double_free);
  EXPECT_EQ(heap_.size_of(block), 0u);
  heap_.restore();
  EXPECT_EQ(give(1, block), Release::not_a_block);
}

TEST_F(HeapTest, AHeaderCopiedElsewhereIsNoBlock) {
  char* const block = take(1, 200);
  char* const forged = take(1, 200);
  memcpy(forged, block - 48, 48);
  EXPECT_EQ(give(1, forged + 48), Release::not_a_block);
}

TEST_F(HeapTest, DescribesLiveAndFreedBlocksFromInside) {
  take(9, 70'000);
  const ProgramHeap::Allocation second = heap_.allocate(9, 100, 16, Site{0x77});
  char* const start = static_cast<char*>(second.start);
  take(9, 100);
  HeapBlock block;
  ASSERT_TRUE(heap_.describe(reinterpret_cast<uintptr_t>(start) + 99, block));
  EXPECT_EQ(block.start, reinterpret_cast<uintptr_t>(start));
  EXPECT_EQ(block.size, 100u);
  EXPECT_EQ(block.slot, 9u);
  EXPECT_EQ(block.serial, 2u);
  EXPECT_EQ(block.serial, second.serial);
  EXPECT_TRUE(block.live);
  EXPECT_EQ(block.allocated_at.pc, 0x77u);
  EXPECT_EQ(heap_.release(3, start, Site{0x88}), Release::freed);
  ASSERT_TRUE(heap_.describe(reinterpret_cast<uintptr_t>(start), block));
  EXPECT_FALSE(block.live);
  EXPECT_EQ(block.freed_by, 3u);
  EXPECT_EQ(block.freed_at.pc, 0x88u);
  EXPECT_FALSE(heap_.describe(reinterpret_cast<uintptr_t>(start) - 8, block));  // a header
  EXPECT_FALSE(heap_.describe(kTestRegion + 9 * kProgramHeapStride, block));    // the index
}

TEST_F(HeapTest, DescribesEveryBlockOfARandomHistory) {
  Rng rng = Rng::for_execution(3, 0);
  std::vector<std::pair<uintptr_t, size_t>> blocks;
  for (int i = 0; i < 3'000; ++i) {
    const size_t size = rng.below(50) == 0 ? rng.below(300'000) : 1 + rng.below(500);
    const size_t alignment = rng.below(20) == 0 ? size_t{16} << rng.below(14) : 16;
    blocks.push_back({reinterpret_cast<uintptr_t>(take(2, size, alignment)), size});
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto [start, size] = blocks[i];
    HeapBlock block;
    ASSERT_TRUE(heap_.describe(start + rng.below(static_cast<uint32_t>(size ? size : 1)), block));
    ASSERT_EQ(block.start, start);
    ASSERT_EQ(block.size, size);
    ASSERT_EQ(block.serial, i + 1);
  }
}

TEST_F(HeapTest, ABlockIsFoundBehindAnOverwrittenHeader) {
  char* const first = take(2, 16);
  char* const second = take(2, 16);
  char* const third = take(2, 16);
  memset(first + 16, 0x41, 32);  // the program writes beyond its block
  HeapBlock block;
  EXPECT_TRUE(heap_.describe(reinterpret_cast<uintptr_t>(third), block));
  EXPECT_EQ(block.serial, 3u);
  EXPECT_EQ(give(2, second), Release::not_a_block);
}

TEST_F(HeapTest, RestoreBringsBackBytesAddressesAndSerials) {
  char* const old = take(0, 1'000);
  char* const freed = take(0, 24);
  memset(old, 1, 1'000);
  give(0, freed);
  take(5, 64)[0] = 'x';
  ASSERT_TRUE(heap_.snapshot());

  std::vector<uintptr_t> first_run;
  for (int execution = 0; execution < 3; ++execution) {
    SCOPED_TRACE(execution);
    EXPECT_EQ(std::count(old, old + 1'000, 1), 1'000);
    EXPECT_EQ(heap_.size_of(old), 1'000u);
    EXPECT_EQ(give(1, freed), Release::double_free);
    std::vector<uintptr_t> run = history(heap_, 0, 5);
    const std::vector<uintptr_t> other = history(heap_, 5, 6);
    run.insert(run.end(), other.begin(), other.end());
    const ProgramHeap::Allocation last = heap_.allocate(0, 8, 16, Site{1});
    run.push_back(last.serial);
    if (execution == 0) first_run = run;
    EXPECT_EQ(run, first_run);
    memset(old, 2 + execution, 1'000);
    EXPECT_EQ(give(2, old), Release::freed);
    heap_.restore();
  }
}

TEST_F(HeapTest, SnapshotMayBeRepeated) {
  char* const first = take(0, 100);
  first[0] = 'a';
  ASSERT_TRUE(heap_.snapshot());
  char* const second = take(0, 100);
  first[0] = 'b';
  second[0] = 'c';
  ASSERT_TRUE(heap_.snapshot());
  first[0] = second[0] = 'z';
  heap_.restore();
  EXPECT_EQ(first[0], 'b');
  EXPECT_EQ(second[0], 'c');
  EXPECT_EQ(heap_.size_of(second), 100u);
}

TEST_F(HeapTest, ReallocateGrowsInPlaceWithinTheClassAndMovesBeyondIt) {
  char* const block = take(1, 257);
  memset(block, 7, 257);
  const ProgramHeap::Reallocation grown = heap_.reallocate(1, block, 320, Site{1});
  EXPECT_FALSE(grown.moved);
  EXPECT_EQ(grown.block.start, block);
  EXPECT_EQ(heap_.size_of(block), 320u);
  const ProgramHeap::Reallocation moved = heap_.reallocate(1, block, 5'000, Site{1});
  ASSERT_TRUE(moved.moved);
  const char* const fresh = static_cast<char*>(moved.block.start);
  EXPECT_EQ(std::count(fresh, fresh + 257, 7), 257);
  EXPECT_EQ(moved.block.serial, 2u);
  EXPECT_EQ(give(1, block), Release::double_free);
}

TEST_F(HeapTest, BigBlocksWorkUpToTheSlotAndNotBeyond) {
  char* const big = take(1, 5'000 * kMebibyte);
  ASSERT_NE(big, nullptr);
  big[0] = big[5'000 * kMebibyte - 1] = 1;
  EXPECT_EQ(take(1, 5'000 * kMebibyte), nullptr);
  EXPECT_EQ(take(1, size_t{9} << 30), nullptr);
  EXPECT_EQ(take(1, ~size_t{0}), nullptr);
  HeapBlock block;
  ASSERT_TRUE(heap_.describe(reinterpret_cast<uintptr_t>(big) + 4'000 * kMebibyte, block));
  EXPECT_EQ(block.size, 5'000 * kMebibyte);
  char* const behind = take(1, 10);
  ASSERT_TRUE(heap_.describe(reinterpret_cast<uintptr_t>(behind), block));
  EXPECT_EQ(block.serial, 2u);
  give(1, big);
  EXPECT_EQ(take(1, 5'000 * kMebibyte), big) << "a full slot reuses before the quarantine is over";
}

TEST_F(HeapTest, AllSlotsHaveRoom) {
  std::set<char*> blocks;
  for (uint32_t slot = 0; slot < 1'000; ++slot) blocks.insert(take(slot * 8, 32));
  EXPECT_EQ(blocks.size(), 1'000u);
  EXPECT_EQ(blocks.count(nullptr), 0u);
}

}  // namespace
}  // namespace heddle
