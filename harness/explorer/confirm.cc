#include "explorer/confirm.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "explorer/difference.h"
#include "explorer/minimise.h"
#include "explorer/story.h"

namespace heddle {
namespace {

class Confirmation {
 public:
  Confirmation(World& world, const ExploreOptions& options, const ExploreCallbacks& callbacks)
      : world_(world),
        options_(options),
        callbacks_(callbacks),
        replayer_(world, options.body, options.limits, callbacks.replay) {}

  void confirm(const Candidate& candidate);
  std::vector<Confirmed> take() { return std::move(findings_); }

 private:
  template <typename Tell>
  ReplayedExecution replay_told(const Candidate& candidate, const Schedule& schedule,
                                const std::vector<PointKey>& watch, Tell tell);
  Minimised minimised(const Candidate& candidate);
  void tell_minimised(const Candidate& candidate, const std::vector<PointKey>& watch,
                      Finding& finding);
  void look_closer(const Candidate& candidate, const std::vector<PointKey>& watch,
                   Finding& finding);
  void not_repeated(const Candidate& candidate, bool shown, const std::string& divergence);
  void set_schedule(const Schedule& schedule, Finding& finding) const;
  void admit(const std::string& key, const Candidate& candidate, Finding finding);

  World& world_;
  const ExploreOptions& options_;
  const ExploreCallbacks& callbacks_;
  Replayer replayer_;
  std::vector<Confirmed> findings_;
  absl::flat_hash_map<std::string, size_t> by_lines_;
  size_t candidates_ = 0;
};

const Detection* seen(const Candidate& candidate, const ReplayedExecution& replayed) {
  return find_detection(replayed.outcome.detections, candidate.key);
}

// Replays, and where the candidate's detection shows calls `tell` with who can tell of it; all once
// more where the process that could answer was killed meanwhile. Returns the last replay.
template <typename Tell>
ReplayedExecution Confirmation::replay_told(const Candidate& candidate, const Schedule& schedule,
                                            const std::vector<PointKey>& watch, Tell tell) {
  constexpr int kMostTimes = 5;
  for (int times = 1;; ++times) {
    ReplayedExecution replayed = replayer_.record(schedule, watch);
    if (const Detection* detection = seen(candidate, replayed)) {
      const Recording recording = world_.story();
      Teller teller(world_, *callbacks_.symbolizer, recording);
      tell(teller, *detection, replayed.outcome.output);
    }
    if (!world_.lost_answers() || times == kMostTimes) return replayed;
  }
}

void Confirmation::confirm(const Candidate& candidate) {
  ++candidates_;
  std::vector<PointKey> watch = candidate.watch;
  if (options_.points == PointMode::sync) {
    // The exploration did not look for memory with races; a replay does.
    const ReplayedExecution first = replayer_.run(candidate.schedule);
    watch.insert(watch.end(), first.outcome.raced.begin(), first.outcome.raced.end());
  }
  std::string key;
  Finding finding;
  const ReplayedExecution replayed =
      replay_told(candidate, candidate.schedule, watch,
                  [&](Teller& teller, const Detection& detection, const std::string& output) {
                    key = teller.line_key(detection);
                    if (!by_lines_.contains(key)) finding = teller.tell(detection, output);
                  });
  const bool shown = seen(candidate, replayed) != nullptr;
  const bool differs = replayed.outcome.summary.operation_digest != candidate.operation_digest;
  if (!shown || (differs && !candidate.cut_short)) {
    not_repeated(candidate, shown, replayed.divergence);
    return;
  }
  const auto known = by_lines_.find(key);
  if (known != by_lines_.end()) {
    Confirmed& same = findings_[known->second];
    same.executions.add_all(candidate.executions);
    same.finding.delay_ns = std::min(same.finding.delay_ns, candidate.delay_ns);
    return;
  }
  set_schedule(candidate.schedule, finding);
  // What does not end takes its time in each replay.
  const bool slow = finding.kind == FindingKind::time_limit ||
                    finding.kind == FindingKind::task_limit ||
                    finding.kind == FindingKind::memory_limit;
  if (options_.minimize && !slow) tell_minimised(candidate, watch, finding);
  if (is_failure(finding.kind)) look_closer(candidate, watch, finding);
  admit(key, candidate, std::move(finding));
}

void Confirmation::admit(const std::string& key, const Candidate& candidate, Finding finding) {
  finding.key = key;
  finding.execution = candidate.execution;
  finding.delay_ns = candidate.delay_ns;
  by_lines_[key] = findings_.size();
  findings_.push_back({std::move(finding), candidate.executions, candidates_});
}

void Confirmation::set_schedule(const Schedule& schedule, Finding& finding) const {
  finding.schedule = encode(schedule);
  finding.replay = callbacks_.replay_command(finding.schedule);
}

// The same schedule once more, with all memory that several tasks use. That more is recorded
// changes no choice; should it all the same, the story stays as it is.
void Confirmation::look_closer(const Candidate& candidate, const std::vector<PointKey>& watch,
                               Finding& finding) {
  const absl::StatusOr<Schedule> schedule = decode(finding.schedule);
  if (!schedule.ok()) return;
  std::vector<PointKey> all = replayer_.shared_memory(*schedule);
  if (all.empty()) return;
  for (const PointKey& key : watch) {
    if (std::find(all.begin(), all.end(), key) == all.end()) all.push_back(key);
  }
  replay_told(candidate, *schedule, all,
              [&](Teller& teller, const Detection& detection, const std::string&) {
                finding.closer_steps = teller.tell(detection, "").steps;
              });
}

// ---- Minimising ---------------------------------------------------------------------------------

Minimised Confirmation::minimised(const Candidate& candidate) {
  const auto attempt = [&](const Schedule& schedule) {
    const ReplayedExecution replayed = replayer_.run(schedule);
    Trial trial;
    trial.shows = seen(candidate, replayed) != nullptr;
    trial.steps = replayed.outcome.summary.steps;
    if (trial.shows) trial.followed = last_schedule(world_, options_.origin, options_.limits);
    return trial;
  };
  return minimise(candidate.schedule, attempt, callbacks_.interrupted);
}

// Tells the finding again by its shortest schedule. What minimising found is repeated like
// everything else; should that fail, the story of the schedule as found stays.
void Confirmation::tell_minimised(const Candidate& candidate, const std::vector<PointKey>& watch,
                                  Finding& finding) {
  const Minimised shortest = minimised(candidate);
  if (shortest.changed) {
    const ReplayedExecution replayed =
        replay_told(candidate, shortest.schedule, watch,
                    [&](Teller& teller, const Detection& detection, const std::string& output) {
                      finding = teller.tell(detection, output);
                    });
    if (seen(candidate, replayed) == nullptr) return;
    set_schedule(shortest.schedule, finding);
  }
  finding.minimal = shortest.minimal;
  if (!finding.minimal) finding.gave_up_after = shortest.replays;
}

// ---- What cannot be repeated --------------------------------------------------------------------

void Confirmation::not_repeated(const Candidate& candidate, bool shown,
                                const std::string& divergence) {
  Finding finding;
  finding.kind = FindingKind::nondeterminism;
  std::string how = difference_of_replays(replayer_, *callbacks_.symbolizer, candidate.schedule,
                                          candidate.watch, &finding);
  if (how.empty()) how = divergence;
  if (how.empty()) {
    how =
        absl::StrCat("execution ", candidate.execution, " showed ", word(candidate.detection.kind),
                     shown ? ", and a replay does too, but after other operations"
                           : ", and replays of its schedule do not");
  }
  finding.severity = severity_of(finding.kind);
  finding.message = absl::StrCat("the same schedule gave two executions: ", how);
  set_schedule(candidate.schedule, finding);
  const std::string key = word(finding.kind);
  const auto known = by_lines_.find(key);
  if (known != by_lines_.end()) {
    findings_[known->second].executions.add_all(candidate.executions);
  } else {
    admit(key, candidate, std::move(finding));
  }
}

}  // namespace

std::vector<Finding> in_order(std::vector<Confirmed> all, uint64_t told_delay_ns) {
  for (Confirmed& confirmed : all) {
    Finding& finding = confirmed.finding;
    const bool late = finding.delay_ns > told_delay_ns;
    if (late && finding.severity == Severity::error && !is_verdict_error(finding.kind)) {
      finding.severity = Severity::warning;
    }
  }
  const auto rank = [](const Confirmed& confirmed) {
    const Finding& finding = confirmed.finding;
    return std::make_tuple(!is_verdict_error(finding.kind), -static_cast<int>(finding.severity),
                           finding.execution, finding.kind == FindingKind::data_race,
                           confirmed.order);
  };
  std::sort(all.begin(), all.end(),
            [&](const Confirmed& a, const Confirmed& b) { return rank(a) < rank(b); });
  std::vector<Finding> findings;
  for (Confirmed& confirmed : all) {
    confirmed.finding.seen_in = confirmed.executions.ranges();
    confirmed.finding.count = confirmed.executions.count();
    findings.push_back(std::move(confirmed.finding));
  }
  return findings;
}

std::vector<Finding> confirm(const std::vector<Candidate>& candidates, World& world,
                             const ExploreOptions& options, const ExploreCallbacks& callbacks) {
  Confirmation confirmation(world, options, callbacks);
  for (const Candidate& candidate : candidates) confirmation.confirm(candidate);
  return in_order(confirmation.take(), options.told_delay_ns);
}

}  // namespace heddle
