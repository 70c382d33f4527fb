// Random programs through the clocks and the detector, and through the definition.
//
// The oracle knows nothing of clocks: it draws the edges of sequenced-before and synchronises-with
// as the C++20 standard states them, takes the transitive closure, and compares all pairs of
// accesses. For each byte the first access that races must be the same, and every race that the
// detector reports, later ones included, must be one.
#include <gtest/gtest.h>

#include <bitset>
#include <map>
#include <vector>

#include "base/rng.h"
#include "detectors/data_race.h"
#include "happens_before/happens_before.h"
#include "unit/mapped_arena.h"

namespace heddle {
namespace {

constexpr int kPrograms = 20'000;
constexpr uint32_t kMaxEvents = 96;
constexpr uint32_t kMaxRandomTasks = 6;
constexpr uint32_t kMemory = 24;  // bytes that are accessed
constexpr uintptr_t kBase = 0x100000000200;

enum class Do : uint8_t { access, lock, unlock, load, store, update, fence, create, join };

struct Step {
  Do what = Do::access;
  uint32_t task = 0;
  uint32_t other = 0;  // task created or joined; mutex
  uint32_t first = 0;  // memory accessed
  uint32_t size = 0;
  AccessKind kind = AccessKind::read;
  MemoryOrder order = MemoryOrder::relaxed;
  bool accesses() const {
    return what == Do::access || what == Do::load || what == Do::store || what == Do::update;
  }
};

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

// Happens-before by definition.
class Oracle {
 public:
  explicit Oracle(const std::vector<Step>& steps) : steps_(steps), before_(steps.size()) {
    for (size_t i = 0; i < steps.size(); ++i) add(i);
  }

  bool races(size_t a, size_t b) const {  // a before b in the execution
    const Step &x = steps_[a], &y = steps_[b];
    if (!x.accesses() || !y.accesses() || x.task == y.task || before_[b][a]) return false;
    const bool overlap = x.first < y.first + y.size && y.first < x.first + x.size;
    return overlap && (writes(x) || writes(y)) && !(atomic(x) && atomic(y));
  }
  bool races_on(size_t a, size_t b, uint32_t byte) const {
    return races(a, b) && covers(steps_[a], byte) && covers(steps_[b], byte);
  }
  static bool covers(const Step& step, uint32_t byte) {
    return byte >= step.first && byte < step.first + step.size;
  }

 private:
  static constexpr size_t kNone = ~size_t{0};

  static bool writes(const Step& s) {
    return s.kind != AccessKind::read && s.kind != AccessKind::atomic_read;
  }
  static bool atomic(const Step& s) {
    return s.kind == AccessKind::atomic_read || s.kind == AccessKind::atomic_write;
  }

  void edge(size_t from, size_t to) {
    before_[to] |= before_[from];
    before_[to][from] = true;
  }

  // All edges lead forward, so the closure is complete when a step has its own.
  void add(size_t i) {
    const Step& step = steps_[i];
    size_t previous = kNone;
    for (size_t k = 0; k < i; ++k) {
      const bool created_me = steps_[k].what == Do::create && steps_[k].other == step.task;
      if (steps_[k].task == step.task || created_me) previous = k;
      if (step.what == Do::join && steps_[k].task == step.other) edge(k, i);
      if (step.what == Do::join && steps_[k].what == Do::create && steps_[k].other == step.other) {
        edge(k, i);
      }
      if (step.what == Do::lock && steps_[k].what == Do::unlock && steps_[k].other == step.other) {
        edge(k, i);
      }
    }
    if (previous != kNone) edge(previous, i);
    const bool reads = step.what == Do::load || step.what == Do::update;
    if (reads && acquires(step.order)) synchronise(i, i);
    if (step.what != Do::fence || !acquires(step.order)) return;
    for (size_t k = 0; k < i; ++k) {  // atomic reads sequenced before an acquire fence
      const bool atomic_read = steps_[k].what == Do::load || steps_[k].what == Do::update;
      if (atomic_read && steps_[k].task == step.task) synchronise(k, i);
    }
  }

  // `reader` reads the latest store; every release in whose (hypothetical) release sequence that
  // lies synchronises with `target`.
  void synchronise(size_t reader, size_t target) {
    size_t from = write_before(reader);
    while (from != kNone) {
      if (releases(steps_[from].order)) edge(from, target);
      for (size_t k = 0; k < from; ++k) {
        const bool release_fence = steps_[k].what == Do::fence && releases(steps_[k].order);
        if (release_fence && steps_[k].task == steps_[from].task) edge(k, target);
      }
      if (steps_[from].what != Do::update) break;  // the head of the sequence
      from = write_before(from);
    }
  }

  size_t write_before(size_t i) const {
    for (size_t k = i; k > 0; --k) {
      const Step& other = steps_[k - 1];
      const bool changes = other.what == Do::store || other.what == Do::update;
      if (changes && other.first == steps_[i].first) return k - 1;
    }
    return kNone;
  }

  const std::vector<Step>& steps_;
  std::vector<std::bitset<kMaxEvents>> before_;
};

class OracleTest : public testing::Test {
 protected:
  ~OracleTest() override { shadow_.unmap(), sites_.unmap(); }

