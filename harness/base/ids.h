// Small strong types for the things that are counted.
#pragma once

#include <cstdint>

namespace heddle {

// The most tasks that one execution may create; one more is a `task-limit` finding.
inline constexpr uint32_t kMaxTasks = 8192;

// A task of the current execution, in the order of creation; 0 is the body. Dense, hence an index
// for clocks and tables. What names a task across executions is (creator, n-th child), see
// core/schedule.h.
class TaskId {
 public:
  constexpr TaskId() = default;
  constexpr explicit TaskId(uint32_t value) : value_(static_cast<uint16_t>(value)) {}
  static constexpr TaskId none() { return TaskId(); }
  constexpr bool valid() const { return value_ != kNone; }
  constexpr uint32_t index() const { return value_; }
  friend constexpr bool operator==(TaskId a, TaskId b) { return a.value_ == b.value_; }
  friend constexpr bool operator<(TaskId a, TaskId b) { return a.value_ < b.value_; }

 private:
  static constexpr uint16_t kNone = 0xffff;
  uint16_t value_ = kNone;
};

// A synchronisation object or other thing that operations are about, in the order of first use
// within one execution. 0 is "no object".
class ObjectId {
 public:
  constexpr ObjectId() = default;
  constexpr explicit ObjectId(uint32_t value) : value_(value) {}
  constexpr bool valid() const { return value_ != 0; }
  constexpr uint32_t index() const { return value_; }
  friend constexpr bool operator==(ObjectId a, ObjectId b) { return a.value_ == b.value_; }

 private:
  uint32_t value_ = 0;
};

// Where an operation stands in the program: the return address of the call or callback, hence
// look up `pc - 1`. 0 is unknown.
struct Site {
  uintptr_t pc = 0;
  friend constexpr bool operator==(Site a, Site b) { return a.pc == b.pc; }
};

}  // namespace heddle
