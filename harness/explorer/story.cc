// The parts of a story that come from events. Waits: story_waits.cc.
#include "explorer/story.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "explorer/candidates.h"

namespace heddle {
namespace {

// Two's complement of `size` bytes.
int64_t sign_extended(uint64_t value, uint8_t size) {
  if (size == 0 || size >= 8) return static_cast<int64_t>(value);
  const int unused = 64 - 8 * size;
  return static_cast<int64_t>(value << unused) >> unused;
}

bool is_plain(Op op) {
  return op == Op::read || op == Op::write;
}
bool is_atomic(Op op) {
  return op >= Op::atomic_load && op <= Op::atomic_compare;
}

// Which of the event's numbers mean something to a reader.
void tell_values(const RecordedEvent& recorded, Step& step) {
  const Event& event = recorded.event;
  const bool memory = is_plain(event.op) || is_atomic(event.op);
  if (memory && (event.size == 0 || event.size > 8)) return;
  switch (event.op) {
    case Op::read:
    case Op::atomic_load:
      step.has_value = true;
      step.value = sign_extended(event.before, event.size);
      break;
    case Op::write:
      step.has_value = step.changes = recorded.changes;
      step.before = sign_extended(event.before, event.size);
      step.value = sign_extended(event.value, event.size);
      break;
    case Op::atomic_store:
    case Op::atomic_update:
    case Op::atomic_compare:
      step.has_value = true;
      step.changes = event.effect == Effect::done;
      step.before = sign_extended(event.before, event.size);
      step.value = sign_extended(event.value, event.size);
      break;
    case Op::sleep:
      step.duration_ns = event.value;
      break;
    case Op::file_read:
    case Op::file_write:
    case Op::heap_allocate:
    case Op::random:
      step.has_value = true;
      step.value = static_cast<int64_t>(event.value);
      break;
    default:
      break;
  }
}

Op op_of(const AccessInfo& access) {
  if (access.free) return Op::heap_free;
  if (access.atomic) return access.write ? Op::atomic_store : Op::atomic_load;
  return access.write ? Op::write : Op::read;
}

bool touches(const RecordedEvent& recorded, const AccessInfo& access) {
  const Event& event = recorded.event;
  if (!(event.task == access.task) || event.effect == Effect::blocked) return false;
  const bool access_event = is_plain(event.op) || is_atomic(event.op) || event.op == Op::heap_free;
  if (!access_event) return false;
  const uint64_t size = std::max<uint64_t>(event.size, 1);
  return event.op == Op::heap_free ? access.free && event.site == access.site
                                   : event.address < access.address + access.size &&
                                         access.address < event.address + size;
}

}  // namespace

bool is_about_dead_memory(FindingKind kind) {
  return kind == FindingKind::use_after_free || kind == FindingKind::double_free;
}

bool is_failure(FindingKind kind) {
  return kind == FindingKind::check_failed || kind == FindingKind::uncaught_exception ||
         kind == FindingKind::crash || kind == FindingKind::exit;
}

Severity severity_of(FindingKind kind) {
  return kind == FindingKind::lock_order_cycle ? Severity::warning : Severity::error;
}

std::vector<std::string> last_lines(const std::string& text, size_t most) {
  if (text.empty()) return {};
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<ptrdiff_t>(most));
  return lines;
}

Teller::Teller(const World& world, Symbolizer& symbolizer, const Recording& recording)
    : recording_(recording), world_(world), names_(world, symbolizer, recording) {}

// ---- Steps --------------------------------------------------------------------------------------

std::string Teller::step_object(const RecordedEvent& recorded) {
  const Event& event = recorded.event;
  if (is_plain(event.op) || is_atomic(event.op)) return names_.memory(event.address, &recorded);
  if (event.op == Op::heap_allocate || event.op == Op::heap_free) {
    // At the end it may be a freed block, but it was none then.
    return std::string(absl::StripPrefix(names_.memory(event.address), "freed "));
  }
  if (event.op == Op::task_cancel || event.op == Op::cancel_test) return "";  // `other` says whom
  return names_.object(event.object);
}

