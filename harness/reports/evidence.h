// What a pass means, in sentences that say no more than was done.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace heddle {

// For the first line: "1000 executions, 998 distinct", "exhaustive: all 2 inequivalent executions".
std::string extent(const Evidence& evidence);

// Below it, for a pass.
std::vector<std::string> pass_sentences(const ExplorationResult& result);

// Of a search: what bounds it, what share of all it has seen, what it left.
std::vector<std::string> limit_sentences(const ExplorationResult& result);

// The end results that were seen, the most frequent first; empty when all were alike.
std::string outcome_sentence(const ExplorationResult& result);

// Why the exploration ended, where a reader of any verdict has to know; else empty.
std::string ending_sentence(const ExplorationResult& result);

}  // namespace heddle
