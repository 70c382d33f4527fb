#include "platform/host_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "platform/raw_memory.h"

namespace heddle {
namespace {

constexpr uintptr_t kHostRegion = 0x300000000000;
constexpr size_t kTestSize = size_t{1} << 32;
constexpr size_t kMiB = size_t{1} << 20;

class HostHeapTest : public testing::Test {
 protected:
  ~HostHeapTest() override { unmap_memory(reinterpret_cast<void*>(kHostRegion), kTestSize); }
  HostHeap heap_{kHostRegion, kTestSize};
};

TEST(HostHeapStart, IsUsableBeforeAnyConstructor) {
  static constinit HostHeap heap(kHostRegion + 2 * kTestSize, kTestSize);
  EXPECT_NE(heap.allocate(10), nullptr);
}

// Blocks are filled with their index; what is read back must be it.
void exercise(HostHeap& heap, uint64_t seed, int rounds) {
  struct Block {
    unsigned char* start;
    size_t size;
    unsigned char fill;
  };
  Rng rng = Rng::for_execution(seed, 0);
  std::vector<Block> live;
  for (int i = 0; i < rounds; ++i) {
    if (live.size() > 100) {
      const size_t victim = rng.below(100);
      Block& block = live[victim];
      ASSERT_EQ(std::count(block.start, block.start + block.size, block.fill),
                static_cast<ptrdiff_t>(block.size));
      if (rng.below(3) == 0) {
        const size_t size = 1 + rng.below(3'000);
        auto* const moved = static_cast<unsigned char*>(heap.reallocate(block.start, size));
        const size_t common = std::min(size, block.size);
        ASSERT_EQ(std::count(moved, moved + common, block.fill), static_cast<ptrdiff_t>(common));
        memset(moved, block.fill, size);
        block = {moved, size, block.fill};
        continue;
      }
      heap.release(block.start);
      block = live.back();
      live.pop_back();
    }
    const size_t alignment = size_t{16} << (rng.below(4) == 0 ? rng.below(9) : 0);
    const size_t size = rng.below(100) == 0 ? rng.below(3'000'000) : rng.below(600);
    auto* const start = static_cast<unsigned char*>(heap.allocate(size, alignment));
    ASSERT_EQ(reinterpret_cast<uintptr_t>(start) % alignment, 0u);
    ASSERT_GE(heap.usable_size(start), size);
    ASSERT_TRUE(heap.owns(start));
    memset(start, i & 0xff, heap.usable_size(start));
    live.push_back({start, size, static_cast<unsigned char>(i & 0xff)});
  }
  for (const Block& block : live) heap.release(block.start);
}

TEST_F(HostHeapTest, BlocksKeepTheirBytes) {
  exercise(heap_, 1, 30'000);
}

TEST_F(HostHeapTest, RealThreadsMayUseIt) {
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 4; ++i) threads.emplace_back([&, i] { exercise(heap_, i, 5'000); });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(HostHeapTest, ZeroedBlocksAreZero) {
  for (size_t size : {size_t{1}, size_t{40}, size_t{5'000}, 2 * kMiB}) {
    char* const block = static_cast<char*>(heap_.allocate(size));
    memset(block, 0xff, size);
    heap_.release(block);
    char* const zeroed = static_cast<char*>(heap_.allocate_zeroed(size));
    EXPECT_EQ(zeroed, block) << "the case in question: memory that was used before";
    EXPECT_EQ(std::count(zeroed, zeroed + size, 0), static_cast<ptrdiff_t>(size));
  }
}

TEST_F(HostHeapTest, MemoryIsReusedForEver) {
  for (int i = 0; i < 20'000; ++i) heap_.release(heap_.allocate(kMiB + 1));
  for (int i = 0; i < 20'000; ++i) heap_.release(heap_.allocate(500, 4096));
  char* const block = static_cast<char*>(heap_.allocate(500, 4096));
  EXPECT_LT(reinterpret_cast<uintptr_t>(block) - kHostRegion, 16 * kMiB);
}

TEST_F(HostHeapTest, WhatCannotBeHadIsNull) {
  EXPECT_EQ(heap_.allocate(kTestSize), nullptr);
  EXPECT_EQ(heap_.allocate(~size_t{0}), nullptr);
  char* const block = static_cast<char*>(heap_.allocate(10));
  block[0] = 'x';
  EXPECT_EQ(heap_.reallocate(block, kTestSize), nullptr);
  EXPECT_EQ(block[0], 'x');
  std::vector<void*> blocks;
  while (void* big = heap_.allocate(512 * kMiB)) blocks.push_back(big);
  EXPECT_GE(blocks.size(), 6u);
  EXPECT_NE(heap_.allocate(100), nullptr) << "small blocks still fit";
}

TEST_F(HostHeapTest, ReleasingTwiceIsADefectOfTheHost) {
  void* const block = heap_.allocate(10);
  heap_.release(block);
  EXPECT_EXIT(heap_.release(block), testing::ExitedWithCode(3), "does not hold");
}

}  // namespace
}  // namespace heddle
