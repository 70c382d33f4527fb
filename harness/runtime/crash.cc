#include "runtime/crash.h"

#include <cxxabi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unwind.h>

#include <exception>
#include <typeinfo>

#include "platform/raw_memory.h"
#include "runtime/backtrace.h"
#include "runtime/globals.h"
#include "runtime/real.h"

namespace heddle {
namespace {

constexpr int kFatalSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
constexpr size_t kSignalStack = 256 << 10;

struct Installed {
  std::terminate_handler terminate = nullptr;
  struct sigaction actions[4] = {};
  stack_t stack = {};
  void* memory = nullptr;
};
constinit Installed installed;

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "segmentation fault (SIGSEGV)";
    case SIGBUS:
      return "bus error (SIGBUS)";
    case SIGFPE:
      return "arithmetic fault, such as a division by zero (SIGFPE)";
    default:
      return "illegal instruction (SIGILL)";
  }
}

// To the detail, as far as there is room.
void append(Detection& detection, const char* text) {
  size_t used = 0;
  while (detection.detail[used] != 0) ++used;
  for (; *text != 0 && used + 1 < sizeof(detection.detail); ++text) {
    detection.detail[used++] = *text;
  }
}

// Runs on the signal stack. The faulting task never goes on: the host does.
void on_fatal_signal(int signal, siginfo_t* info, void* context) {
  Runtime* runtime = process.runtime;
  HEDDLE_CHECK(runtime->engine.running());
  const bool controlled = process.controlled != nullptr;
  const bool touching = runtime->touching_user_memory;
  process.controlled = nullptr;
  runtime->touching_user_memory = false;
  const auto* machine = static_cast<ucontext_t*>(context);
  const Task& self = runtime->engine.current();
  const Fiber& fiber = runtime->fibers.fiber(self.slot);
  const uintptr_t address = reinterpret_cast<uintptr_t>(info->si_addr);
  const uintptr_t guard = reinterpret_cast<uintptr_t>(fiber.stack_low);
  // Our own callbacks run on the task's stack too, and are mostly the ones to reach its end.
  const bool overflow =
      signal == SIGSEGV && address < guard && address >= guard - FiberPool::kGuard;
  if (!controlled && !touching && !overflow) HEDDLE_CHECK(!"a fault in Heddle's own code");
  Detection detection;
  detection.kind = FindingKind::crash;
  detection.access.task = self.id;
  detection.access.site = Site{static_cast<uintptr_t>(machine->uc_mcontext.gregs[REG_RIP]) + 1};
  note_stack(*runtime, *machine, detection);
  // Of a callback of ours: where the program called it.
  if (Globals::in_harness(detection.access.site.pc - 1) && detection.frame_count > 0) {
    detection.access.site = Site{detection.frames[0]};
  }
  append(detection, overflow ? "stack overflow: the recursion is too deep" : name_of(signal));
  runtime->engine.abandon(detection);
}

// Called by the C++ runtime when no handler was found (nothing is unwound yet: the stack still
// shows the throw), when a noexcept function is left by an exception, or directly.
void on_terminate() {
  Runtime* runtime = process.runtime;
  if (runtime == nullptr || !runtime->engine.running()) abort();
  process.controlled = nullptr;
  const Site site = program_site(*runtime);
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) {
    end_execution(*runtime, FindingKind::crash, site, "std::terminate was called");
  }
  // Nothing may be allocated or freed once we leave for good, so the text is copied at once.
  char name[128] = {0};
  int status = 0;
  if (char* readable = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status)) {
    strncpy(name, readable, sizeof(name) - 1);
    free(readable);
  } else {
    strncpy(name, type->name(), sizeof(name) - 1);
  }
  char what[128] = {0};
  try {
    throw;
  } catch (const std::exception& exception) {
    strncpy(what, exception.what(), sizeof(what) - 1);
  } catch (...) {
  }
  end_execution(*runtime, FindingKind::uncaught_exception, site, name,
                what[0] == 0 ? nullptr : what);
}

struct SiteSearch {
  const Runtime* runtime;
  uintptr_t pc = 0;
};

_Unwind_Reason_Code find_program_frame(_Unwind_Context* context, void* argument) {
  SiteSearch& search = *static_cast<SiteSearch*>(argument);
  const uintptr_t pc = _Unwind_GetIP(context);
  if (pc == 0) return _URC_END_OF_STACK;
  const Module* module = search.runtime->globals->module_of(pc);
  if (module == nullptr || module->runtime_library || Globals::in_harness(pc)) {
    return _URC_NO_REASON;
  }
  search.pc = pc;
  return _URC_END_OF_STACK;
}

}  // namespace

Site program_site(Runtime& runtime) {
  SiteSearch search{&runtime};
  _Unwind_Backtrace(find_program_frame, &search);
  return Site{search.pc};
}

void refuse_own_memory() {
  Runtime& runtime = *process.runtime;
  HEDDLE_CHECK(runtime.engine.running());
  process.controlled = nullptr;
  end_execution(runtime, FindingKind::crash, program_site(runtime),
                "a wild pointer: it leads to memory of Heddle's own");
}

void end_execution(Runtime& runtime, FindingKind kind, Site site, const char* text,
                   const char* more) {
  Detection detection;
  detection.kind = kind;
  detection.access.task = runtime.engine.current().id;
  detection.access.site = site;
  note_stack(runtime, detection);
  append(detection, text);
  if (more != nullptr) {
    append(detection, ": ");
    append(detection, more);
  }
  runtime.engine.abandon(detection);
}

void renew_terminate_handler() {
  std::set_terminate(on_terminate);
}

void install_crash_handlers(Runtime&) {
  installed.terminate = std::set_terminate(on_terminate);
  if (installed.memory == nullptr) installed.memory = map_memory(0, kSignalStack);
  stack_t stack = {};
  stack.ss_sp = installed.memory;
  stack.ss_size = kSignalStack;
  sigaltstack(&stack, &installed.stack);
  struct sigaction action = {};
  action.sa_sigaction = on_fatal_signal;
  // The handler never returns: its signal must not stay blocked.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  // libc's own: ThreadSanitizer's would put a handler of its own before ours, which is never left.
  const auto install = HEDDLE_REAL(sigaction);
  for (int i = 0; i < 4; ++i) install(kFatalSignals[i], &action, &installed.actions[i]);
}

void remove_crash_handlers() {
  const auto install = HEDDLE_REAL(sigaction);
  for (int i = 0; i < 4; ++i) install(kFatalSignals[i], &installed.actions[i], nullptr);
  sigaltstack(&installed.stack, nullptr);
  std::set_terminate(installed.terminate);
}

}  // namespace heddle
