// `heddle verify --judge=both`: the same scenarios in the build where ThreadSanitizer judges.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "frontends/options.h"

namespace heddle {

// What an exploration found: kinds of error, and the races as pairs of places.
struct Judgement {
  std::set<std::string> kinds;
  std::set<std::string> races;  // "bank.cc:16 and bank.cc:18", the smaller first
};

Judgement judgement_of(const ExplorationResult& result);

// The program of that name in the build `tsan` beside the one that runs, unless the user names one.
// Throws Failure where there is none.
std::string find_other_judge(const CommandOptions& options);

// Explores the scenario there with the same seed, strategy and budget. Throws Failure when the
// program gives no report.
Judgement ask_other_judge(const std::string& program, const std::string& scenario,
                          const CommandOptions& options);

// "agree", or what the other one says instead. ThreadSanitizer keeps four accesses of each word and
// tells every second race on it: that it tells fewer places of a race that both see is no
// disagreement.
std::string compare_judgements(const Judgement& own, const Judgement& other);

}  // namespace heddle