Step Teller::step(const RecordedEvent& recorded) {
  const Event& event = recorded.event;
  Step step;
  step.step = recorded.step;
  step.task = event.task;
  step.op = event.op;
  step.effect = event.effect;
  step.object = step_object(recorded);
  // Addresses and numbers of objects lie far apart.
  step.object_id = event.address != 0 ? event.address : event.object.index();
  tell_values(recorded, step);
  step.other = event.other;
  step.clock_ns = recorded.clock_ns;
  step.place = names_.place(recorded);
  step.foreign = names_.is_foreign(recorded);
  const int listed = std::min<int>(recorded.held_count, RecordedEvent::kMaxHeld);
  for (int i = 0; i < listed; ++i) step.locks.push_back(names_.object(recorded.held[i]));
  return step;
}

uint64_t Teller::steps_left_out() const {
  const size_t recorded = recording_.trace.events.size();
  return recording_.trace.left_out + (recorded > kMostSteps ? recorded - kMostSteps : 0);
}

std::vector<Step> Teller::steps() {
  constexpr size_t kFirst = kMostSteps / 10;
  const std::vector<RecordedEvent>& events = recording_.trace.events;
  const size_t cut = events.size() > kMostSteps ? events.size() - kMostSteps : 0;
  std::vector<Step> steps;
  for (size_t i = 0; i < events.size(); ++i) {
    if (cut > 0 && i == kFirst) i += cut;
    steps.push_back(step(events[i]));
  }
  return steps;
}

std::string Teller::describe(const RecordedEvent& event) {
  const std::string object = step_object(event);
  const std::string at = brief(names_.place(event));
  return absl::StrCat("step ", event.step, ", ", names_.task(event.event.task), ": ",
                      word(event.event.op), object.empty() ? "" : " ", object,
                      at.empty() ? "" : " at ", at);
}

// ---- Races --------------------------------------------------------------------------------------

// The last event before `before` (null: the end) that is the access; null where it was not
// recorded.
const RecordedEvent* Teller::find_access(const AccessInfo& access,
                                         const RecordedEvent* before) const {
  const std::vector<RecordedEvent>& events = recording_.trace.events;
  const RecordedEvent* found = nullptr;
  const RecordedEvent* same_site = nullptr;
  for (const RecordedEvent& event : events) {
    if (&event == before) break;
    if (!touches(event, access)) continue;
    found = &event;
    if (event.event.site == access.site) same_site = &event;
  }
  return same_site != nullptr || access.site.pc != 0 ? same_site : found;
}

Step Teller::side(const AccessInfo& access, const RecordedEvent* event) {
  Step told;
  std::vector<uintptr_t> stack;
  if (event != nullptr) {
    told = step(*event);
    stack = Names::stack_of(*event);
  } else {
    told.task = access.task;
    told.op = op_of(access);
    told.object = names_.memory(access.address);
    told.object_id = access.address;
    if (access.site.pc != 0) stack = {access.site.pc};
    told.place = names_.place(stack);
  }
  told.stack = names_.frames(stack);
  return told;
}

void Teller::tell_race(const Detection& detection, Finding& finding) {
  const RecordedEvent* later = nullptr;
  // The racing pair: the first access of the later side after which the race was reported, and the
  // last one of the earlier side before it.
  for (const RecordedEvent& event : recording_.trace.events) {
    if (!touches(event, detection.access) || !(event.event.site == detection.access.site)) continue;
    if (find_access(detection.earlier, &event) == nullptr) continue;
    later = &event;
    break;
  }
  if (later == nullptr) later = find_access(detection.access, nullptr);
  const RecordedEvent* earlier = find_access(detection.earlier, later);
  finding.accesses = {side(detection.access, later), side(detection.earlier, earlier)};
  finding.object = names_.raced_memory(detection.access.address, detection.access.size, later);
}

bool is_use(const RecordedEvent& recorded, const AccessInfo& access) {
  const Event& event = recorded.event;
  if (!(event.task == access.task) || !(event.site == access.site)) return false;
  const uint64_t accessed = std::max<uint64_t>(access.size, 1);
  const uint64_t size = std::max<uint64_t>(event.size, 1);
  return event.address < access.address + accessed && access.address < event.address + size;
}

