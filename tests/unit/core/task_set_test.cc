#include "core/task_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include "base/rng.h"

namespace heddle {
namespace {

using Model = std::set<uint32_t>;

void expect_equal(const TaskSet& set, const Model& model, Rng& rng) {
  std::vector<uint32_t> members;
  for (const TaskId task : set) members.push_back(task.index());
  ASSERT_EQ(members, std::vector<uint32_t>(model.begin(), model.end()));
  ASSERT_EQ(set.count(), model.size());
  ASSERT_EQ(set.empty(), model.empty());
  for (uint32_t rank = 0; rank < members.size(); ++rank) {
    ASSERT_EQ(set.nth(rank), TaskId(members[rank]));
  }
  const uint32_t task = rng.below(400);
  ASSERT_EQ(set.contains(TaskId(task)), model.count(task) == 1);
  auto next = model.upper_bound(task);
  if (next == model.end()) next = model.begin();
  ASSERT_EQ(set.next_after(TaskId(task)), model.empty() ? TaskId::none() : TaskId(*next));
}

TEST(TaskSet, AgreesWithASetOfNumbers) {
  Rng rng = Rng::for_execution(1, 0);
  TaskSet sets[2];
  Model models[2];
  for (int step = 0; step < 20'000; ++step) {
    const uint32_t which = rng.below(2);
    TaskSet& set = sets[which];
    Model& model = models[which];
    const uint32_t task = rng.below(rng.below(4) == 0 ? 400 : 70);
    Model result;
    switch (rng.below(16)) {
      case 0:
        set.clear();
        model.clear();
        break;
      case 1:
        set.assign(sets[1 - which]);
        model = models[1 - which];
        break;
      case 2:
        set.add_all(sets[1 - which]);
        model.insert(models[1 - which].begin(), models[1 - which].end());
        break;
      case 3:
        set.remove_all(sets[1 - which]);
        std::set_difference(model.begin(), model.end(), models[1 - which].begin(),
                            models[1 - which].end(), std::inserter(result, result.end()));
        model = result;
        break;
      case 4:
      case 5:
        set.remove(TaskId(task));
        model.erase(task);
        break;
      default:
        set.add(TaskId(task));
        model.insert(task);
    }
    expect_equal(set, model, rng);
    if (HasFatalFailure()) return;
  }
}

TEST(TaskSet, HoldsTheLastTask) {
  TaskSet set;
  set.add(TaskId(kMaxTasks - 1));
  EXPECT_EQ(set.first(), TaskId(kMaxTasks - 1));
  EXPECT_EQ(set.next_after(TaskId(kMaxTasks - 1)), TaskId(kMaxTasks - 1));
  EXPECT_FALSE(set.contains(TaskId::none()));
}

}  // namespace
}  // namespace heddle
