// The `heddle` command: the scenarios of the program that this is linked into.
#include <cstdlib>

#include "frontends/command_line.h"
#include "frontends/linked_program.h"
#include "frontends/output.h"
#include "frontends/same_addresses.h"
#include "frontends/stage.h"
#include "heddle/scenario.h"
#include "runtime/export.h"
#include "runtime/process_world.h"

namespace heddle {
namespace {

class ProcessStage : public Stage {
 public:
  explicit ProcessStage(ProcessWorld& world) : world_(world) {}
  World& world() override { return world_; }
  std::string open() override {
    // Files of executions are best kept in memory.
    const char* chosen = std::getenv("TMPDIR");
    const char* parents[] = {"/dev/shm", chosen != nullptr ? chosen : "/tmp", nullptr};
    return world_.open(parents);
  }
  void close() override { world_.close(); }
  int error_descriptor() const override { return world_.error_descriptor(); }
  std::string with_dir(std::string_view text) const override { return world_.with_dir(text); }

 private:
  ProcessWorld& world_;
};

}  // namespace
}  // namespace heddle

HEDDLE_EXPORT int main(int argc, char** argv) {
  heddle::use_same_addresses(argv);
  for (const std::string& line : heddle::optimised_units()) {
    heddle::write_error("heddle: " + line + "\n");
  }
  heddle::ProcessStage stage(heddle::process_world());
  return heddle::cli_main(argc, argv, stage, heddle::kScenarios);
}
