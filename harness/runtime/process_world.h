// The World of this process: what the explorer drives.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/world.h"
#include "runtime/folder_copy.h"
#include "runtime/kernel_state.h"
#include "runtime/library_state.h"
#include "runtime/remains.h"
#include "runtime/runtime.h"

namespace heddle {

class ProcessWorld : public World {
 public:
  explicit ProcessWorld(Runtime& runtime);

  // Takes over the descriptors of output and makes the execution's folder below the first of
  // `folder_parents` (ends with null) that allows it. Empty, or why not. `close` undoes both, and
  // leaves the program as it was at the snapshot.
  std::string open(const char* const* folder_parents);
  void close();
  // From now on bodies are a whole program's main: the status by which they exit or return is
  // compared, handlers and static destructors run.
  void explore_program(int expected_status);
  // From now on every execution of it begins with a copy of the present working directory. Before
  // `open`. Empty, or why that cannot be.
  std::string copy_folder();
  // Where reports and errors go while the program's output is captured.
  int report_descriptor() const;
  int error_descriptor() const;
  // With every mention of the execution's folder as $DIR.
  std::string with_dir(std::string_view text) const;

  // ---- For a supervisor, whose forks run the executions ------------------------------------
  // Another judge keeps its own state of the process: it is not forked.
  bool can_fork() const { return runtime_.second_judge == nullptr; }
  const ExecutionLog& log() const { return runtime_.engine.log(); }
  void clear_log() { runtime_.engine.clear_log(); }
  // In a fork of this process, between executions: memory, folder and output become its own. False:
  // the system refuses.
  bool become_copy();
  // Undoes what others can see of it.
  void leave_copy();
  // This is the fork: nothing that happens here is printed.
  void become_worker();
  // Bytes of the execution's files and output. May be called while another process runs it.
  uint64_t files_in_use() const;
  // By which check of Heddle's own it has ended, if it was one.
  std::string failure() const;
  // Another process has come to its end in the middle of an execution: cleans up after it, and
  // returns what the program had printed when `keep_output`.
  std::string clean_up(ExecutionNumber number, bool keep_output);
  // What had been recorded until then.
  Trace recorded() const;
  void tell_story_length(ExecutionOutcome& outcome) const;

  void take_snapshot() override;
  ExecutionOutcome execute(const ExecutionRequest& request) override;
  void learn(const std::vector<PointKey>& points) override;
  void forget_points() override;

  View<Choice> choices() const override;
  std::vector<TaskRecord> tasks() const override;
  Story story() const override;
  Described describe(uintptr_t address) const override;
  Described describe(ObjectId object) const override;
  uintptr_t address_of(ObjectId object) const override;
  const char* kind_of(ObjectId object) const override;
  PointKey point_key(uintptr_t address) const override;

 private:
  std::string open_devices();
  void begin(const ExecutionRequest& request);
  void fill_folder();
  Detection no_folder() const;
  void finish(const ExecutionRequest& request, ExecutionOutcome& outcome);
  void use_points(const std::vector<PointKey>* extra);
  Described describe_block(uintptr_t address) const;

  Runtime& runtime_;
  LibraryState library_state_;
  KernelState kernel_state_;
  std::vector<PointKey> learned_;    // sorted
  bool points_are_learned_ = false;  // the set in use is exactly `learned_`
  bool has_snapshot_ = false;
  std::vector<std::string> folder_parents_;
  FolderCopy folder_copy_;
  std::string folder_error_;  // why the execution's copy is not whole
  Remains remains_;
};

// Made on first use, from frontends' main.
ProcessWorld& process_world();

}  // namespace heddle
