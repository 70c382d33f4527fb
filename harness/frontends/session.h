// The commands about scenarios: list, verify, run, outcomes, replay.
#pragma once

#include <string>
#include <vector>

#include "frontends/options.h"
#include "frontends/workbench.h"
#include "heddle/scenario.h"

namespace heddle {

class Session {
 public:
  // `scenarios` ends with a null name.
  Session(Stage& stage, const Scenario* scenarios);

  // All throw Failure where the user has to mend something.
  Answer list(const CommandOptions& options, const Console& console);
  Answer verify(const CommandOptions& options, const Console& console);
  Answer run(const CommandOptions& options, const Console& console);
  Answer outcomes(const CommandOptions& options, const Console& console);
  Answer replay(const CommandOptions& options, const Console& console);

  // Explored and explained: what `run` and `verify` have in common.
  ExplorationResult explore_scenario(const Scenario& scenario, const CommandOptions& options,
                                     const Console& console);

 private:
  class Call;
  // What a replay runs, and how.
  struct Course {
    const Scenario* scenario = nullptr;
    Parameters parameters;
    Track track;
  };

  const Scenario& scenario(const std::string& name) const;
  std::vector<const Scenario*> matching(const std::vector<std::string>& patterns) const;
  Course course_of(const CommandOptions& options);
  Course follow_schedule(const std::string& text, const CommandOptions& options);
  Course follow_named(const Scenario& scenario, const NamedSchedule& named,
                      const CommandOptions& options);

  Workbench workbench_;
  const Scenario* scenarios_;
};

}  // namespace heddle
