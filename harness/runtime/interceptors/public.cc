// What include/heddle/heddle.h calls while a body runs.
#include <string.h>
#include <unwind.h>

#include "heddle/heddle.h"
#include "runtime/crash.h"
#include "runtime/outcomes.h"

using heddle::controlled;
using heddle::Runtime;

namespace heddle {
namespace {

struct CallerSearch {
  uintptr_t function = 0;
  bool found = false;
  uintptr_t caller = 0;
};

_Unwind_Reason_Code find_caller(_Unwind_Context* context, void* argument) {
  CallerSearch& search = *static_cast<CallerSearch*>(argument);
  if (search.found) {
    search.caller = _Unwind_GetIP(context);
    return _URC_END_OF_STACK;
  }
  search.found = _Unwind_GetRegionStart(context) == search.function;
  return _URC_NO_REASON;
}

// Who called `function`, which is on the stack; else whoever of the program's is nearest.
Site caller_of(Runtime& runtime, uintptr_t function) {
  CallerSearch search{function};
  _Unwind_Backtrace(find_caller, &search);
  return search.caller != 0 ? Site{search.caller} : program_site(runtime);
}

// On one line: "Expected equality of these values: balance() (which is 1), 2".
void copy_on_one_line(char* to, size_t capacity, const char* text) {
  static const char kWhich[] = "\n    Which is: ";
  constexpr size_t kWhichLength = sizeof(kWhich) - 1;
  size_t used = 0;
  bool within = false;  // a parenthesis
  int values = 0;
  const auto put = [&](const char* part) {
    for (; *part != 0 && used + 1 < capacity; ++part) to[used++] = *part;
  };
  for (const char* at = text; *at != 0 && used + 1 < capacity;) {
    if (strncmp(at, kWhich, kWhichLength) == 0) {
      put(" (which is ");
      within = true;
      at += kWhichLength;
    } else if (*at == '\n') {
      if (within) put(")");
      within = false;
      while (*at == '\n' || *at == ' ') ++at;
      if (*at != 0) put(used > 0 && to[used - 1] == ':' && values == 0 ? " " : ", ");
      ++values;
    } else {
      to[used++] = *at++;
    }
  }
  if (within) put(")");
  to[used] = 0;
}

}  // namespace
}  // namespace heddle

extern "C" {

HEDDLE_EXPORT void heddle_check_failed(const char* message, const void* caller) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return;
  heddle::process.controlled = nullptr;
  end_execution(*runtime, heddle::FindingKind::check_failed,
                heddle::Site{reinterpret_cast<uintptr_t>(caller)}, message);
}

// A test framework's assertion that lets the body go on. `reporter`: the function of the framework
// that the failing line calls.
HEDDLE_EXPORT void heddle_note_failure(const char* message, const void* reporter) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return;
  heddle::HarnessScope scope(*runtime);
  heddle::Detection detection;
  detection.kind = heddle::FindingKind::check_failed;
  detection.access.task = scope->engine.current().id;
  detection.access.site = heddle::caller_of(*runtime, reinterpret_cast<uintptr_t>(reporter));
  heddle::copy_on_one_line(detection.detail, sizeof(detection.detail), message);
  scope->engine.report(detection);
  heddle::Event event;  // where the story of this failure ends
  event.op = heddle::Op::check;
  event.effect = heddle::Effect::failed;
  event.task = detection.access.task;
  event.site = detection.access.site;
  scope->engine.record(event);
}

HEDDLE_EXPORT void heddle_outcome(const char* value) {
  Runtime* runtime = controlled();
  if (runtime == nullptr) return;
  heddle::HarnessScope scope(*runtime);
  heddle::add_outcome(value);
}

HEDDLE_EXPORT unsigned heddle_choose(unsigned bound, const void* caller) {
  Runtime* runtime = controlled();
  if (runtime == nullptr || bound < 2) return 0;
  heddle::HarnessScope scope(*runtime);
  heddle::Engine& engine = scope->engine;
  const heddle::Site site{reinterpret_cast<uintptr_t>(caller)};
  engine.scheduling_point(
      heddle::Operation{heddle::Op::random, 0, false, heddle::ObjectId(), 0, site});
  heddle::Event event;
  event.op = heddle::Op::random;
  event.task = engine.current().id;
  event.value = engine.choose_value(bound);
  event.site = site;
  engine.record(event);
  return static_cast<unsigned>(event.value);
}

HEDDLE_EXPORT int heddle_running() {
  return controlled() != nullptr ? 1 : 0;
}

}  // extern "C"
