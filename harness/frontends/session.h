// Puts the parts together: scenarios, strategies, symbols, explorer, reports. session.cc is the
// only file that names concrete strategies and reports.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "explorer/explore.h"
#include "explorer/replay.h"
#include "frontends/options.h"
#include "frontends/stage.h"
#include "heddle/scenario.h"

namespace heddle {

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

// The strategies that --strategy takes.
std::vector<StrategyName> strategy_names();
uint32_t largest_depth();

class Session {
 public:
  // `scenarios` ends with a null name.
  Session(Stage& stage, const Scenario* scenarios);
  ~Session();  // closes the stage

  // All throw Failure where the user has to mend something.
  Answer list(const CommandOptions& options, const Console& console);
  Answer verify(const CommandOptions& options, const Console& console);
  Answer run(const CommandOptions& options, const Console& console);
  Answer replay(const CommandOptions& options, const Console& console);

  // Explored and explained: what `run` and `verify` have in common.
  ExplorationResult explore_scenario(const Scenario& scenario, const CommandOptions& options,
                                     const Console& console);

 private:
  struct Call;   // a scenario with its parameters, ready to run
  struct Track;  // what a replay follows

  const Scenario& scenario(const std::string& name) const;
  std::vector<const Scenario*> matching(const std::vector<std::string>& patterns) const;
  ScheduleOrigin origin_of(const Scenario& scenario, const Parameters& parameters) const;
  Track track_of(const CommandOptions& options);
  Track follow_schedule(const std::string& text, const CommandOptions& options);
  Track follow_named(const Scenario& scenario, const NamedSchedule& named,
                     const CommandOptions& options);
  void set_stage();

  Stage& stage_;
  World& world_;
  const Scenario* scenarios_;
  std::unique_ptr<Symbols> symbols_;
  bool on_stage_ = false;  // open, and the snapshot taken
};

// The status by which a finished exploration or replay ends its command.
int exit_status(const ExplorationResult& result);

}  // namespace heddle
