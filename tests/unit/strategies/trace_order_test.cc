#include "strategies/trace_order.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace heddle {
namespace {

constexpr uintptr_t kX = 0x1000;
constexpr uintptr_t kY = 0x2000;
constexpr uintptr_t kMutex = 0x3000;
constexpr uintptr_t kSemaphore = 0x4000;

// Steps of three tasks that the body has created.
struct Trace {
  Trace() {
    order_->begin_execution();
    order_->task_created(TaskId(0), TaskId::none(), 0);
    order_->open(TaskId(0), TraceOrder::kNone);
    for (uint32_t i = 1; i <= 3; ++i) order_->task_created(TaskId(i), TaskId(0), i);
    order_->close(false);
  }

  // The number of the step.
  uint32_t access(uint32_t task, uintptr_t address, Use use, size_t size = 4) {
    order_->open(TaskId(task), order_->size());
    add_memory(address, size, use, *order_);
    order_->close(true);
    return order_->size() - 1;
  }
  uint32_t event(uint32_t task, Op op, uintptr_t address, uint64_t value, bool gives_up = false) {
    Event event;
    event.op = op;
    event.task = TaskId(task);
    event.address = address;
    event.value = value;
    Operation begun;
    begun.gives_up = gives_up;
    order_->open(TaskId(task), order_->size());
    add_event(event, begun, false, *order_);
    order_->close(true);
    return order_->size() - 1;
  }
  uint32_t lock(uint32_t task) { return event(task, Op::mutex_lock, kMutex, 1); }
  uint32_t unlock(uint32_t task) { return event(task, Op::mutex_unlock, kMutex, 0); }
  std::vector<uint32_t> races() const { return {order_->races().begin(), order_->races().end()}; }
  // Of the last step, put before `earlier`.
  std::vector<uint32_t> initials(uint32_t earlier) {
    SearchedTasks found;
    EXPECT_FALSE(order_->initials(earlier, SearchedTasks(), found));
    std::vector<uint32_t> tasks;
    for (uint32_t i = found.next(0); i < kMaxSearched; i = found.next(i + 1)) tasks.push_back(i);
    return tasks;
  }

  std::unique_ptr<TraceOrder> order_ = std::make_unique<TraceOrder>();
};

class TraceOrderTest : public ::testing::Test, protected Trace {};

using Steps = std::vector<uint32_t>;

TEST_F(TraceOrderTest, AWriteRacesWithTheReadsSinceTheLastWrite) {
  const uint32_t first = access(1, kX, Use::write);
  const uint32_t read = access(2, kX, Use::read);
  EXPECT_EQ(races(), Steps{first});
  access(3, kX, Use::write);
  EXPECT_EQ(races(), Steps{read});  // the first write is before the read
}

TEST_F(TraceOrderTest, WhatFollowsAMarkIsForgotten) {
  access(1, kX, Use::write);
  lock(2);
  const TraceOrder::Mark mark = order_->mark();
  const uint64_t before = order_->fingerprint();
  const auto go_on = [this] {
    unlock(2);
    access(2, kX, Use::read);
    lock(3);
    access(3, kX, Use::write);
  };
  go_on();
  const Steps raced = races();
  const uint64_t after = order_->fingerprint();
  EXPECT_NE(before, after);
  order_->rewind(mark);
  EXPECT_EQ(order_->size(), mark.steps);
  EXPECT_EQ(order_->fingerprint(), before);
  const uint32_t write = access(3, kX, Use::write);  // other than the first time
  EXPECT_EQ(races(), Steps{1});
  order_->rewind(mark);
  EXPECT_EQ(write, mark.steps);
  go_on();
  EXPECT_EQ(races(), raced);
  EXPECT_EQ(order_->fingerprint(), after);
}

TEST_F(TraceOrderTest, ReadsAndOtherBytesDoNotRace) {
  access(1, kX, Use::read);
  access(2, kX, Use::read);
  EXPECT_TRUE(races().empty());
  access(1, kY, Use::write, 1);
  access(2, kY + 1, Use::write, 1);
  EXPECT_TRUE(races().empty());
  access(3, kY - 1, Use::write, 2);
  EXPECT_EQ(races().size(), 1u);
}

TEST_F(TraceOrderTest, WhatIsOrderedOtherwiseDoesNotRace) {
  access(1, kX, Use::write);
  access(1, kY, Use::write);
  access(2, kY, Use::read);
  access(2, kX, Use::read);
  EXPECT_TRUE(races().empty());
}

TEST_F(TraceOrderTest, ALockRacesWithTheLockBeforeNotWithTheUnlock) {
  const uint32_t first = lock(1);
  access(1, kX, Use::write);
  unlock(1);
  EXPECT_TRUE(races().empty());
  lock(2);
  EXPECT_EQ(races(), Steps{first});
  access(2, kX, Use::write);
  EXPECT_TRUE(races().empty());  // the lock orders them
}

TEST_F(TraceOrderTest, ATryRacesWithTheUnlock) {
  lock(1);
  const uint32_t freed = unlock(1);
  event(2, Op::mutex_try_lock, kMutex, 1, true);
  EXPECT_EQ(races(), Steps{freed});
}

TEST_F(TraceOrderTest, AWaitCouldComeBeforeAPostOnlyWhileSomethingWasThere) {
  event(1, Op::semaphore_post, kSemaphore, 1);
  const uint32_t taken = event(1, Op::semaphore_wait, kSemaphore, 0);
  event(2, Op::semaphore_post, kSemaphore, 1);
  event(3, Op::semaphore_wait, kSemaphore, 0);
  EXPECT_EQ(races(), Steps{taken});
}

TEST_F(TraceOrderTest, WhoWaitsForEverRacesToo) {
  const uint32_t held = lock(1);
  Operation operation;
  operation.op = Op::mutex_lock;
  operation.address = kMutex;
  Item item;
  ASSERT_TRUE(waiting_item(operation, item));
  order_->race_pending(TaskId(2), item);
  EXPECT_EQ(races(), Steps{held});
  EXPECT_EQ(initials(held), Steps{2});
}

TEST_F(TraceOrderTest, InitialsAreThoseThatNeedNobodyBefore) {
  const uint32_t first = access(1, kX, Use::write);
  access(3, kY, Use::write);
  access(2, kY, Use::read);  // after task 3
  access(2, kX, Use::read);
  ASSERT_EQ(races(), Steps{first});
  EXPECT_EQ(initials(first), Steps{3});
}

TEST_F(TraceOrderTest, EnoughIsEnough) {
  const uint32_t first = access(1, kX, Use::write);
  access(2, kX, Use::read);
  SearchedTasks enough;
  enough.add(TaskId(2));
  SearchedTasks found;
  EXPECT_TRUE(order_->initials(first, enough, found));
}

TEST_F(TraceOrderTest, FingerprintsForgetTheOrderOfIndependentSteps) {
  access(1, kX, Use::write);
  access(2, kY, Use::write);
  const uint64_t one = order_->fingerprint();
  Trace other;
  other.access(2, kY, Use::write);
  other.access(1, kX, Use::write);
  EXPECT_EQ(other.order_->fingerprint(), one);
}

TEST_F(TraceOrderTest, FingerprintsTellOrdersApart) {
  access(1, kX, Use::write);
  access(2, kX, Use::write);
  Trace other;
  other.access(2, kX, Use::write);
  other.access(1, kX, Use::write);
  EXPECT_NE(other.order_->fingerprint(), order_->fingerprint());
}

}  // namespace
}  // namespace heddle
