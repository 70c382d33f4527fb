// The `heddle` command: the scenarios of the program that this is linked into.
#include "frontends/command_line.h"
#include "frontends/linked_program.h"
#include "frontends/output.h"
#include "frontends/program/process_stage.h"
#include "frontends/same_addresses.h"
#include "heddle/scenario.h"
#include "runtime/export.h"

namespace {

// Before anything else is set up, as it would be for nothing.
void at_start(int, char** argv, char** environment) {
  heddle::use_same_addresses(argv, environment);
}
__attribute__((used, section(".preinit_array"))) void (*const call_at_start)(int, char**,
                                                                             char**) = at_start;

}  // namespace

HEDDLE_EXPORT int main(int argc, char** argv) {
  for (const std::string& line : heddle::optimised_units()) {
    heddle::write_error("heddle: " + line + "\n");
  }
  heddle::ProcessStage stage(heddle::process_world());
  return heddle::cli_main(argc, argv, stage, heddle::kScenarios);
}
