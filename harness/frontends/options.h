// What a user typed, checked: every flag of the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "explorer/explore.h"

namespace heddle {

enum class Command : uint8_t {
  none,
  list,
  verify,
  run,
  replay,
  doctor,
  explore,
  check,
  outcomes,
  merge
};
// The strategy that explores everything; its flags have other defaults than those below.
inline constexpr const char* kExhaustiveStrategy = "dfs";

enum class Format : uint8_t { text, json };
enum class ColorMode : uint8_t { automatic, always, never };

struct CommandOptions {
  static constexpr uint64_t kNoLimit = ExploreOptions::kNoLimit;
  static constexpr uint64_t kDefaultMaxSteps = ExecutionLimits().max_steps;

  std::string program = "heddle";  // as the user calls it, without its folder
  Command command = Command::none;
  std::string answer;                 // --help, --version: print this and be done
  std::vector<std::string> patterns;  // list, verify; merge: files
  std::string scenario;               // run, outcomes, replay; for replay also a schedule string
  std::string schedule;               // as typed: a string, @name, @path

  uint64_t seed = 1;
  std::string strategy = "portfolio";
  uint64_t executions = 1000;
  uint64_t steps = kNoLimit;
  uint64_t time_ns = kNoLimit;
  uint64_t after = 100;
  bool keep_going = false;
  PointMode points = PointMode::automatic;
  bool minimize = true;
  std::optional<uint64_t> threads;
  std::optional<uint64_t> rounds;
  uint64_t slack_ns = ExecutionLimits().slack_ns;
  uint32_t spurious = ExecutionLimits().spurious;
  uint32_t depth = 3;
  std::optional<uint32_t> preemptions;  // dfs: a bound
  bool reduction = true;                // dfs: up to equivalence
  uint64_t max_steps = kDefaultMaxSteps;
  std::vector<std::string> words;   // all that was typed
  std::vector<std::string> called;  // check: the program and its arguments
  bool all_outcomes = false;        // check: tell the ends that it came to, rather than findings
  int expect_exit = 0;              // check: the status by which it ends
  std::string expect_output;        // check: a file that holds what it prints; empty: anything
  bool fresh_dir = false;           // check: executions begin with a copy of the working directory
  bool both_judges = false;         // verify
  std::string tsan_binary;          // verify: empty: found beside this build
  std::string suppressions;         // a file; empty: none
  uint32_t require_tasks = 0;       // fewer tasks at once make a pass a failure
  ExploreOptions::Shard shard;
  std::optional<uint32_t> jobs;  // empty: as many as there are cores for
  bool in_process = false;       // executions in this process: for a debugger

  Format format = Format::text;
  std::string out;  // empty: standard output
  bool all = false;
  ColorMode color = ColorMode::automatic;
  bool quiet = false;
  bool verbose = false;
};

struct StrategyName {
  std::string name;
  std::string help;  // one line
};

// Throws Failure. `strategies` are what --strategy takes; `max_depth` is the largest --depth.
CommandOptions parse_options(int argc, const char* const* argv,
                             const std::vector<StrategyName>& strategies, uint32_t max_depth);

// What `heddle::explore` is told: flags of `run`, and --schedule.
CommandOptions parse_explore_options(const std::vector<std::string>& flags,
                                     const std::vector<StrategyName>& strategies,
                                     uint32_t max_depth);
// The names of those flags, without dashes; true: it takes a value.
std::vector<std::pair<std::string, bool>> explore_flags(const std::vector<StrategyName>& strategies,
                                                        uint32_t max_depth);

}  // namespace heddle
