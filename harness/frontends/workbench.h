// What every front end does alike: a body is explored or replayed on a stage, and told.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "explorer/explore.h"
#include "explorer/replay.h"
#include "frontends/options.h"
#include "frontends/parameters.h"
#include "frontends/stage.h"
#include "reports/text_options.h"

namespace heddle {

class Suppressions;
class Symbols;

// How and where an answer is shown.
struct Console {
  int columns = 80;
  bool color = false;
  std::function<bool()> interrupted;  // may be empty
  std::function<void(const ExploreProgress&, const std::string& scenario)>
      progress;  // may be empty
};

// What a command has to say, and how it ends.
struct Answer {
  std::string text;
  int status = 0;
};

// What is explored: a scenario, a test, a program.
struct Target {
  std::string name;          // as schedules name it
  Body body;                 // what it points to must live as long as the call
  NamedSizes changed_sizes;  // those that differ from the defaults
  NamedSizes all_sizes;
  // The whole command that replays a schedule.
  std::function<std::string(const std::string& schedule)> replay_command;
};

// What a replay follows.
struct Track {
  ExecutionLimits limits;
  std::unique_ptr<Strategy> strategy;
  std::function<std::string(const Strategy&)> divergence;
  std::vector<PointKey> watch;
  uint64_t digest = 0;  // of the build that made the schedule; 0: it has none
  bool in_process = false;
};

// Keeps what it has read of the program's files: one a process.
class Workbench {
 public:
  explicit Workbench(Stage& stage);
  ~Workbench();  // leaves the stage

  // As before the first exploration or replay; another may follow.
  void leave_stage();

  // Explored and explained.
  ExplorationResult explore(const Target& target, const CommandOptions& options,
                            const Console& console);
  Track follow(const Schedule& schedule, const CommandOptions& options);
  // One execution, explained.
  ReplayResult replay(const Target& target, const Track& track);

  // With the folder of executions as $DIR. Long schedules are kept in files, in the folder in which
  // the process was before.
  std::string report(const ExplorationResult& result, const CommandOptions& options,
                     const Console& console) const;
  // The same of the ends that executions came to, rather than of what was found.
  std::string report_outcomes(const ExplorationResult& result, const CommandOptions& options,
                              const Console& console) const;
  std::string report(const ReplayResult& replayed, const CommandOptions& options,
                     const Console& console) const;

  World& world() { return stage_.world(); }
  Symbols& symbols() { return *symbols_; }

 private:
  ScheduleOrigin origin_of(const Target& target);
  void set_stage(bool in_process);

  Stage& stage_;
  std::string folder_;  // the working directory before the stage was set
  std::unique_ptr<Symbols> symbols_;
  std::optional<uint64_t> build_digest_;
  bool on_stage_ = false;  // open, and the snapshot taken
};

// A schedule string, read. Throws Failure.
Schedule read_schedule(const std::string& text);
// Whether it looks like one: "h1.…".
bool is_schedule(const std::string& text);

ExecutionLimits limits_of(const CommandOptions& options);
TextOptions text_options(const CommandOptions& options, const Console& console);

// Explains what an exploration has found, and judges it by what was required.
void finish(const CommandOptions& options, const Suppressions& suppressions,
            ExplorationResult& result);
// The status by which a finished exploration or replay ends its command.
int exit_status(const ExplorationResult& result);

}  // namespace heddle
