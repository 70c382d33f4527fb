// Tasks in order of priority, highest first.
//
// One sorted array: finding the highest of a set looks at those above it only, which is a bit test
// each, and putting a task elsewhere is a binary search and a move of bytes. (Comparing all members
// of the set took 2 to 40 times as long with 100 tasks.)
#pragma once

#include "base/check.h"
#include "base/ids.h"
#include "core/task_set.h"
#include "strategies/host_array.h"

namespace heddle {

class PriorityOrder {
 public:
  using Priority = int64_t;

  PriorityOrder() : order_(kMaxTasks), priorities_(kMaxTasks) {}

  void clear() { size_ = 0; }
  uint32_t size() const { return size_; }

  // Precondition: `task` is not in the order.
  void add(TaskId task, Priority priority) {
    HEDDLE_CHECK(size_ < kMaxTasks);
    priorities_[task.index()] = priority;
    const uint32_t at = place_of(task);
    move(at + 1, at, size_ - at);
    order_[at] = task;
    ++size_;
  }

  // Nothing happens when `task` is not in the order.
  void remove(TaskId task) {
    const uint32_t at = place_of(task);
    if (at == size_ || !(order_[at] == task)) return;
    --size_;
    move(at, at + 1, size_ - at);
  }

  void change(TaskId task, Priority priority) {
    remove(task);
    add(task, priority);
  }

  // Precondition: `task` has been added.
  Priority priority_of(TaskId task) const { return priorities_[task.index()]; }

  // None when no member of the set is in the order.
  TaskId highest(const TaskSet& set) const {
    for (uint32_t i = 0; i < size_; ++i) {
      if (set.contains(order_[i])) return order_[i];
    }
    return TaskId::none();
  }

 private:
  // Equal priorities: the older task first. A total order, hence one place for each task.
  bool before(TaskId a, TaskId b) const {
    const Priority first = priorities_[a.index()];
    const Priority second = priorities_[b.index()];
    return first != second ? first > second : a < b;
  }

  // Where the task is or belongs.
  uint32_t place_of(TaskId task) const {
    uint32_t low = 0;
    uint32_t high = size_;
    while (low < high) {
      const uint32_t middle = (low + high) / 2;
      if (before(order_[middle], task)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  void move(uint32_t to, uint32_t from, uint32_t count) {
    __builtin_memmove(order_.begin() + to, order_.begin() + from, count * sizeof(TaskId));
  }

  HostArray<TaskId> order_;
  HostArray<Priority> priorities_;  // by task; of those that have left, the last one
  uint32_t size_ = 0;
};

}  // namespace heddle