// The end of the memory's life, and the first use after it.
void Teller::tell_dead_memory(const Detection& detection, Finding& finding) {
  const AccessInfo& end = detection.earlier;
  const RecordedEvent* ended = nullptr;
  const RecordedEvent* used = nullptr;
  for (const RecordedEvent& recorded : recording_.trace.events) {
    const Event& event = recorded.event;
    const bool covers = end.address - event.address < event.value;
    if (event.op == Op::heap_allocate && covers) {
      ended = used = nullptr;  // another block
    } else if (ended == nullptr) {
      const bool ends = end.free ? event.op == Op::heap_free && covers && event.site == end.site
                                 : event.op == Op::task_end;
      if (ends && event.task == end.task) ended = &recorded;
    } else if (used == nullptr && is_use(recorded, detection.access)) {
      used = &recorded;
    }
  }
  finding.object = dead_memory(detection);
  finding.accesses = {side(detection.access, used)};
  if (end.free) finding.accesses.push_back(side(end, ended));
}

std::string Teller::dead_memory(const Detection& detection) {
  const AccessInfo& access = detection.access;
  if (!detection.earlier.free) {
    const bool on_stack = world_.describe(access.address).what == Described::What::stack;
    return absl::StrCat(on_stack ? "stack" : "thread_local variable", " of task ",
                        names_.task(detection.earlier.task), ", which has ended");
  }
  const bool whole = access.free || access.size == 0;
  const std::string memory =
      whole ? names_.memory(access.address) : names_.raced_memory(access.address, access.size);
  return std::string(absl::StripPrefix(memory, "freed "));
}

// Where a task did what a detection is about. One instruction of a library may be reached from
// many places: the last time counts, since what is not a race ends its task's part in the story.
SourcePlace Teller::side_place(const AccessInfo& access) {
  const RecordedEvent* found = find_access(access, nullptr);
  if (found == nullptr) {
    for (const RecordedEvent& event : recording_.trace.events) {
      if (event.event.task == access.task && event.event.site == access.site) found = &event;
    }
  }
  if (found != nullptr) return names_.place(*found);
  return access.site.pc == 0 ? SourcePlace() : names_.place({access.site.pc});
}

// ---- The finding --------------------------------------------------------------------------------

std::string Teller::line_key(const Detection& detection) {
  std::vector<std::string> lines;
  const auto add = [&](const SourcePlace& place) {
    lines.push_back(absl::StrCat(place.file, ":", place.line));
  };
  const DetectionKey key = DetectionKey::of(detection);
  if (is_about_waits(detection.kind)) {
    for (const WaitInfo* wait : core_waits())
      add(side_place({.task = wait->task, .site = wait->site}));
  } else if (key.low_pc != 0 || key.high_pc != 0) {
    add(side_place(detection.access));
    if (detection.earlier.site.pc != 0) add(side_place(detection.earlier));
  }
  std::sort(lines.begin(), lines.end());
  // Any number of tasks may wait at the same line; a race of a line with itself has it twice.
  if (is_about_waits(detection.kind))
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return absl::StrCat(word(detection.kind), " ", absl::StrJoin(lines, " "));
}

// The body may go on after a failed check; the story does not.
void Teller::end_at_check(const Detection& detection, Finding& finding) const {
  for (const RecordedEvent& event : recording_.trace.events) {
    if (event.event.op != Op::check || !(event.event.site == detection.access.site)) continue;
    const auto beyond = [&](const Step& step) { return step.step > event.step; };
    finding.steps.erase(std::find_if(finding.steps.begin(), finding.steps.end(), beyond),
                        finding.steps.end());
    return;
  }
}

// Down to the last frame that is the reader's.
std::vector<SourcePlace> Teller::stack(const Detection& detection) {
  std::vector<SourcePlace> places =
      names_.frames({detection.frames, detection.frames + detection.frame_count});
  while (!places.empty() && !names_.is_users(places.back())) places.pop_back();
  return places;
}

