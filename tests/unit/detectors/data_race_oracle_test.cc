// Random programs through the clocks and the detector, and through the definition.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/rng.h"
#include "unit/detectors/race_oracle.h"

namespace heddle {
namespace {

constexpr int kPrograms = 20'000;
constexpr uint32_t kMaxRandomTasks = 6;

// Draws one execution of a random program, step by step: any interleaving of what tasks may do.
class RandomExecution {
 public:
  explicit RandomExecution(uint64_t seed) : rng_(Rng::for_execution(seed, 0)) {
    const uint32_t length = 20 + rng_.below(kMaxEvents - 20);
    alive_ = {0};
    while (steps.size() < length) draw();
  }

  std::vector<Step> steps;

 private:
  static constexpr uint32_t kMutexes = 2;

  void draw() {
    Step step;
    step.task = alive_[rng_.below(static_cast<uint32_t>(alive_.size()))];
    const uint32_t dice = rng_.below(100);
    if (dice < 12 || tasks_ == 1) {
      if (tasks_ == kMaxRandomTasks) return;
      step.what = Do::create;
      step.other = tasks_++;
      alive_.push_back(step.other);
    } else if (dice < 16) {
      if (!pick_for_join(step)) return;
    } else if (dice < 30) {
      pick_mutex(step);
    } else if (dice < 36) {
      const MemoryOrder orders[] = {MemoryOrder::acquire, MemoryOrder::release,
                                    MemoryOrder::acq_rel, MemoryOrder::seq_cst};
      step.what = Do::fence;
      step.order = orders[rng_.below(4)];
    } else if (dice < 62) {
      pick_atomic(step);
    } else {
      step.size = 1u << rng_.below(4);
      step.first = rng_.below(kMemory - step.size + 1);
      step.kind = rng_.below(2) == 0 ? AccessKind::read : AccessKind::write;
      if (rng_.below(25) == 0) step.kind = AccessKind::free;
    }
    if (step.what == Do::lock && owner_.count(step.other) != 0) return;  // would block
    if (step.what == Do::lock) owner_[step.other] = step.task;
    if (step.what == Do::unlock) owner_.erase(step.other);
    steps.push_back(step);
  }

  // Joining ends the joined task here; what it still holds it never releases.
  bool pick_for_join(Step& step) {
    step.what = Do::join;
    const size_t at = rng_.below(static_cast<uint32_t>(alive_.size()));
    step.other = alive_[at];
    if (step.other == 0 || step.other == step.task) return false;
    alive_.erase(alive_.begin() + static_cast<ptrdiff_t>(at));
    return true;
  }

  void pick_mutex(Step& step) {
    step.other = rng_.below(kMutexes);
    const auto owner = owner_.find(step.other);
    const bool mine = owner != owner_.end() && owner->second == step.task;
    step.what = mine ? Do::unlock : Do::lock;
  }

  // Atomics of 4 and 8 bytes at places that plain accesses touch, too.
  void pick_atomic(Step& step) {
    const MemoryOrder loads[] = {MemoryOrder::relaxed, MemoryOrder::consume, MemoryOrder::acquire,
                                 MemoryOrder::seq_cst};
    const MemoryOrder stores[] = {MemoryOrder::relaxed, MemoryOrder::release, MemoryOrder::seq_cst};
    const uint32_t object = rng_.below(3);
    step.first = object * 8;
    step.size = object == 0 ? 8 : 4;
    switch (rng_.below(3)) {
      case 0:
        step.what = Do::load;
        step.kind = AccessKind::atomic_read;
        step.order = loads[rng_.below(4)];
        break;
      case 1:
        step.what = Do::store;
        step.kind = AccessKind::atomic_write;
        step.order = stores[rng_.below(3)];
        break;
      default:
        step.what = Do::update;
        step.kind = AccessKind::atomic_write;
        step.order = static_cast<MemoryOrder>(rng_.below(6));
    }
  }

  Rng rng_;
  uint32_t tasks_ = 1;
  std::vector<uint32_t> alive_;
  std::map<uint32_t, uint32_t> owner_;
};

TEST(Oracle, TheFirstRaceOnEachByteIsTheOneByDefinition) {
  Judged judged;
  uint64_t racy = 0, quiet = 0;
  for (int program = 0; program < kPrograms; ++program) {
    SCOPED_TRACE(program);
    const RandomExecution execution(static_cast<uint64_t>(program));
    const std::vector<Step>& steps = execution.steps;
    const Oracle oracle(steps);
    judged.begin();
    uint64_t done = 0;  // bytes whose first race has been seen
    for (size_t i = 0; i < steps.size(); ++i) {
      const Epoch at = judged.tell(steps[i]);
      if (!steps[i].accesses()) continue;
      const uint64_t expected = racy_bytes(oracle, i);
      std::string wrong;
      const uint64_t raced = judged.detect(steps[i], i, at, oracle, wrong);
      ASSERT_EQ(wrong, "");
      ASSERT_EQ(raced & ~done, expected & ~done) << "step " << i;
      done |= expected;
    }
    racy += static_cast<uint64_t>(__builtin_popcountll(done));
    quiet += kMemory - static_cast<uint64_t>(__builtin_popcountll(done));
  }
  EXPECT_GT(racy, 20'000u) << "the programs are worth the test";
  EXPECT_GT(quiet, 20'000u);
}

// The whole entry point as the run time uses it: a report on each access that is the first to race
// on some byte, none on an access that races with nothing.
TEST(Oracle, CheckReportsExactlyTheRacingAccesses) {
  Judged judged;
  for (int program = 0; program < kPrograms / 4; ++program) {
    SCOPED_TRACE(program);
    const RandomExecution execution(1'000'000 + static_cast<uint64_t>(program));
    const std::vector<Step>& steps = execution.steps;
    const Oracle oracle(steps);
    judged.begin();
    uint64_t done = 0;
    for (size_t i = 0; i < steps.size(); ++i) {
      const Step& step = steps[i];
      const Epoch at = judged.tell(step);
      if (!step.accesses()) continue;
      const uint64_t fresh = racy_bytes(oracle, i) & ~done;
      done |= fresh;
      const Detection* const race = judged.check(step, i, at);
      ASSERT_TRUE(race != nullptr || fresh == 0) << "step " << i;
      if (race == nullptr) continue;
      ASSERT_TRUE(oracle.races(race->earlier.site.pc - 1, i)) << "step " << i;
      ASSERT_EQ(race->earlier.task.index(), steps[race->earlier.site.pc - 1].task);
      ASSERT_EQ(race->access.address, kBase + step.first);
      ASSERT_EQ(race->access.size, step.size);
    }
  }
}

}  // namespace
}  // namespace heddle
