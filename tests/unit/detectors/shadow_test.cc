#include "detectors/shadow.h"

#include <gtest/gtest.h>

#include "detectors/sites.h"

namespace heddle {
namespace {

class ShadowTest : public testing::Test {
 protected:
  ~ShadowTest() override { shadow_.unmap(); }
  Shadow shadow_;
};

TEST_F(ShadowTest, EachGranuleHasItsOwnCell) {
  Cell& cell = shadow_.open(0x100000001000);
  cell.object = 7;
  EXPECT_EQ(shadow_.open(0x100000001007).object, 7u);
  EXPECT_EQ(shadow_.open(0x100000001008).object, 0u);
  EXPECT_EQ(shadow_.open(0x100000000ff8).object, 0u);
  EXPECT_EQ(shadow_.open(0x100000002000).object, 0u);
  EXPECT_EQ(shadow_.open(0x100020001000).object, 0u) << "the same page of another directory";
  EXPECT_EQ(&shadow_.open(0x100000001000), &cell);
}

TEST_F(ShadowTest, EveryAddressHasACell) {
  for (uintptr_t address : {uintptr_t{0}, uintptr_t{0x7fffffffffff}, ~uintptr_t{0},
                            uintptr_t{1} << 63, uintptr_t{0x555555554000}}) {
    shadow_.open(address).object = 3;
    EXPECT_EQ(shadow_.open(address).object, 3u);
  }
}

struct Refused {};

TEST_F(ShadowTest, RefusedMemoryIsFoundAtEveryAccess) {
  shadow_.refuse(0x100000001000, 0x100000003000, [] { throw Refused(); });
  for (int i = 0; i < 2; ++i) {
    EXPECT_THROW(shadow_.open(0x100000001000), Refused);
    EXPECT_THROW(shadow_.cell(0x100000002ff8), Refused);
  }
  EXPECT_NO_THROW(shadow_.open(0x100000000ff8));
  EXPECT_NO_THROW(shadow_.open(0x100000003000));
  EXPECT_THROW(shadow_.open(reinterpret_cast<uintptr_t>(&shadow_.open(0x100000003000))), Refused)
      << "its own";
}

TEST_F(ShadowTest, ResetForgetsEverything) {
  Cell& cell = shadow_.open(0x1000);
  cell.object = 7;
  cell.count = 2;
  shadow_.set_point(0x1000);
  EXPECT_TRUE(shadow_.is_point(0x1004));
  EXPECT_FALSE(shadow_.is_point(0x1008));
  shadow_.reset();
  EXPECT_FALSE(shadow_.current(cell));
  EXPECT_FALSE(shadow_.is_point(0x1000));
  EXPECT_EQ(shadow_.open(0x1000).object, 0u);
  EXPECT_EQ(shadow_.open(0x1000).count, 0u);
}

TEST(ShadowGeneration, WrapAroundForgetsCellsOfLongAgo) {
  Shadow shadow(0xffffffff);
  shadow.reset();  // generation 1 once more
  shadow.open(0x1000).object = 7;
  shadow.unmap();

  Shadow other(1);
  other.open(0x1000).object = 7;
  other.open(0x500000).object = 8;
  EXPECT_EQ(other.open(0x1000).object, 7u);
  other.unmap();

  Shadow wrapping(0xfffffffe);
  wrapping.open(0x1000).generation = 1;  // as a cell of 2^32 executions ago
  wrapping.open(0x2000).generation = 1;
  wrapping.reset();
  wrapping.reset();
  EXPECT_FALSE(wrapping.current(wrapping.cell(0x1000)));
  EXPECT_FALSE(wrapping.current(wrapping.cell(0x2000)));
  EXPECT_TRUE(wrapping.current(wrapping.open(0x2000)));
  wrapping.unmap();
}

TEST_F(ShadowTest, RecordsBeyondTheInlineOnesKeepTheirValues) {
  Cell& cell = shadow_.open(0x1000);
  Cell& other = shadow_.open(0x1008);
  for (uint32_t i = 0; i < 1'000; ++i) {
    for (Cell* each : {&cell, &other}) {
      shadow_.reserve(*each, i + 1);
      const uint64_t value = i + (each == &other ? 5'000 : 0);
      shadow_.record(*each, i) = Record(value, 0, 0, AccessKind::read, 0, 0);
      each->count = i + 1;
    }
  }
  for (uint32_t i = 0; i < 1'000; ++i) {
    ASSERT_EQ(shadow_.record(cell, i).epoch(), i);
    ASSERT_EQ(shadow_.record(other, i).epoch(), i + 5'000);
  }
}

TEST_F(ShadowTest, ClearForgetsARangeAndNoMore) {
  for (uintptr_t address = 0xff0; address < 0x3010; address += 8) shadow_.open(address).object = 1;
  shadow_.clear(0x1000, 0x2000);
  shadow_.clear(0x900000000, 0x1000000);  // never touched: nothing to do
  EXPECT_EQ(shadow_.open(0xff8).object, 1u);
  EXPECT_EQ(shadow_.open(0x3000).object, 1u);
  for (uintptr_t address = 0x1000; address < 0x3000; address += 8) {
    ASSERT_FALSE(shadow_.current(shadow_.cell(address)));
  }
}

TEST(SiteTableTest, DecodesWhatItEncoded) {
  SiteTable sites(0x555555554000);
  for (uintptr_t pc : {uintptr_t{0}, uintptr_t{0x555555554001}, uintptr_t{0x5555d5553fff},
                       uintptr_t{0x555555553fff}, uintptr_t{0x7ffff7a00000}, uintptr_t{1}}) {
    EXPECT_EQ(sites.decode(sites.encode(Site{pc})).pc, pc);
    EXPECT_EQ(sites.encode(Site{pc}), sites.encode(Site{pc}));
  }
  EXPECT_EQ(sites.encode(Site{0x555555554010}), 0x10u);
  for (uintptr_t pc = 0x7ffff0000000; pc < 0x7ffff0000000 + 300'000; ++pc) {
    ASSERT_EQ(sites.decode(sites.encode(Site{pc})).pc, pc);
  }
  sites.unmap();
}

TEST(SiteTableTest, AFullTableSaysUnknown) {
  SiteTable sites(0);
  const uintptr_t first = uintptr_t{1} << 40;
  uintptr_t pc = first;
  while (sites.encode(Site{pc}) != 0) ++pc;
  EXPECT_GT(pc - first, 500'000u);
  EXPECT_EQ(sites.decode(0).pc, 0u);
  EXPECT_EQ(sites.decode(sites.encode(Site{first})).pc, first) << "what is known stays known";
  sites.unmap();
}

}  // namespace
}  // namespace heddle
