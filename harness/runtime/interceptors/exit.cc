// abort, exit, assert, atexit.
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/raw_output.h"
#include "runtime/crash.h"
#include "runtime/program.h"
#include "runtime/real.h"
#include "runtime/task_data.h"

using heddle::controlled;
using heddle::end_execution;
using heddle::FindingKind;
using heddle::HarnessScope;
using heddle::Runtime;

namespace heddle {
namespace {

using Exit = void(Runtime&, int, Site);

// The end of a whole program; else a finding.
[[noreturn]] void end_by_exit(Runtime& runtime, const char* call, Exit* exit, int status,
                              Site site) {
  if (runtime.program != nullptr) exit(runtime, status, site);
  process.controlled = nullptr;
  RawText text;
  text.text(call).text("(").number(status).text(") where the body should have returned");
  end_execution(runtime, FindingKind::exit, site, text.c_str());
}

[[noreturn]] void end_by_assert(Runtime& runtime, const char* expression, const char* file,
                                unsigned line, const char* function, Site site) {
  process.controlled = nullptr;
  RawText text;
  text.text("assertion `").text(expression).text("` failed at ").text(file).text(":");
  text.number(line);
  if (function != nullptr) text.text(" in ").text(function);
  end_execution(runtime, FindingKind::crash, site, text.c_str());
}

}  // namespace
}  // namespace heddle

// A call by which the process ends.
#define HEDDLE_EXIT_CALL(name, exception, way)                                  \
  HEDDLE_EXPORT void name(int status) exception {                               \
    if (Runtime* runtime = controlled()) {                                      \
      heddle::end_by_exit(*runtime, #name, heddle::way, status, HEDDLE_CALLER); \
    }                                                                           \
    HEDDLE_REAL(name)(status);                                                  \
    __builtin_trap();                                                           \
  }

extern "C" {

HEDDLE_EXPORT void abort() noexcept {
  if (Runtime* runtime = controlled()) {
    heddle::process.controlled = nullptr;
    end_execution(*runtime, FindingKind::crash, heddle::program_site(*runtime), "abort was called");
  }
  HEDDLE_REAL(abort)();
  __builtin_trap();
}

HEDDLE_EXPORT void __assert_fail(const char* expression, const char* file, unsigned line,
                                 const char* function) noexcept {
  if (Runtime* runtime = controlled()) {
    heddle::end_by_assert(*runtime, expression, file, line, function, HEDDLE_CALLER);
  }
  HEDDLE_REAL(__assert_fail)(expression, file, line, function);
  __builtin_trap();
}

// quick_exit's own handlers are registered with libc and not run.
HEDDLE_EXIT_CALL(exit, noexcept, exit_program)
HEDDLE_EXIT_CALL(_exit, , exit_program_at_once)
HEDDLE_EXIT_CALL(_Exit, noexcept, exit_program_at_once)
HEDDLE_EXIT_CALL(quick_exit, noexcept, exit_program_at_once)

HEDDLE_EXPORT int atexit(void (*function)()) noexcept {
  Runtime* runtime = controlled();
  auto* plain = reinterpret_cast<void (*)(void*)>(reinterpret_cast<void*>(function));
  if (runtime == nullptr) {
    heddle::note_start_up(plain, nullptr, HEDDLE_CALLER);
    // libc has no dynamic symbol of this name; this is what its static part does.
    using Register = int(void (*)(void*), void*, void*);
    return HEDDLE_REAL_AS(Register*, "__cxa_atexit")(plain, nullptr, nullptr);
  }
  HarnessScope scope(*runtime);
  scope->threads->at_exit(plain, nullptr);
  return 0;
}

}  // extern "C"
