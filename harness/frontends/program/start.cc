// How a program that is linked with the run time starts: as ever, or, when `heddle check` has
// started it, with main as the body of an exploration.
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cstdio>

#include "frontends/check.h"
#include "frontends/command_line.h"
#include "frontends/failure.h"
#include "frontends/linked_program.h"
#include "frontends/output.h"
#include "frontends/program/process_stage.h"
#include "frontends/strategies.h"
#include "runtime/export.h"
#include "runtime/outside.h"
#include "runtime/program.h"

namespace heddle {
namespace {

using Main = int(int, char**, char**);

struct MainCall {
  Main* main = nullptr;
  int argc = 0;
  char** argv = nullptr;
};

void* run_main(void* call) {
  const MainCall& program = *static_cast<const MainCall*>(call);
  end_of_main(program.main(program.argc, program.argv, environ));
}

void copy_folder(ProcessWorld& world) {
  const std::string why = world.copy_folder();
  if (why.empty()) return;
  fail_usage("--fresh-dir: this folder cannot be copied for every execution: " + why,
             "start the program in a folder that holds only what it needs");
}

int explore_main(MainCall call, const std::vector<std::string>& command) {
  for (const std::string& line : optimised_units()) write_error("heddle: " + line + "\n");
  return status_of([&] {
    std::vector<const char*> words;
    words.reserve(command.size());
    for (const std::string& word : command) words.push_back(word.c_str());
    const CommandOptions options = parse_options(static_cast<int>(words.size()), words.data(),
                                                 strategy_names(), largest_depth());
    ProcessWorld& world = process_world();
    world.explore_program(options.expect_exit);
    if (options.fresh_dir) copy_folder(world);
    ProcessStage stage(world);
    return answer_command(options, stage, [&](const Console& console) {
      return check_program(options, Body{run_main, &call}, stage, console);
    });
  });
}

int checked_main(int argc, char** argv, char**) {
  const OutsideScope outside(__builtin_frame_address(0));
  const int status = explore_main({process.program_main, argc, argv}, take_check_command());
  // Static destructors and exit handlers have run within the executions.
  std::fflush(nullptr);
  _exit(status);
}

bool is_checked(char** environment) {
  for (; *environment != nullptr; ++environment) {
    if (strncmp(*environment, "HEDDLE_CHECK=", 13) == 0) return true;
  }
  return false;
}

}  // namespace
}  // namespace heddle

// What the executable's first instructions call.
extern "C" HEDDLE_EXPORT int __libc_start_main(heddle::Main* main, int argc, char** argv,
                                               void (*init)(), void (*fini)(), void (*rtld_fini)(),
                                               void* stack_end) {
  using Start = decltype(&__libc_start_main);
  const auto real = reinterpret_cast<Start>(dlsym(RTLD_NEXT, "__libc_start_main"));
  if (heddle::is_checked(argv + argc + 1)) {
    heddle::process.program_main = main;
    main = heddle::checked_main;
  }
  return real(main, argc, argv, init, fini, rtld_fini, stack_end);
}
