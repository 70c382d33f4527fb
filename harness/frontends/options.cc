// Flags are declared in groups, one line each; CLI11 splits the command line and writes the help,
// values are read here, so that what is wrong with one is said in our words.
#include "frontends/options.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "frontends/failure.h"
#include "frontends/option_values.h"
#include "frontends/program_words.h"
#include "frontends/suggest.h"

#ifndef HEDDLE_VERSION
#define HEDDLE_VERSION "0.1.0"  // the build gives the project's version
#endif

namespace heddle {
namespace {

using Setter = std::function<void(const std::string&)>;

template <typename T>
T one_of(const std::string& flag, const std::string& text,
         const std::vector<std::pair<std::string, T>>& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) {
    if (name == text) return value;
    names.push_back(name);
  }
  fail_usage(absl::StrCat("unknown ", flag.substr(2), " ", text),
             did_you_mean(text, names, absl::StrCat("write one of ", absl::StrJoin(names, ", "))));
}

class Parser {
 public:
  Parser(const std::vector<StrategyName>& strategies, uint32_t max_depth)
      : strategies_(strategies), max_depth_(max_depth) {}

  CommandOptions parse(int argc, const char* const* argv);
  CommandOptions parse_explore(const std::vector<std::string>& flags);
  std::vector<std::pair<std::string, bool>> explore_flags();

 private:
  CLI::App* command(Command command, const std::string& name, const std::string& help);
  void value(CLI::App* app, const std::string& flag, const std::string& type,
             const std::string& help, const Setter& set);
  void switch_on(CLI::App* app, const std::string& flag, bool& target, const std::string& help,
                 bool on = true);
  void exploring(CLI::App* app);
  void suppressing(CLI::App* app);
  void bounds(CLI::App* app);
  void shards(CLI::App* app);
  void sizes(CLI::App* app);
  void showing(CLI::App* app);
  void writing(CLI::App* app);
  void declare();
  void declare_verify();
  void declare_check();
  CLI::App* declare_explore();
  void parse_words(int argc, const char* const* argv, const std::string& help);
  void check_command(int argc, const char* const* argv) const;
  void check_extras(const CLI::App& app) const;
  void set_strategy(const std::string& text);
  void apply_defaults();

  const std::vector<StrategyName>& strategies_;
  const uint32_t max_depth_;
  CLI::App app_{
      "Finds race conditions and deadlocks in C++ programs: runs them under every order "
      "of their threads' steps that a strategy picks, and replays what it finds."};
  std::vector<std::pair<std::string, Command>> commands_;
  CommandOptions options_;
  struct Given {
    std::optional<uint64_t> executions;
    std::optional<uint64_t> after;
    std::optional<uint32_t> spurious;
    bool strategy = false;
  } given_;  // whose defaults depend on other flags
};

CLI::App* Parser::command(Command command, const std::string& name, const std::string& help) {
  CLI::App* app = app_.add_subcommand(name, help);
  app->set_help_flag("-h,--help", "show this");
  app->allow_extras();  // check_extras words the error
  commands_.emplace_back(name, command);
  return app;
}

void Parser::value(CLI::App* app, const std::string& flag, const std::string& type,
                   const std::string& help, const Setter& set) {
  app->add_option_function<std::string>(flag, set, help)->type_name(type)->take_last();
}

void Parser::switch_on(CLI::App* app, const std::string& flag, bool& target,
                       const std::string& help, bool on) {
  app->add_flag_callback(
      flag, [&target, on] { target = on; }, help);
}

void Parser::set_strategy(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const StrategyName& strategy : strategies_) names.emplace_back(strategy.name, strategy.name);
  options_.strategy = one_of("--strategy", text, names);
}