  void begin() {
    hb_.begin_execution(time_);
    detector_.begin_execution();
  }

  // Tells the clocks; returns the epoch at which the step accesses its memory.
  Epoch tell(const Step& step) {
    const TaskId task(step.task);
    const ObjectId mutex(10 + step.other), atomic(1 + step.first / 8);
    const Epoch now = hb_.now(task);
    switch (step.what) {
      case Do::access:
        return now;
      case Do::lock:
        return hb_.acquire(task, mutex), now;
      case Do::unlock:
        return hb_.release_assign(task, mutex), now;
      case Do::load:
        return hb_.atomic_load(task, atomic, step.order);
      case Do::store:
        return hb_.atomic_store(task, atomic, step.order);
      case Do::update:
        return hb_.atomic_update(task, atomic, step.order);
      case Do::fence:
        return hb_.fence(task, step.order), now;
      case Do::create:
        return hb_.task_created(task, TaskId(step.other), time_), now;
      case Do::join:
        return hb_.joined(task, TaskId(step.other)), now;
    }
    return now;
  }

  // The bytes of the step that race, by the detector; every race must be one by definition.
  uint64_t detect(const std::vector<Step>& steps, size_t i, Epoch at, const Oracle& oracle) {
    const Step& step = steps[i];
    const VectorClock& clock = hb_.clock(TaskId(step.task));
    uint64_t raced = 0;
    if (detector_.settled(at, kBase + step.first, step.size, step.kind)) return 0;
    for (uint32_t byte = step.first; byte < step.first + step.size;) {
      const uint32_t first = byte % 8;
      const uint32_t size = std::min(8 - first, step.first + step.size - byte);
      const DataRaceDetector::Hit hit =
          detector_.access_cell(shadow_.cell(kBase + byte), clock,
                                detector_.record_of(at, first, size, step.kind, Site{i + 1}));
      raced |= uint64_t{hit.raced} << (byte - first);
      if (hit.raced != 0) {
        const size_t other = sites_.decode(hit.earlier.site).pc - 1;
        for (uint32_t bit = 0; bit < 8; ++bit) {
          if ((hit.earlier.mask >> bit & 1) == 0) continue;
          EXPECT_TRUE(oracle.races_on(other, i, byte - first + bit)) << other << " and " << i;
        }
      }
      byte += size;
    }
    return raced;
  }

  uint64_t time_ = 0;
  MappedArena arena_;
  Shadow shadow_;
  SiteTable sites_{0};
  HappensBefore hb_{*arena_};
  DataRaceDetector detector_{shadow_, sites_};
};

TEST_F(OracleTest, TheFirstRaceOnEachByteIsTheOneByDefinition) {
  uint64_t racy_bytes = 0, quiet_bytes = 0;
  for (int program = 0; program < kPrograms; ++program) {
    SCOPED_TRACE(program);
    const RandomExecution execution(static_cast<uint64_t>(program));
    const std::vector<Step>& steps = execution.steps;
    const Oracle oracle(steps);
    begin();
    uint64_t done = 0;  // bytes whose first race has been seen
    for (size_t i = 0; i < steps.size(); ++i) {
      const Epoch at = tell(steps[i]);
      if (!steps[i].accesses()) continue;
      uint64_t expected = 0;
      for (uint32_t byte = 0; byte < kMemory; ++byte) {
        for (size_t k = 0; k < i; ++k) {
          if (oracle.races_on(k, i, byte)) expected |= uint64_t{1} << byte;
        }
      }
      const uint64_t raced = detect(steps, i, at, oracle);
      ASSERT_EQ(raced & ~done, expected & ~done) << "step " << i;
      done |= expected;
    }
    ASSERT_FALSE(HasFailure());
    racy_bytes += static_cast<uint64_t>(__builtin_popcountll(done));
    quiet_bytes += kMemory - static_cast<uint64_t>(__builtin_popcountll(done));
  }
  EXPECT_GT(racy_bytes, 20'000u) << "the programs are worth the test";
  EXPECT_GT(quiet_bytes, 20'000u);
}

// The whole entry point as the run time uses it: a report on each access that is the first to race
// on some byte, none on an access that races with nothing.
TEST_F(OracleTest, CheckReportsExactlyTheRacingAccesses) {
  for (int program = 0; program < kPrograms / 4; ++program) {
    SCOPED_TRACE(program);
    const RandomExecution execution(1'000'000 + static_cast<uint64_t>(program));
    const std::vector<Step>& steps = execution.steps;
    const Oracle oracle(steps);
    begin();
    uint64_t done = 0;
    for (size_t i = 0; i < steps.size(); ++i) {
      const Step& step = steps[i];
      const Epoch at = tell(step);
      if (!step.accesses()) continue;
      uint64_t fresh = 0;
      for (uint32_t byte = 0; byte < kMemory; ++byte) {
        for (size_t k = 0; k < i; ++k) {
          if (oracle.races_on(k, i, byte)) fresh |= uint64_t{1} << byte;
        }
      }
      fresh &= ~done;
      done |= fresh;
      const Detection* const race = detector_.check(
          at, hb_.clock(TaskId(step.task)), kBase + step.first, step.size, step.kind, Site{i + 1});
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
