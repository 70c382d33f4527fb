#include "explorer/names.h"

#include <algorithm>

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
  events_of_.resize(tasks_.size());
  for (const RecordedEvent& event : recording.trace.events) {
    const TaskId task = event.event.task;
    const bool known = task.valid() && task.index() < events_of_.size();
    if (known && event.frame_count > 0) events_of_[task.index()].push_back(&event);
  }
}

std::vector<uintptr_t> Names::stack_of(const RecordedEvent& event) {
  if (event.frame_count > 0) return {event.frames, event.frames + event.frame_count};
  if (event.event.site.pc == 0) return {};
  return {event.event.site.pc};
}

bool Names::is_foreign(const RecordedEvent& event) {
  const std::vector<uintptr_t> stack = stack_of(event);
  return !stack.empty() && symbolizer_.is_foreign(stack.front());
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
  // A lambda has no name.
  if (function.empty() || function == "operator()") function = "thread";
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

// In the frame that held the address when its task was at `event`.
VariableName Names::local_at(uintptr_t address, const RecordedEvent& event) {
  const auto [found, fresh] = locals_.try_emplace({address, &event});
  if (!fresh) return found->second;
  for (int i = 0; i < event.frame_count && event.frame_ends[i] != 0; ++i) {
    if (address >= event.frame_ends[i]) continue;
    return found->second = symbolizer_.local(event.frames[i], event.frame_ends[i], address);
  }
  return {};
}

// What is known of a stack are the frames at its task's events. Between two of them others may have
// come and gone, but no other task has learned of these: what both events say is true, and what
// only the earlier one says, unless the later one says something else.
VariableName Names::local(uintptr_t address, TaskId owner, const RecordedEvent* when) {
  if (!owner.valid() || owner.index() >= events_of_.size()) return {};
  const std::vector<const RecordedEvent*>& events = events_of_[owner.index()];
  if (when == nullptr) {
    for (size_t i = events.size(); i-- > 0;) {
      VariableName name = local_at(address, *events[i]);
      if (!name.name.empty()) return name;
    }
    return {};
  }
  const auto next = std::upper_bound(
      events.begin(), events.end(), when->step,
      [](uint64_t step, const RecordedEvent* event) { return step < event->step; });
  VariableName after = next == events.end() ? VariableName() : local_at(address, **next);
  if (next == events.begin()) return after;
  const RecordedEvent& last = **(next - 1);
  const VariableName before = local_at(address, last);
  const bool certain = &last == when || after.name.empty() || after.name == before.name;
  return certain ? before : VariableName();
}

VariableName Names::variable(uintptr_t address, const RecordedEvent* when) {
  VariableName global = symbolizer_.variable(address);
  if (!global.name.empty()) return global;
  const Described described = world_.describe(address);
  if (described.what != Described::What::stack) return {};
  VariableName name = local(address, described.task, when);
  // Of other tasks there may be several that run the same function.
  if (!name.name.empty() && described.task.index() != 0) {
    name.name = absl::StrCat(task(described.task), "'s ", name.name);
  }
  return name;
}

std::string Names::memory(uintptr_t address, const RecordedEvent* when) {
  if (address == 0) return "";
  const VariableName named = variable(address, when);
  return named.name.empty() ? describe(world_.describe(address)) : named.name;
}

std::string Names::raced_memory(uintptr_t address, uint32_t size, const RecordedEvent* when) {
  const Described described = world_.describe(address);
  const VariableName named = variable(address, when);
  if (!named.name.empty()) {
    const bool local = described.what == Described::What::stack;
    const std::string where =
        local ? absl::StrCat("on ", task(described.task), "'s stack") : "global";
    return absl::StrCat(named.name, " (", where, ", ", bytes(size), ")");
  }
  const std::string offset =
      described.what == Described::What::heap ? absl::StrCat(" at offset ", described.offset) : "";
  return absl::StrCat(describe(described), " (", bytes(size), offset, ")");
}

// The first time that an object is spoken of; null: never.
const RecordedEvent* Names::first_use(ObjectId object) const {
  for (const RecordedEvent& event : recording_.trace.events) {
    if (event.event.object == object) return &event;
  }
  return nullptr;
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
    const RecordedEvent* when = first_use(object);
    const VariableName named = variable(address, when);
    const bool alone = !named.name.empty() && named.offset == 0 && named.size <= kLargestLone;
    const bool member = named.name.find('.') != std::string::npos;
    name = alone || member ? named.name
                           : absl::StrCat(world_.kind_of(object), " in ", memory(address, when));
  }
  return objects_[object.index()] = name;
}

}  // namespace heddle