Finding Teller::tell(const Detection& detection, const std::string& output) {
  Finding finding;
  finding.kind = detection.kind;
  finding.severity = detection.note ? Severity::note : severity_of(detection.kind);
  if (detection.judge == Judge::tsan) finding.judge = "tsan";
  finding.partial = detection.partial;
  finding.tasks = names_.tasks();
  finding.steps = steps();
  finding.steps_left_out = steps_left_out();
  finding.output = last_lines(output, kOutputLines);
  if (detection.kind == FindingKind::check_failed) end_at_check(detection, finding);
  if (detection.kind == FindingKind::data_race) tell_race(detection, finding);
  if (is_about_dead_memory(detection.kind)) tell_dead_memory(detection, finding);
  if (is_about_waits(detection.kind)) tell_waits(finding);
  // Where a check stands its story says.
  if (detection.kind != FindingKind::check_failed) finding.stack = stack(detection);
  finding.message = message(detection, finding);
  return finding;
}

// `text` as sync/misuse.h says; empty: a lock that is not held.
std::string Teller::misuse_message(const Detection& detection, const std::string& text) {
  const std::string who = names_.task(detection.access.task);
  const std::string object = names_.object(detection.object);
  if (text.empty())
    return absl::StrCat(who, " uses ", object, " as if it held it, but it does not");
  const bool same = detection.earlier.task == detection.access.task;
  const std::string other = same ? "it" : names_.task(detection.earlier.task);
  return absl::StrCat(who, " ", absl::StrReplaceAll(text, {{"{}", object}, {"{other}", other}}));
}

std::string Teller::lock_order_message(const Detection& detection) {
  const std::string taken = names_.object(detection.object);
  const std::string held = names_.object(detection.held);
  const auto side = [&](const AccessInfo& access, const std::string& first,
                        const std::string& second) {
    const SourcePlace place = side_place(access);
    const std::string where =
        place.file.empty() ? "" : absl::StrCat(" (", place.file, ":", place.line, ")");
    return absl::StrCat(names_.task(access.task), " locks ", first, " and then ", second, where);
  };
  return absl::StrCat(side(detection.access, held, taken), ", ",
                      side(detection.earlier, taken, held));
}

std::string Teller::message(const Detection& detection, const Finding& finding) {
  const std::string detail(detection.detail, strnlen(detection.detail, sizeof(detection.detail)));
  const std::string who = names_.task(detection.access.task);
  switch (detection.kind) {
    case FindingKind::data_race:
    case FindingKind::use_after_free:
    case FindingKind::double_free:
      return finding.object;
    case FindingKind::uncaught_exception: {
      // "std::runtime_error: text", or the type alone.
      const size_t colon = detail.find(": ");
      const bool body = detection.access.task == TaskId(0);
      return absl::StrCat("exception ", detail.substr(0, colon), " left ", body ? "the body" : who,
                          colon == std::string::npos ? "" : detail.substr(colon));
    }
    case FindingKind::leaked_task: {
      std::vector<std::string> running;
      for (const TaskInfo& task : names_.tasks()) {
        if (!task.ended && task.id.index() != 0) running.push_back(task.name);
      }
      const char* const end = detection.note ? "the program ends" : "the body returns";
      if (running.size() == 1) return absl::StrCat(running[0], " still runs when ", end);
      return absl::StrCat(running.size(), " tasks still run when ", end);
    }
    case FindingKind::lock_misuse:
      return misuse_message(detection, detail);
    case FindingKind::lock_order_cycle:
      return lock_order_message(detection);
    case FindingKind::step_limit:
      return absl::StrCat("the execution did not end within ", recording_.trace.summary.steps,
                          " operations");
    case FindingKind::task_limit:
      return absl::StrCat("the execution created more than ", kMaxTasks, " tasks");
    case FindingKind::deadlock:
    case FindingKind::self_deadlock:
    case FindingKind::orphaned_lock:
    case FindingKind::lost_wakeup:
      return wait_message(detection);
    default:
      break;
  }
  return detail.empty() ? absl::StrCat(word(detection.kind), " in ", who) : detail;
}

}  // namespace heddle
