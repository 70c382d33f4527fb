// Any small execution through the clocks and the detector, and through the definition: rapidcheck
// draws the steps one by one, so that what fails shrinks to the few that matter.
#include <ostream>
#include <vector>

#include "property/properties.h"
#include "unit/detectors/race_oracle.h"

namespace heddle {

std::ostream& operator<<(std::ostream& out, const Step& step) {
  static const char* const kWords[] = {"access", "lock",  "unlock", "load", "store",
                                       "update", "fence", "create", "join"};
  return out << "\n  task " << step.task << " " << kWords[static_cast<int>(step.what)] << " "
             << step.other << " [" << step.first << ", " << step.size << ") kind "
             << static_cast<int>(step.kind) << " order " << static_cast<int>(step.order);
}

namespace {

using properties::expect;

constexpr uint32_t kTasks = 4;  // task 0 creates all others first

MemoryOrder some_order(Do what) {
  using enum MemoryOrder;
  switch (what) {
    case Do::load:
      return *rc::gen::element(relaxed, consume, acquire, seq_cst);
    case Do::store:
      return *rc::gen::element(relaxed, release, seq_cst);
    case Do::fence:
      return *rc::gen::element(acquire, release, acq_rel, seq_cst);
    default:
      return *rc::gen::element(relaxed, acquire, release, acq_rel, seq_cst);
  }
}

Step some_step() {
  Step step;
  step.task = *rc::gen::inRange(0u, kTasks);
  step.what = *rc::gen::weightedElement<Do>({{4, Do::access},
                                             {2, Do::lock},
                                             {2, Do::unlock},
                                             {1, Do::load},
                                             {1, Do::store},
                                             {1, Do::update},
                                             {1, Do::fence},
                                             {1, Do::join}});
  step.other = *rc::gen::inRange(0u, kTasks);
  step.order = some_order(step.what);
  if (step.what == Do::access) {
    step.kind = *rc::gen::element(AccessKind::read, AccessKind::write, AccessKind::free);
    step.size = 1u << *rc::gen::inRange(0, 4);
    step.first = *rc::gen::inRange(0u, kMemory - step.size + 1);
  } else if (step.accesses()) {
    step.kind = step.what == Do::load ? AccessKind::atomic_read : AccessKind::atomic_write;
    step.size = 4;
    step.first = 8 * *rc::gen::inRange(0u, kMemory / 8);
  }
  return step;
}

// Those of the steps that could happen, in their order.
std::vector<Step> possible(const std::vector<Step>& drawn) {
  std::vector<Step> steps;
  for (uint32_t task = 1; task < kTasks; ++task) steps.push_back({Do::create, 0, task});
  bool ended[kTasks] = {};
  uint32_t owners[kTasks];  // by mutex
  std::fill_n(owners, kTasks, kTasks);
  for (const Step& step : drawn) {
    if (ended[step.task]) continue;
    if (step.what == Do::lock && owners[step.other] != kTasks) continue;
    if (step.what == Do::unlock && owners[step.other] != step.task) continue;
    if (step.what == Do::join && (step.other == 0 || step.other == step.task)) continue;
    if (step.what == Do::join && ended[step.other]) continue;
    if (step.what == Do::lock) owners[step.other] = step.task;
    if (step.what == Do::unlock) owners[step.other] = kTasks;
    if (step.what == Do::join) ended[step.other] = true;
    steps.push_back(step);
  }
  return steps;
}

rc::Gen<std::vector<Step>> some_steps() {
  const auto step = rc::gen::resize(rc::kNominalSize, rc::gen::exec(some_step));
  return rc::gen::resize(60, rc::gen::container<std::vector<Step>>(step));
}

TEST(DataRace, TheFirstRaceOnEachByteIsTheOneByDefinition) {
  Judged judged;
  expect("the first race on each byte is the one by definition", [&judged] {
    const std::vector<Step> steps = possible(*some_steps());
    const Oracle oracle(steps);
    judged.begin();
    uint64_t done = 0;  // bytes whose first race has been seen
    for (size_t i = 0; i < steps.size(); ++i) {
      const Epoch at = judged.tell(steps[i]);
      if (!steps[i].accesses()) continue;
      const uint64_t expected = racy_bytes(oracle, i);
      std::string wrong;
      const uint64_t raced = judged.detect(steps[i], i, at, oracle, wrong);
      RC_ASSERT(wrong.empty());
      RC_ASSERT((raced & ~done) == (expected & ~done));
      done |= expected;
    }
    RC_CLASSIFY(done != 0);
  });
}

}  // namespace
}  // namespace heddle
