#include "engine/world.h"

#include <sys/syscall.h>
#include <time.h>

#include "base/check.h"
#include "base/raw_syscall.h"

namespace heddle {
namespace {

// Who waits for the batch may want to show progress, or to end.
constexpr uint64_t kLongestNs = 50'000'000;

uint64_t now_ns() {
  timespec time = {};
  raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, reinterpret_cast<long>(&time));
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

// 1 + index of the value in `known`, 0 where there is none. False: it is not known.
bool find_outcome(const ExecutionOutcome& outcome, const std::vector<std::string>* known,
                  uint32_t& index) {
  if (outcome.outcomes.empty()) return true;
  if (known == nullptr) return false;
  const std::string value = joined_outcomes(outcome.outcomes);
  for (uint32_t i = 0; i < known->size(); ++i) {
    if ((*known)[i] != value) continue;
    index = i + 1;
    return true;
  }
  return false;
}

}  // namespace

std::string joined_outcomes(const std::vector<std::string>& outcomes) {
  std::string text;
  for (const std::string& outcome : outcomes) {
    if (!text.empty()) text += ", ";
    text += outcome;
  }
  return text;
}

ExecutionOutcome World::execute_told(ExecutionRequest request) {
  for (;;) {
    HEDDLE_CHECK(request.strategy->begin(request.number));
    ExecutionOutcome outcome = execute(request);
    request.strategy->end(outcome.summary);
    if (!outcome.untold_stacks || request.story_length > 0) return outcome;
    request.story_length = outcome.story_length;
  }
}

std::optional<ExecutionOutcome> World::execute_some(const BatchRequest& wanted,
                                                    PlainExecutions& plain) {
  ExecutionRequest request = wanted.request;
  Strategy& strategy = *request.strategy;
  const uint64_t start = wanted.most > 1 ? now_ns() : 0;
  uint64_t steps = 0;
  for (uint64_t done = 0; done < wanted.most && steps < wanted.most_steps; ++done) {
    if (!strategy.begin(request.number)) {
      plain.exhausted = true;
      break;
    }
    ExecutionOutcome outcome = execute(request);
    PlainExecution fresh;
    fresh.summary = outcome.summary;
    const bool known = find_outcome(outcome, wanted.known_outcomes, fresh.outcome);
    // Noted before the strategy is told: this process may be killed in between.
    plain.all.push_back(fresh);
    strategy.end(outcome.summary);
    PlainExecution& noted = plain.all.back();
    noted.pruned = strategy.pruned();
    if ((!known && !noted.pruned) || !outcome.detections.empty() || !outcome.raced.empty() ||
        outcome.more_shared) {
      plain.all.pop_back();
      return outcome;
    }
    if (strategy.redoes()) {
      plain.all.pop_back();
      continue;
    }
    noted.trace_class = strategy.trace_class(outcome.summary.digest);
    noted.complete = true;
    steps += outcome.summary.steps;
    request.number.number += wanted.stride;
    if (done + 1 < wanted.most && now_ns() - start > kLongestNs) break;
  }
  return std::nullopt;
}

}  // namespace heddle
