#include "frontends/options.h"

#include <gtest/gtest.h>

#include "frontends/failure.h"

namespace heddle {
namespace {

const std::vector<StrategyName> kNames = {{"portfolio", "both"}, {"random", "dice"}, {"pct", "d"}};

CommandOptions parse(std::vector<const char*> words) {
  words.insert(words.begin(), "/usr/local/bin/heddle");
  return parse_options(static_cast<int>(words.size()), words.data(), kNames, 16);
}

// The failure as the user sees it.
std::string refusal(std::vector<const char*> words) {
  try {
    parse(std::move(words));
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.status, kExitUsage);
    return failure.line();
  }
  return "accepted";
}

TEST(Options, DefaultsAreThoseOfTheManual) {
  const CommandOptions options = parse({"run", "bank.unlocked"});
  EXPECT_EQ(options.program, "heddle");
  EXPECT_EQ(options.command, Command::run);
  EXPECT_EQ(options.scenario, "bank.unlocked");
  EXPECT_EQ(options.seed, 1u);
  EXPECT_EQ(options.strategy, "portfolio");
  EXPECT_EQ(options.executions, 1000u);
  EXPECT_EQ(options.after, 100u);
  EXPECT_EQ(options.steps, CommandOptions::kNoLimit);
  EXPECT_EQ(options.time_ns, CommandOptions::kNoLimit);
  EXPECT_EQ(options.max_steps, 10'000'000u);
  EXPECT_EQ(options.slack_ns, 1'000'000'000u);
  EXPECT_EQ(options.spurious, 1u);
  EXPECT_EQ(options.depth, 3u);
  EXPECT_TRUE(options.minimize);
  EXPECT_FALSE(options.keep_going || options.all || options.quiet || options.verbose);
}

TEST(Options, EveryFlagOfRunIsTaken) {
  const CommandOptions options =
      parse({"run",           "a.b",           "--seed=7",   "--strategy=pct", "--executions=20",
             "--steps=30",    "--time=1m30s",  "--after=4",  "--keep-going",   "--points=all",
             "--no-minimize", "--threads=5",   "--rounds=6", "--slack=10s",    "--spurious=0",
             "--depth=2",     "--max-steps=9", "--jobs=1",   "--format=json",  "--out=x",
             "--all",         "--color=never", "--quiet",    "--verbose"});
  EXPECT_EQ(options.seed, 7u);
  EXPECT_EQ(options.strategy, "pct");
  EXPECT_EQ(options.executions, 20u);
  EXPECT_EQ(options.steps, 30u);
  EXPECT_EQ(options.time_ns, 90'000'000'000u);
  EXPECT_EQ(options.after, 4u);
  EXPECT_TRUE(options.keep_going);
  EXPECT_EQ(options.points, PointMode::all);
  EXPECT_FALSE(options.minimize);
  EXPECT_EQ(options.threads, 5u);
  EXPECT_EQ(options.rounds, 6u);
  EXPECT_EQ(options.slack_ns, 10'000'000'000u);
  EXPECT_EQ(options.spurious, 0u);
  EXPECT_EQ(options.depth, 2u);
  EXPECT_EQ(options.max_steps, 9u);
  EXPECT_EQ(options.format, Format::json);
  EXPECT_EQ(options.out, "x");
  EXPECT_EQ(options.color, ColorMode::never);
  EXPECT_TRUE(options.all && options.quiet && options.verbose);
}

TEST(Options, FlagsMayStandBeforeTheScenarioAndHaveTheirValueApart) {
  const CommandOptions options = parse({"run", "--seed", "3", "a.b"});
  EXPECT_EQ(options.seed, 3u);
  EXPECT_EQ(options.scenario, "a.b");
}

TEST(Options, TheLastOfARepeatedFlagCounts) {
  EXPECT_EQ(parse({"run", "a.b", "--seed=3", "--seed=4"}).seed, 4u);
}

TEST(Options, TheLargestSeedFits) {
  EXPECT_EQ(parse({"run", "a.b", "--seed=18446744073709551615"}).seed, UINT64_MAX);
}

TEST(Options, RandomSeedsDiffer) {
  EXPECT_NE(parse({"run", "a.b", "--seed=random"}).seed,
            parse({"run", "a.b", "--seed=random"}).seed);
}

TEST(Options, PatternsAndSchedules) {
  EXPECT_EQ(parse({"list", "bank.*", "queue.*"}).patterns,
            (std::vector<std::string>{"bank.*", "queue.*"}));
  EXPECT_EQ(parse({"replay", "a.b", "--schedule=@x"}).schedule, "@x");
  EXPECT_EQ(parse({"replay", "h1.a.b.AAAA"}).scenario, "h1.a.b.AAAA");
  EXPECT_EQ(parse({"doctor"}).command, Command::doctor);
}

TEST(Options, HelpAndVersionAreAnswers) {
  EXPECT_NE(parse({"--help"}).answer.find("verify"), std::string::npos);
  EXPECT_NE(parse({"run", "--help"}).answer.find("--executions"), std::string::npos);
  EXPECT_EQ(parse({"--version"}).answer.rfind("heddle ", 0), 0u);
  EXPECT_EQ(parse({"--version"}).command, Command::none);
}

TEST(Options, WhatIsUnknownIsNamedWithTheNearestName) {
  EXPECT_EQ(refusal({"rnu"}),
            "heddle: unknown command rnu: did you mean run? `heddle --help` shows the commands\n");
  EXPECT_EQ(
      refusal({"run", "a.b", "--sed=3"}),
      "heddle: unknown flag --sed: did you mean --seed? `heddle run --help` shows its flags\n");
  EXPECT_EQ(
      refusal({"run", "a.b", "--strategy=pcf"}),
      "heddle: unknown strategy pcf: did you mean pct? write one of portfolio, random, pct\n");
  EXPECT_EQ(refusal({"run", "a.b", "--format=xml"}),
            "heddle: unknown format xml: write one of text, json\n");
  EXPECT_EQ(refusal({"list", "--seed=3"}),
            "heddle: unknown flag --seed: `heddle list --help` shows its flags\n");
}

TEST(Options, NumbersOutOfRangeAreRefused) {
  EXPECT_EQ(refusal({"run", "a.b", "--threads=0"}),
            "heddle: --threads=0 is out of range: write a whole number above 0 there\n");
  EXPECT_EQ(refusal({"run", "a.b", "--executions=0"}),
            "heddle: --executions=0 is out of range: write a whole number above 0 there\n");
  for (const char* wrong : {"--threads=-1", "--threads=two", "--threads=", "--threads=1e3",
                            "--seed=18446744073709551616", "--depth=17", "--depth=0", "--time=30",
                            "--time=0s", "--time=-1s", "--slack=soon"}) {
    const std::string line = refusal({"run", "a.b", wrong});
    EXPECT_EQ(line.rfind("heddle: --", 0), 0u) << wrong << ": " << line;
    EXPECT_NE(line.find(": write "), std::string::npos) << wrong << ": " << line;
  }
}

TEST(Options, ANegativeNumberApartFromItsFlagIsRefused) {
  EXPECT_EQ(refusal({"run", "a.b", "--threads", "-1"}).rfind("heddle: ", 0), 0u);
}

TEST(Options, JobsAreAsManyAsWantedAndOneForTests) {
  EXPECT_EQ(parse({"run", "a.b"}).jobs, std::nullopt);
  EXPECT_EQ(parse({"run", "a.b", "--jobs=4"}).jobs, 4u);
  EXPECT_EQ(refusal({"run", "a.b", "--jobs=0"}).rfind("heddle: --jobs=0 is out of range", 0), 0u);
  EXPECT_EQ(parse_explore_options({}, kNames, 16).jobs, 1u);
}

TEST(Options, WhatIsMissingIsNamed) {
  EXPECT_EQ(refusal({}), "heddle: no command is given: `heddle --help` shows the commands\n");
  EXPECT_EQ(refusal({"run"}), "heddle: `heddle run` needs a scenario: `heddle list` shows them\n");
  EXPECT_EQ(refusal({"run", "a.b", "--seed"}).rfind("heddle: ", 0), 0u);
  EXPECT_EQ(refusal({"run", "a.b", "c.d"}).rfind("heddle: unexpected argument c.d: ", 0), 0u);
}

// A refusal is one line, whatever was typed.
TEST(Options, ControlCharactersDoNotReachTheTerminal) {
  const std::string line = refusal({"\x1b[31m\nrun"});
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

}  // namespace
}  // namespace heddle
