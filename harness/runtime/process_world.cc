#include "runtime/process_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/raw_output.h"
#include "base/raw_syscall.h"
#include "detectors/deadlock.h"
#include "platform/raw_memory.h"
#include "runtime/crash.h"
#include "runtime/devices.h"
#include "runtime/globals.h"
#include "runtime/outcomes.h"
#include "runtime/process.h"
#include "runtime/program.h"
#include "runtime/recorder.h"
#include "runtime/second_judge.h"
#include "runtime/task_data.h"

namespace heddle {

ProcessWorld& process_world() {
  static ProcessWorld* world = nullptr;
  if (world == nullptr) {
    start_process();
    process.host = true;
    world = new ProcessWorld(*process.runtime);
  }
  return *world;
}

namespace {

// A file is read from where its descriptor stands, which forks share: opened anew, this one stands
// there by itself.
void own_input() {
  const long at = raw_syscall(SYS_lseek, 0, 0, SEEK_CUR);
  if (at < 0) return;
  const long again = raw_syscall(SYS_openat, AT_FDCWD, reinterpret_cast<long>("/proc/self/fd/0"),
                                 O_RDONLY | O_CLOEXEC);
  if (again < 0) return;
  raw_syscall(SYS_lseek, again, at, SEEK_SET);
  raw_syscall(SYS_dup3, again, 0, 0);
  raw_syscall(SYS_close, again);
}

// What a report of an internal error needs: where the exploration stands. Raw output only.
void print_whereabouts(int descriptor) {
  const Engine& engine = process.runtime->engine;
  RawText text;
  text.text("in execution ").number(engine.summary().number);
  text.text(engine.running() ? ", choices so far:\n" : " or after it; its choices:\n");
  text.flush(descriptor);
  for (uint64_t i = 0; i < engine.choice_count(); ++i) {
    const Choice& choice = engine.choices()[i];
    RawText line;
    line.text("  task ").number(choice.position.task.index());
    line.text(", operation ").number(choice.position.operation);
    line.text(" +").number(choice.position.accesses).text(": ");
    if (choice.kind == ChoiceKind::value) {
      line.text("value ").number(choice.value);
    } else {
      line.text("task ").number(choice.chosen.index());
    }
    line.text("\n").flush(descriptor);
  }
}

}  // namespace

ProcessWorld::ProcessWorld(Runtime& runtime)
    : runtime_(runtime), remains_(runtime.engine.log(), *runtime.story) {
  static DeadlockJudge judge;
  runtime_.engine.set_judge(&judge);
  set_check_context(print_whereabouts);
}

std::string ProcessWorld::open(const char* const* folder_parents) {
  folder_parents_.clear();
  for (; *folder_parents != nullptr; ++folder_parents) folder_parents_.push_back(*folder_parents);
  return open_devices();
}

std::string ProcessWorld::open_devices() {
  std::vector<const char*> parents;
  for (const std::string& parent : folder_parents_) parents.push_back(parent.c_str());
  parents.push_back(nullptr);
  Devices& outside = devices(runtime_);
  std::string error = outside.folder.make(parents.data());
  if (!error.empty()) return error;
  outside.folder.enter();
  error = outside.output.begin();
  set_check_output(outside.output.error_descriptor());
  if (error.empty() && runtime_.second_judge != nullptr) error = runtime_.second_judge->self_test();
  return error;
}

bool ProcessWorld::become_copy() {
  const size_t used = kPageSize + runtime_.log.used();  // behind its first page
  if (!own_shared_memory(kLogRegion, kLogSize, used) || !forbid_page(kLogRegion)) return false;
  Devices& outside = devices(runtime_);
  outside.output.end();
  outside.folder.leave();
  outside.folder.forget();
  own_input();
  return open_devices().empty();
}

void ProcessWorld::leave_copy() {
  Devices& outside = devices(runtime_);
  outside.folder.leave();
  outside.folder.remove();
}

void ProcessWorld::close() {
  Devices& outside = devices(runtime_);
  if (has_snapshot_) {
    runtime_.globals->restore();
    runtime_.heap.restore();
    remove_crash_handlers();
    has_snapshot_ = false;
  }
  if (outside.output.active()) outside.output.end();
  set_check_output(outside.output.error_descriptor());
  if (!outside.folder.exists()) return;
  outside.folder.leave();
  outside.folder.remove();
}

void ProcessWorld::explore_program(int expected_status) {
  runtime_.program = runtime_.permanent.make<Program>();
  runtime_.program->expected_status = expected_status;
}

std::string ProcessWorld::copy_folder() {
  runtime_.program->copies_folder = true;
  return folder_copy_.plan(AT_FDCWD);
}

int ProcessWorld::report_descriptor() const {
  return devices(runtime_).output.report_descriptor();
}

int ProcessWorld::error_descriptor() const {
  return devices(runtime_).output.error_descriptor();
}

std::string ProcessWorld::with_dir(std::string_view text) const {
  return devices(runtime_).folder.with_dir(text);
}

void ProcessWorld::take_snapshot() {
  runtime_.globals->snapshot();
  library_state_.save();
  HEDDLE_CHECK(runtime_.heap.snapshot());
  install_crash_handlers(runtime_);
  kernel_state_.save();
  runtime_.signals_blocked = kernel_state_.signals_blocked();
  has_snapshot_ = true;
}

void ProcessWorld::use_points(const std::vector<PointKey>* extra) {
  const bool plain = extra == nullptr || extra->empty();
  if (plain && points_are_learned_) return;
  std::vector<PointKey> keys = learned_;
  if (!plain) keys.insert(keys.end(), extra->begin(), extra->end());
  runtime_.points.assign(keys.data(), static_cast<uint32_t>(keys.size()));
  points_are_learned_ = plain;
}

void ProcessWorld::fill_folder() {
  const Folder& folder = devices(runtime_).folder;
  folder_error_.clear();
  if (runtime_.program == nullptr || !runtime_.program->copies_folder) return;
  runtime_.used_files = true;
  if (folder_copy_.make(folder.before(), folder.descriptor())) return;
  folder_error_ = std::string("--fresh-dir: the working directory cannot be copied any more: ") +
                  strerror(errno);
}

Detection ProcessWorld::no_folder() const {
  Detection detection;
  detection.kind = FindingKind::not_modelled;
  snprintf(detection.detail, sizeof(detection.detail), "%s", folder_error_.c_str());
  return detection;
}

void ProcessWorld::begin(const ExecutionRequest& request) {
  runtime_.globals->restore();
  runtime_.heap.restore();
  use_points(request.extra_points);
  switch (request.points) {
    case PointMode::automatic:
      runtime_.points_at = PointsAt::races;
      break;
    case PointMode::sync:
      runtime_.points_at = PointsAt::nothing;
      break;
    case PointMode::all:
      runtime_.points_at = PointsAt::shared;
      break;
  }
  if (request.strategy->follows()) {
    runtime_.points_at = PointsAt::followed;
    runtime_.shared_places.begin_execution();
  }
  // A recorded execution keeps the accesses to its points even where these are no choices.
  if (request.record && request.points == PointMode::sync) runtime_.points_at = PointsAt::races;
  runtime_.used_stdio = runtime_.used_files = runtime_.used_rand = false;
  fill_folder();
  runtime_.changed_process = false;
  runtime_.brought = nullptr;
  if (runtime_.program != nullptr) runtime_.program->ended = false;
  renew_terminate_handler();
  runtime_.threads->begin_execution();
  runtime_.objects.begin_execution();
  if (request.record) {
    runtime_.recorder = runtime_.story;
    runtime_.story->expect(request.story_length);
    runtime_.engine.add_observer(runtime_.story);
  }
  devices(runtime_).output.pass_through(request.pass_output);
}

void ProcessWorld::finish(const ExecutionRequest& request, ExecutionOutcome& outcome) {
  if (request.record) {
    runtime_.story->finish();
    tell_story_length(outcome);
    runtime_.engine.remove_observer(runtime_.story);
    runtime_.recorder = nullptr;
  }
  runtime_.threads->end_execution();
  if (runtime_.second_judge != nullptr) runtime_.second_judge->end_execution();
  library_state_.restore();
  if (runtime_.changed_process) kernel_state_.restore();
  outcome.output = end_devices(runtime_, request.keep_output);
}

void ProcessWorld::tell_story_length(ExecutionOutcome& outcome) const {
  outcome.story_length = runtime_.story->count();
  outcome.untold_stacks = runtime_.story->untold_stacks();
}

ExecutionOutcome ProcessWorld::execute(const ExecutionRequest& request) {
  begin(request);
  Engine& engine = runtime_.engine;
  engine.run(*request.strategy, request.number, request.limits, request.body.entry,
             request.body.argument);
  ExecutionOutcome outcome;
  finish(request, outcome);
  outcome.summary = engine.summary();
  outcome.summary.shared_objects = runtime_.objects.shared();
  outcome.returned = engine.returned();
  if (runtime_.program != nullptr && runtime_.program->ended) {
    outcome.exit_status = runtime_.program->status;
  }
  if (engine.detection_count() > 0) {
    outcome.detections.assign(engine.detections(), engine.detections() + engine.detection_count());
  }
  if (!folder_error_.empty()) outcome.detections.insert(outcome.detections.begin(), no_folder());
  outcome.more_shared = runtime_.points_at == PointsAt::followed && runtime_.shared_places.grown();
  const View<PointKey> added = runtime_.points.additions();
  if (added.count > 0) outcome.raced.assign(added.begin(), added.end());
  runtime_.points.discard_additions();
  outcome.outcomes = take_outcomes();
  return outcome;
}

void ProcessWorld::become_worker() {
  ExecutionLog& log = runtime_.engine.log();
  keep_check_failure(log.failure, sizeof(log.failure));
  devices(runtime_).output.keep_all();
  runtime_.inherited.close();
}

std::string ProcessWorld::failure() const {
  const char* text = log().failure;
  return std::string(text, strnlen(text, sizeof(log().failure)));
}

uint64_t ProcessWorld::files_in_use() const {
  const Devices& outside = devices(runtime_);
  return outside.folder.bytes_in_use() + outside.output.bytes_in_use();
}

std::string ProcessWorld::clean_up(ExecutionNumber number, bool keep_output) {
  remains_.keep_plausible(number);
  Devices& outside = devices(runtime_);
  outside.folder.clean(true);
  return outside.output.take(true, keep_output);
}

Trace ProcessWorld::recorded() const {
  Trace trace;
  runtime_.story->copy_to(trace);
  return trace;
}

void ProcessWorld::learn(const std::vector<PointKey>& points) {
  for (const PointKey& key : points) {
    const auto place = std::lower_bound(learned_.begin(), learned_.end(), key);
    if (place == learned_.end() || !(*place == key)) learned_.insert(place, key);
  }
  points_are_learned_ = false;
}

void ProcessWorld::forget_points() {
  learned_.clear();
  runtime_.shared_places.forget();
  points_are_learned_ = false;
}

View<Choice> ProcessWorld::choices() const {
  return {runtime_.engine.choices(), runtime_.engine.choice_count()};
}

std::vector<TaskRecord> ProcessWorld::tasks() const {
  std::vector<TaskRecord> records;
  Engine& engine = runtime_.engine;
  for (uint32_t i = 0; i < engine.task_count(); ++i) {
    const Task& task = engine.task(TaskId(i));
    TaskRecord record;
    record.id = task.id;
    record.creator = task.creator;
    record.child = task.child;
    record.given_name = task.name;
    record.entry = reinterpret_cast<uintptr_t>(task.entry);
    record.created_at = task.created_at;
    record.ended = task.state == TaskState::ended;
    const uint32_t held = std::min(task.held_count, Task::kMaxHeld);
    record.held.assign(task.held, task.held + held);
    records.push_back(record);
  }
  return records;
}

Story ProcessWorld::story() const {
  Story story;
  runtime_.story->copy_to(story.trace);
  story.trace.summary = runtime_.engine.summary();
  story.tasks = tasks();
  for (TaskRecord& task : story.tasks) {
    const RecordedEvent* creation = runtime_.story->creation_of(task.id);
    if (creation == nullptr) continue;
    task.created_stack.assign(creation->frames, creation->frames + creation->frame_count);
  }
  story.waits.resize(runtime_.engine.task_count());
  story.waits.resize(runtime_.engine.waits(story.waits.data()));
  return story;
}

Described ProcessWorld::describe_block(uintptr_t address) const {
  Described described;
  HeapBlock block;
  if (!runtime_.heap.describe(address, block)) return described;
  described.what = Described::What::heap;
  described.size = block.size;
  described.offset = address - block.start;
  described.freed = !block.live;
  described.allocated_at = block.allocated_at;
  if (const RecordedEvent* event = runtime_.story->allocation_of(address)) {
    described.allocated_stack.assign(event->frames, event->frames + event->frame_count);
  }
  return described;
}

Described ProcessWorld::describe(uintptr_t address) const {
  if (runtime_.heap.owns(reinterpret_cast<void*>(address))) return describe_block(address);
  Described described;
  if (FiberPool::slot_of(address) >= 0) {
    const int slot = FiberPool::slot_of(address);
    const Fiber& fiber = runtime_.fibers.fiber(static_cast<uint32_t>(slot));
    const bool on_stack = address < reinterpret_cast<uintptr_t>(fiber.stack_high);
    described.what = on_stack ? Described::What::stack : Described::What::thread_local_storage;
    for (uint32_t i = 0; i < runtime_.engine.task_count(); ++i) {
      const Task& task = runtime_.engine.task(TaskId(i));
      if (task.slot == static_cast<uint32_t>(slot)) described.task = task.id;
    }
    return described;
  }
  if (runtime_.globals->module_of(address) != nullptr) described.what = Described::What::global;
  return described;
}

Described ProcessWorld::describe(ObjectId object) const {
  const Object& known = runtime_.objects.get(object);
  if (known.name == nullptr) return describe(known.address);
  Described described;
  described.what = Described::What::file;
  described.text = known.name;
  return described;
}

uintptr_t ProcessWorld::address_of(ObjectId object) const {
  return runtime_.objects.get(object).address;
}

const char* ProcessWorld::kind_of(ObjectId object) const {
  return word(runtime_.objects.get(object).kind);
}

PointKey ProcessWorld::point_key(uintptr_t address) const {
  PointKey key;
  runtime_.name_granule(address, key);
  return key;
}

}  // namespace heddle