// Those that depend on the strategy.
void Parser::apply_defaults() {
  CommandOptions& to = options_;
  if (to.command == Command::outcomes && !given_.strategy) to.strategy = kExhaustiveStrategy;
  const bool all = to.strategy == kExhaustiveStrategy;
  if (!all && (to.preemptions.has_value() || !to.reduction)) {
    fail_usage(absl::StrCat(to.reduction ? "--preemptions" : "--no-reduction", " is of dfs"),
               "write --strategy=dfs as well, or leave it out");
  }
  to.executions = given_.executions.value_or(all ? CommandOptions::kNoLimit : to.executions);
  to.spurious = given_.spurious.value_or(all ? 0 : to.spurious);
  to.after = given_.after.value_or(to.after);
  if (all && to.shard.of > 1) {
    fail_usage("--shard: dfs goes where the execution before it leads", "leave it out");
  }
  const bool keeps = all || to.command == Command::outcomes;
  to.keep_going = to.keep_going || (keeps && !given_.after.has_value());
}

void Parser::exploring(CLI::App* app) {
  CommandOptions& to = options_;
  std::vector<std::string> strategies;
  for (const StrategyName& strategy : strategies_) {
    strategies.push_back(absl::StrCat(strategy.name, " (", strategy.help, ")"));
  }
  value(app, "--seed", "N", "the only source of randomness; `random` draws one [1]",
        [&to](const std::string& text) {
          to.seed = text == "random" ? random_seed() : parse_number("--seed", text, 0, UINT64_MAX);
        });
  value(app, "--strategy", "NAME", absl::StrJoin(strategies, ", ") + " [portfolio]",
        [this](const std::string& text) {
          set_strategy(text);
          given_.strategy = true;
        });
  value(app, "--executions", "N", "budget in executions [1000; none for dfs]",
        [this](const std::string& text) {
          given_.executions = parse_number("--executions", text, 1, UINT64_MAX);
        });
  value(
      app, "--steps", "N", "budget in operations over all executions [none]",
      [&to](const std::string& text) { to.steps = parse_number("--steps", text, 1, UINT64_MAX); });
  value(app, "--time", "30s", "budget in time; not reproducible [none]",
        [&to](const std::string& text) { to.time_ns = parse_duration("--time", text); });
  value(app, "--after", "N",
        "executions to go on for after the first finding [100; --keep-going for dfs]",
        [this](const std::string& text) {
          given_.after = parse_number("--after", text, 0, UINT64_MAX);
        });
  switch_on(app, "--keep-going", to.keep_going, "use the whole budget, whatever is found");
  value(app, "--points", "MODE",
        "scheduling points: auto (synchronisation, and memory on which a race was seen), sync, all "
        "(all memory that several tasks touch) [auto]",
        [&to](const std::string& text) {
          to.points = one_of<PointMode>(
              "--points", text,
              {{"auto", PointMode::automatic}, {"sync", PointMode::sync}, {"all", PointMode::all}});
        });
  value(
      app, "--slack", "1s",
      "virtual time for which a task that could run may be held back while sleepers and time-outs "
      "go ahead; dfs explores all [1s]",
      [&to](const std::string& text) { to.slack_ns = parse_duration("--slack", text); });
  value(app, "--spurious", "N", "spurious wake-ups for each wait [1; dfs 0]",
        [this](const std::string& text) {
          given_.spurious = static_cast<uint32_t>(parse_number("--spurious", text, 0, 1000));
        });
  value(app, "--preemptions", "B",
        "dfs: at most so many switches away from a task that could go on",
        [&to](const std::string& text) {
          to.preemptions = static_cast<uint32_t>(parse_number("--preemptions", text, 0, 1000));
        });
  switch_on(app, "--no-reduction", to.reduction, "dfs: every order, also of what is independent",
            false);
  value(app, "--depth", "D", "pct: number of ordering constraints [3]",
        [this, &to](const std::string& text) {
          to.depth = static_cast<uint32_t>(parse_number("--depth", text, 1, max_depth_));
        });
  value(app, "--require-tasks", "N", "a pass with fewer tasks at once is a failure [none]",
        [&to](const std::string& text) {
          to.require_tasks =
              static_cast<uint32_t>(parse_number("--require-tasks", text, 0, 100'000));
        });
  suppressing(app);
  value(app, "--jobs", "N",
        "processes that explore at a time; results do not depend on it [cores; 1 in tests]",
        [&to](const std::string& text) {
          to.jobs = static_cast<uint32_t>(parse_number("--jobs", text, 1, 1000));
        });
}

void Parser::suppressing(CLI::App* app) {
  value(app, "--suppressions", "FILE",
        "findings to leave out, one a line: KIND PATTERN [until=YYYY-MM-DD] REASON [none]",
        [this](const std::string& text) { options_.suppressions = text; });
}

void Parser::bounds(CLI::App* app) {
  switch_on(app, "--in-process", options_.in_process,
            "run executions in this process instead of a worker: for a debugger; what ends the "
            "process ends Heddle");
  value(app, "--max-steps", "N", "operations after which an execution is a step-limit finding",
        [this](const std::string& text) {
          options_.max_steps = parse_number("--max-steps", text, 1, UINT64_MAX);
        });
}

void Parser::shards(CLI::App* app) {
  value(app, "--shard", "I/N",
        "run the I-th of N shares of the executions; `heddle merge` joins their JSON reports",
        [this](const std::string& text) {
          const std::vector<std::string> parts = absl::StrSplit(text, '/');
          if (parts.size() != 2) {
            fail_usage(absl::StrCat("--shard=", text, " is no share"),
                       "write one like --shard=1/3, 2/3 or 3/3");
          }
          const uint64_t of = parse_number("--shard", parts[1], 1, 10'000);
          options_.shard.of = static_cast<uint32_t>(of);
          options_.shard.index =
              static_cast<uint32_t>(parse_number("--shard", parts[0], 1, of) - 1);
        });
}

void Parser::sizes(CLI::App* app) {
  constexpr uint64_t kMost = UINT64_MAX;  // each scenario has limits of its own
  value(app, "--threads", "N", "size of a scenario that has such a size",
        [this](const std::string& text) {
          options_.threads = parse_number("--threads", text, 1, kMost);
        });
  value(app, "--rounds", "K", "likewise", [this](const std::string& text) {
    options_.rounds = parse_number("--rounds", text, 1, kMost);
  });
}

void Parser::writing(CLI::App* app) {
  CommandOptions& to = options_;
  value(app, "--out", "FILE", "write the report there, whole or not at all",
        [&to](const std::string& text) {
          if (text.empty()) fail_usage("--out needs a file", "write --out=FILE, or leave it out");
          to.out = text;
        });
  value(app, "--color", "WHEN", "auto, always, never; NO_COLOR is honoured [auto]",
        [&to](const std::string& text) {
          to.color = one_of<ColorMode>("--color", text,
                                       {{"auto", ColorMode::automatic},
                                        {"always", ColorMode::always},
                                        {"never", ColorMode::never}});
        });
  switch_on(app, "--quiet,-q", to.quiet, "only what must be said");
  switch_on(app, "--verbose,-v", to.verbose, "times, call stacks, where tasks were created");
}

void Parser::showing(CLI::App* app) {
  CommandOptions& to = options_;
  value(app, "--format", "FORMAT", "text or json [text]", [&to](const std::string& text) {
    to.format = one_of<Format>("--format", text, {{"text", Format::text}, {"json", Format::json}});
  });
  switch_on(app, "--all", to.all, "show every operation, not only those that matter");
  writing(app);
}

void Parser::declare_verify() {
  CLI::App* verify = command(Command::verify, "verify",
                             "explore all scenarios and compare with what is expected of them");
  verify->add_option("PATTERN", options_.patterns, "globs over names: 'bank.*'")->type_name("");
  value(verify, "--judge", "WHO",
        "own, or both: also ask the build of these scenarios where ThreadSanitizer judges [own]",
        [this](const std::string& text) {
          options_.both_judges = one_of<bool>("--judge", text, {{"own", false}, {"both", true}});
        });
  value(verify, "--tsan-binary", "FILE", "that build's program [in build/tsan beside this build]",
        [this](const std::string& text) { options_.tsan_binary = text; });
  exploring(verify);
  bounds(verify);
  writing(verify);
}

void Parser::declare_check() {
  CLI::App* check = command(Command::check, "check",
                            "explore a whole program with its own main, built by heddle-c++: "
                            "heddle check [flags] -- PROGRAM [ARGS...]");
  exploring(check);
  switch_on(check, "--no-minimize", options_.minimize, "report schedules as they were found",
            false);
  value(check, "--expect-exit", "N", "the exit status that is right [0]",
        [this](const std::string& text) {
          options_.expect_exit = static_cast<int>(parse_number("--expect-exit", text, 0, 255));
        });
  value(check, "--expect-output", "FILE", "what the program must print, to the byte",
        [this](const std::string& text) { options_.expect_output = text; });
  switch_on(check, "--fresh-dir", options_.fresh_dir,
            "begin each execution with a copy of the whole working directory, rather than of the "
            "files that it names");
  value(check, "--schedule", "S", "replay this schedule, or the one in @path/to/file",
        [this](const std::string& text) { options_.schedule = text; });
  bounds(check);
  shards(check);
  showing(check);
}

void Parser::declare() {
  app_.name("heddle");
  app_.set_help_flag("-h,--help", "show this");
  app_.add_flag_callback(
      "--version", [] {}, "show the version");  // parse looks for it
  app_.footer(
      "`heddle COMMAND --help` shows the flags of a command.\n"
      "Exit status: 0 pass, 1 findings, 2 wrong usage, 3 no verdict, 130 interrupted.");

  CLI::App* list = command(Command::list, "list", "the scenarios, with expectation and lesson");
  list->add_option("PATTERN", options_.patterns, "globs over names: 'bank.*'")->type_name("");
  writing(list);

  declare_verify();

  for (const bool run : {true, false}) {
    CLI::App* app =
        run ? command(Command::run, "run", "explore one scenario")
            : command(Command::outcomes, "outcomes",
                      "which end results one scenario can have, each with a schedule [dfs]");
    app->add_option("SCENARIO", options_.scenario, "its name, as `heddle list` shows it")
        ->type_name("");
    exploring(app);
    switch_on(app, "--no-minimize", options_.minimize, "report schedules as they were found",
              false);
    bounds(app);
    shards(app);
    sizes(app);
    showing(app);
  }

  CLI::App* replay = command(Command::replay, "replay", "one execution, with its interleaving");
  replay->add_option("SCENARIO", options_.scenario, "a scenario, or a schedule string alone")
      ->type_name("");
  value(replay, "--schedule", "S", "a schedule string, @name of the scenario's, or @path/to/file",
        [this](const std::string& text) { options_.schedule = text; });
  bounds(replay);
  sizes(replay);
  showing(replay);

  declare_check();

  CLI::App* merge = command(Command::merge, "merge",
                            "join the JSON reports of an exploration's shards into the report that "
                            "one run would have given");
  merge->add_option("REPORT", options_.patterns, "files, one of each shard")->type_name("");
  suppressing(merge);
  showing(merge);

  CLI::App* doctor = command(Command::doctor, "doctor",
                             "can this machine run Heddle? what is missing, and how to mend it");
  writing(doctor);
}

// The first word decides, and says most about what somebody meant.
void Parser::check_command(int argc, const char* const* argv) const {
  if (argc < 2) fail_usage("no command is given", "`heddle --help` shows the commands");
  const std::string first = argv[1];
  std::vector<std::string> names;
  for (const auto& [name, command] : commands_) {
    if (name == first) return;
    names.push_back(name);
  }
  if (first == "-h" || first == "--help" || first == "--version") return;
  const bool flag = absl::StartsWith(first, "-");
  fail_usage(absl::StrCat(flag ? "unknown flag " : "unknown command ", first),
             did_you_mean(first, names, "`heddle --help` shows the commands"));
}

void Parser::check_extras(const CLI::App& app) const {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return;
  const std::string extra = extras.front().substr(0, extras.front().find('='));
  const std::string help = absl::StrCat("`heddle ", app.get_name(), " --help` shows its flags");
  if (!absl::StartsWith(extra, "-")) {
    fail_usage(absl::StrCat("unexpected argument ", extra), absl::StrCat("leave it out; ", help));
  }
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  fail_usage(absl::StrCat("unknown flag ", extra), did_you_mean(extra, flags, help));
}

void Parser::parse_words(int argc, const char* const* argv, const std::string& help) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const std::vector<CLI::App*> chosen = app_.get_subcommands();
    options_.answer = chosen.empty() ? app_.help() : chosen.front()->help("heddle");
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();
    const std::string flag = text.substr(0, text.find(':'));
    fail_usage(absl::StrCat(flag, " has no value"),
               absl::StrCat("write ", flag, "=VALUE; ", help, " which"));
  } catch (const CLI::ParseError& error) {
    fail_usage(error.what(), absl::StrCat(help, " how to write it"));
  }
}

CLI::App* Parser::declare_explore() {
  CLI::App* app = command(Command::explore, "explore", "");
  exploring(app);
  switch_on(app, "--no-minimize", options_.minimize, "report schedules as they were found", false);
  bounds(app);
  showing(app);
  value(app, "--schedule", "S", "replay this schedule",
        [this](const std::string& text) { options_.schedule = text; });
  return app;
}

CommandOptions Parser::parse_explore(const std::vector<std::string>& flags) {
  const CLI::App* app = declare_explore();
  std::vector<const char*> words = {"heddle", "explore"};
  for (const std::string& flag : flags) words.push_back(flag.c_str());
  parse_words(static_cast<int>(words.size()), words.data(), "`heddle run --help` shows");
  options_.command = Command::explore;
  check_extras(*app);
  apply_defaults();
  if (!options_.jobs) options_.jobs = 1;  // tests are run side by side already
  return options_;
}

std::vector<std::pair<std::string, bool>> Parser::explore_flags() {
  std::vector<std::pair<std::string, bool>> flags;
  for (const CLI::Option* option : declare_explore()->get_options()) {
    for (const std::string& name : option->get_lnames()) {
      if (name != "help") flags.emplace_back(name, option->get_items_expected_max() > 0);
    }
  }
  return flags;
}

CommandOptions Parser::parse(int argc, const char* const* argv) {
  declare();
  check_command(argc, argv);
  options_.words.assign(argv, argv + argc);
  const std::string path = argv[0];
  options_.program = path.substr(path.rfind('/') + 1);
  ProgramWords taken = take_program(argc, argv);
  const std::vector<const char*>& words = taken.before;
  options_.called = std::move(taken.called);
  options_.keep_going = options_.all_outcomes = taken.outcomes;
  const std::string first = words[1];
  if (first == "--version") {
    options_.answer = "heddle " HEDDLE_VERSION "\n";
    return options_;
  }
  parse_words(static_cast<int>(words.size()), words.data(),
              absl::StrCat("`heddle ", first, " --help` shows"));
  if (!options_.answer.empty()) return options_;
  for (const auto& [name, command] : commands_) {
    if (name == first) options_.command = command;
  }
  check_extras(*app_.get_subcommand(first));
  if (options_.command == Command::check && options_.called.empty()) {
    fail_usage("`heddle check` needs a program", "write `heddle check -- ./program`");
  }
  const bool needs_scenario = options_.command == Command::run ||
                              options_.command == Command::replay ||
                              options_.command == Command::outcomes;
  if (needs_scenario && options_.scenario.empty()) {
    fail_usage(absl::StrCat("`heddle ", first, "` needs a scenario"), "`heddle list` shows them");
  }
  apply_defaults();
  return options_;
}

}  // namespace

CommandOptions parse_explore_options(const std::vector<std::string>& flags,
                                     const std::vector<StrategyName>& strategies,
                                     uint32_t max_depth) {
  return Parser(strategies, max_depth).parse_explore(flags);
}

std::vector<std::pair<std::string, bool>> explore_flags(const std::vector<StrategyName>& strategies,
                                                        uint32_t max_depth) {
  return Parser(strategies, max_depth).explore_flags();
}

CommandOptions parse_options(int argc, const char* const* argv,
                             const std::vector<StrategyName>& strategies, uint32_t max_depth) {
  return Parser(strategies, max_depth).parse(argc, argv);
}

}  // namespace heddle
