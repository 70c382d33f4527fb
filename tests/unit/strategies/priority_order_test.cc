#include "strategies/priority_order.h"

#include <gtest/gtest.h>

#include <map>

#include "base/rng.h"

namespace heddle {
namespace {

using Model = std::map<uint32_t, PriorityOrder::Priority>;  // by task

TaskId highest(const Model& model, const TaskSet& set) {
  TaskId best;
  for (const auto& [task, priority] : model) {
    if (!set.contains(TaskId(task))) continue;
    if (!best.valid() || priority > model.at(best.index())) best = TaskId(task);
  }
  return best;
}

TEST(PriorityOrder, AgreesWithASearchThroughAll) {
  Rng rng = Rng::for_execution(1, 0);
  PriorityOrder order;
  for (int round = 0; round < 50; ++round) {
    Model model;
    order.clear();
    for (int step = 0; step < 400; ++step) {
      const TaskId task(rng.below(60));
      const PriorityOrder::Priority priority = static_cast<int64_t>(rng.below(40)) - 20;
      switch (rng.below(3)) {
        case 0:
          order.remove(task);
          model.erase(task.index());
          break;
        default:
          order.change(task, priority);
          model[task.index()] = priority;
      }
      TaskSet set;
      for (uint32_t i = rng.below(12); i > 0; --i) set.add(TaskId(rng.below(60)));
      ASSERT_EQ(order.size(), model.size());
      ASSERT_EQ(order.highest(set), highest(model, set));
    }
  }
}

TEST(PriorityOrder, HoldsEveryTask) {
  PriorityOrder order;
  for (uint32_t i = 0; i < kMaxTasks; ++i) order.add(TaskId(i), i);
  TaskSet all;
  for (uint32_t i = 0; i < kMaxTasks; ++i) all.add(TaskId(i));
  EXPECT_EQ(order.highest(all), TaskId(kMaxTasks - 1));
}

}  // namespace
}  // namespace heddle
