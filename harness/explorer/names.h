// What things of one recorded execution are called: places, tasks, memory, locks.
//
// Valid until the next execution: heap blocks and objects are asked of the World.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/symbolizer.h"
#include "engine/world.h"

namespace heddle {

class Names {
 public:
  Names(const World& world, Symbolizer& symbolizer, const Recording& recording);

  // The frames of a call stack, innermost first.
  const std::vector<SourcePlace>& frames(const std::vector<uintptr_t>& stack);
  // Of a call stack: the innermost frame that is the user's, else the innermost one known.
  SourcePlace place(const std::vector<uintptr_t>& stack);
  bool is_users(const SourcePlace& place) const { return symbolizer_.is_users(place); }
  // Where an event took place.
  SourcePlace place(const RecordedEvent& event) { return place(stack_of(event)); }
  // Whether code that readers do not know made the call.
  bool is_foreign(const RecordedEvent& event);
  static std::vector<uintptr_t> stack_of(const RecordedEvent& event);

  // pthread_setname_np, else entry function and creation line, else "main".
  std::string task(TaskId task) const;
  const std::vector<TaskInfo>& tasks() const { return tasks_; }

  // "balance", "heap block of 24 bytes allocated at x.cc:9", "main's stack"; `when` it is spoken
  // of, null: at the end. Stacks hold other variables at other times.
  std::string memory(uintptr_t address, const RecordedEvent* when = nullptr);
  // The same with what a race is about: "balance (global, 4 bytes)".
  std::string raced_memory(uintptr_t address, uint32_t size, const RecordedEvent* when = nullptr);
  // "a.mutex", "mutex in heap block of …", a file's path.
  std::string object(ObjectId object);
  // The locks that a task holds at its end, each "a.mutex (since transfer.cc:21)".
  std::string held(TaskId task);

 private:
  SourcePlace entry_place(const TaskRecord& task);
  std::string task_name(const TaskRecord& task, const SourcePlace& created_at);
  std::string describe(const Described& described);
  VariableName local(uintptr_t address, TaskId owner, const RecordedEvent* when);
  VariableName local_at(uintptr_t address, const RecordedEvent& event);
  VariableName variable(uintptr_t address, const RecordedEvent* when);
  const RecordedEvent* first_use(ObjectId object) const;

  const World& world_;
  Symbolizer& symbolizer_;
  const Recording& recording_;
  std::vector<TaskInfo> tasks_;  // by id
  absl::flat_hash_map<std::vector<uintptr_t>, std::vector<SourcePlace>> frames_;
  absl::flat_hash_map<uint32_t, std::string> objects_;        // by ObjectId
  std::vector<std::vector<const RecordedEvent*>> events_of_;  // by task, those with frames
  absl::flat_hash_map<std::pair<uintptr_t, const RecordedEvent*>, VariableName> locals_;
};

// "x.cc:9": a place without its folders; empty when unknown.
std::string brief(const SourcePlace& place);

}  // namespace heddle
