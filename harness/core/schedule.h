// The schedule of an execution, and its textual form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/choice.h"

namespace heddle {

// What names a task in every execution: the n-th child (1-based) of its creator. The body is
// {none, 0}.
struct TaskName {
  uint32_t creator = 0;  // index into Schedule::tasks; unused for the body
  uint32_t child = 0;
  friend bool operator==(const TaskName& a, const TaskName& b) {
    return a.creator == b.creator && a.child == b.child;
  }
};

// One deviation from the default choice, with tasks as indices into Schedule::tasks.
struct ScheduleEntry {
  ChoiceKind kind = ChoiceKind::task;
  uint32_t task = 0;  // whose progress the position counts
  uint32_t operation = 0;
  uint32_t accesses = 0;
  uint32_t turn = 0;
  uint32_t chosen = 0;  // kinds task, waiter: index into tasks; kind value: the number
  friend bool operator==(const ScheduleEntry& a, const ScheduleEntry& b) {
    return a.kind == b.kind && a.task == b.task && a.operation == b.operation &&
           a.accesses == b.accesses && a.turn == b.turn && a.chosen == b.chosen;
  }
};

// Determines an execution completely, given the scenario with its parameters and the build.
struct Schedule {
  std::string scenario;                                      // `folder.variant`
  std::vector<std::pair<std::string, uint64_t>> parameters;  // those that differ from the defaults
  uint64_t digest = 0;    // of scenario and user's objects (not of Heddle)
  uint64_t spurious = 1;  // options that change which choices exist
  uint64_t slack_ns = 1'000'000'000;
  std::vector<TaskName> tasks = {TaskName()};  // [0] is the body; creators precede children
  std::vector<ScheduleEntry> entries;          // in the order of the execution
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

// `h1.SCENARIO.PAYLOAD`: PAYLOAD is base64url (no padding) of the number of bytes that follow, then
// parameters, digest, options, task names and entries, then a CRC-32C of the scenario's name and of
// everything before it. schedule.cc says how each is written. One schedule has one string.
// Preconditions: creators precede children, no task or parameter is named twice, indices are below
// tasks.size().
std::string encode(const Schedule& schedule);

// Any bytes are safe, and memory stays proportional to their number. Errors say in one sentence
// what is wrong with the string: cut, altered, unknown version. What it returns, `encode` takes.
absl::StatusOr<Schedule> decode(std::string_view text);

}  // namespace heddle
