#include "explorer/names.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace heddle {
namespace {

// What a variable of that kind alone takes: larger ones hold the object among other things.
constexpr uint64_t kLargestLone = 64;

std::string bytes(uint64_t count) {
  return absl::StrCat(count, count == 1 ? " byte" : " bytes");
}

}  // namespace

std::string brief(const SourcePlace& place) {
  if (place.file.empty()) return "";
  return absl::StrCat(place.file.substr(place.file.rfind('/') + 1), ":", place.line);
}

Names::Names(const World& world, Symbolizer& symbolizer, const Recording& recording)
    : world_(world), symbolizer_(symbolizer), recording_(recording) {
  std::vector<SourcePlace> created_at;
  for (const TaskRecord& task : recording.tasks) {
    TaskInfo info;
    info.id = task.id;
    info.ended = task.ended;
    if (!task.created_stack.empty()) {
      info.created_at = place(task.created_stack);
    } else if (task.created_at.pc != 0) {
      info.created_at = place({task.created_at.pc});
    }
    info.name = task_name(task, info.created_at);
    tasks_.push_back(std::move(info));
  }
}

std::vector<uintptr_t> Names::stack_of(const RecordedEvent& event) {
  if (event.frame_count > 0) return {event.frames, event.frames + event.frame_count};
  if (event.event.site.pc == 0) return {};
  return {event.event.site.pc};
}

const std::vector<SourcePlace>& Names::frames(const std::vector<uintptr_t>& stack) {
  const auto [found, fresh] = frames_.try_emplace(stack);
  if (fresh && !stack.empty()) found->second = symbolizer_.stack(stack);
  return found->second;
}

SourcePlace Names::place(const std::vector<uintptr_t>& stack) {
  const std::vector<SourcePlace>& all = frames(stack);
  for (const SourcePlace& frame : all) {
    if (symbolizer_.is_users(frame)) return frame;
  }
  for (const SourcePlace& frame : all) {
    if (!frame.file.empty()) return frame;
  }
  return all.empty() ? SourcePlace() : all.front();
}

// ---- Tasks --------------------------------------------------------------------------------------

// The function of the user's that a task began with. What pthread_create was given may be a
// library's wrapper (std::thread); then the outermost frame of the user's in anything that the task
// did tells.
SourcePlace Names::entry_place(const TaskRecord& task) {
  SourcePlace entry = symbolizer_.function(task.entry);
  if (symbolizer_.is_users(entry)) return entry;
  for (const RecordedEvent& event : recording_.trace.events) {
    if (!(event.event.task == task.id) || event.frame_count == 0) continue;
    if (event.frame_count == RecordedEvent::kMaxFrames) continue;  // the outer ones may be cut off
    const std::vector<SourcePlace>& all = frames(stack_of(event));
    for (size_t i = all.size(); i-- > 0;) {
      if (symbolizer_.is_users(all[i])) return all[i];
    }
  }
  return SourcePlace();
}

std::string Names::task_name(const TaskRecord& task, const SourcePlace& created_at) {
  if (task.id.index() == 0) return "main";
  if (!task.given_name.empty()) return task.given_name;
  std::string function = entry_place(task).function;
  if (function.empty()) function = "thread";
  return created_at.file.empty() ? function : absl::StrCat(function, " (", brief(created_at), ")");
}

std::string Names::task(TaskId task) const {
  if (!task.valid()) return "nobody";
  if (task.index() < tasks_.size()) return tasks_[task.index()].name;
  return absl::StrCat("task ", task.index());
}

std::string Names::held(TaskId task) {
  if (task.index() >= recording_.tasks.size()) return "";
  std::vector<std::string> locks;
  for (const HeldLock& lock : recording_.tasks[task.index()].held) {
    // Where it was taken is best known from the record of that, with its call stack.
    SourcePlace since = lock.since.pc == 0 ? SourcePlace() : place({lock.since.pc});
    for (const RecordedEvent& event : recording_.trace.events) {
      if (event.event.task == task && event.event.object == lock.object &&
          event.event.site == lock.since && event.event.effect == Effect::done) {
        since = place(event);
      }
    }
    const std::string at = brief(since);
    locks.push_back(at.empty() ? object(lock.object)
                               : absl::StrCat(object(lock.object), " (since ", at, ")"));
  }
  return absl::StrJoin(locks, ", ");
}

// ---- Memory and objects -------------------------------------------------------------------------

std::string Names::describe(const Described& described) {
  switch (described.what) {
    case Described::What::heap: {
      const std::string at = brief(place(described.allocated_stack.empty()
                                             ? std::vector<uintptr_t>{described.allocated_at.pc}
                                             : described.allocated_stack));
      return absl::StrCat(described.freed ? "freed " : "", "heap block of ", bytes(described.size),
                          at.empty() ? "" : " allocated at ", at);
    }
    case Described::What::stack:
      return absl::StrCat(task(described.task), "'s stack");
    case Described::What::thread_local_storage:
      return absl::StrCat("a thread_local variable of ", task(described.task));
    case Described::What::file:
      return described.text;
    case Described::What::global:
      return "a global variable";
    case Described::What::unknown:
      break;
  }
  return "memory without a name";
}

std::string Names::memory(uintptr_t address) {
  if (address == 0) return "";
  const VariableName variable = symbolizer_.variable(address);
  return variable.name.empty() ? describe(world_.describe(address)) : variable.name;
}

std::string Names::raced_memory(uintptr_t address, uint32_t size) {
  const VariableName variable = symbolizer_.variable(address);
  if (!variable.name.empty()) {
    return absl::StrCat(variable.name, " (global, ", bytes(size), ")");
  }
  const Described described = world_.describe(address);
  const std::string offset =
      described.what == Described::What::heap ? absl::StrCat(" at offset ", described.offset) : "";
  return absl::StrCat(describe(described), " (", bytes(size), offset, ")");
}

std::string Names::object(ObjectId object) {
  if (!object.valid()) return "";
  const auto [found, fresh] = objects_.try_emplace(object.index());
  if (!fresh) return found->second;
  std::string name;
  const Described described = world_.describe(object);
  const uintptr_t address = world_.address_of(object);
  if (described.what == Described::What::file) {
    name = described.text;
  } else if (address == 0) {
    name = world_.kind_of(object);
  } else {
    const VariableName variable = symbolizer_.variable(address);
    const bool alone =
        !variable.name.empty() && variable.offset == 0 && variable.size <= kLargestLone;
    const bool member = variable.name.find('.') != std::string::npos;
    name = alone || member ? variable.name
                           : absl::StrCat(world_.kind_of(object), " in ", memory(address));
  }
  return objects_[object.index()] = name;
}

}  // namespace heddle
