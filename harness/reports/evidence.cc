#include "reports/evidence.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "reports/printable.h"

namespace heddle {
namespace {

std::string work_sentence(const Evidence& evidence) {
  std::string text = absl::StrCat("Up to ", counted(evidence.most_at_once, "task"), " at once");
  if (evidence.shared_objects > 0) {
    absl::StrAppend(&text, ", ", counted(evidence.shared_objects, "shared object"));
  }
  absl::StrAppend(&text, ", ", counted(evidence.choice_points, "choice point"), " and ",
                  counted(evidence.steps, "operation"), " in all. Memory model: sequential ",
                  "consistency.");
  return text;
}

// What was not explored although it is called all.
std::string bounds_text(const Evidence& evidence) {
  return evidence.spurious == 0
             ? "no spurious wake-ups"
             : absl::StrCat("up to ", counted(evidence.spurious, "spurious wake-up"),
                            " for each wait");
}

std::string share_text(double share) {
  const double percent = share * 100;
  return percent < 0.01 ? "less than 0.01 %" : absl::StrFormat("about %.3g %%", percent);
}

std::string strength_sentence(const Evidence& evidence) {
  switch (evidence.kind) {
    case EvidenceKind::exhaustive:
      return absl::StrCat("Every schedule was explored, up to equivalence (", bounds_text(evidence),
                          "): with these parameters no schedule fails.");
    case EvidenceKind::bounded:
      return absl::StrCat("Every schedule within the bound (", evidence.bound, ", ",
                          bounds_text(evidence),
                          ") was explored, up to equivalence; others may still fail.");
    case EvidenceKind::sampled:
      break;
  }
  if (evidence.share > 0) {
    return absl::StrCat("A part, not a proof: ", share_text(evidence.share),
                        " of all executions, by an estimate; one that was not explored may still "
                        "fail.");
  }
  return "A sample, not a proof: a schedule that was not tried may still fail.";
}

// Rounded down: the bound promises "or more".
std::string probability_text(double probability) {
  return absl::StrFormat("%.2f", std::floor(probability * 100 + 1e-9) / 100);
}

std::string depth_sentence(const Evidence& evidence) {
  return absl::StrCat("A bug of depth ", evidence.pct_depth, " (one that needs ",
                      counted(static_cast<uint64_t>(evidence.pct_depth), "ordering constraint"),
                      ") would have been seen with probability ",
                      probability_text(evidence.pct_probability), " or more (",
                      counted(evidence.pct_executions, "pct execution"), ").");
}

// Up to the first underscore, of a name like libabsl_time.so.20220623; of others, nothing.
absl::string_view family_of(absl::string_view name) {
  const size_t end = name.find('_');
  const bool library = name.substr(0, 3) == "lib" && name.find(".so") != name.npos;
  return library && end != name.npos ? name.substr(0, end + 1) : absl::string_view();
}

struct Named {
  std::string text;
  size_t count = 1;  // of units or libraries
};

// In their order; libraries that are parts of one, as Abseil's are, together in the first one's
// place: "16 libraries libabsl_*.so".
std::vector<Named> in_families(const std::vector<std::string>& all) {
  constexpr size_t kFamily = 3;
  std::map<absl::string_view, size_t> sizes;
  for (const std::string& name : all) ++sizes[family_of(name)];
  std::vector<Named> named;
  for (const std::string& name : all) {
    const absl::string_view family = family_of(name);
    size_t& size = sizes[family];
    if (family.empty() || (size > 0 && size < kFamily)) {
      named.push_back({printable(name)});
    } else if (size > 0) {
      named.push_back({absl::StrCat(size, " libraries ", printable(family), "*.so"), size});
      size = 0;
    }
  }
  return named;
}

std::string uninstrumented_sentence(const std::vector<std::string>& all) {
  constexpr size_t kShown = 6;
  std::vector<std::string> shown;
  size_t others = all.size();
  for (const Named& named : in_families(all)) {
    if (shown.size() == kShown) break;
    shown.push_back(named.text);
    others -= named.count;
  }
  if (others > 0) shown.push_back(absl::StrCat(others, " others"));
  return absl::StrCat(all.size() == 1 ? "1 unit or library is"
                                      : absl::StrCat(all.size(), " units or libraries are"),
                      " not instrumented: ", absl::StrJoin(shown, ", "),
                      ". Races in them, or with them, were not seen.");
}

std::string pruned_sentence(const Evidence& evidence) {
  return absl::StrCat(counted(evidence.pruned, "further execution"),
                      evidence.pruned == 1 ? " was" : " were",
                      " blocked: left before the end, as equivalent to others or back where it "
                      "had been.");
}

}  // namespace

std::vector<std::string> limit_sentences(const ExplorationResult& result) {
  const Evidence& evidence = result.evidence;
  std::vector<std::string> sentences;
  if (evidence.kind == EvidenceKind::sampled) {
    sentences.push_back(
        evidence.share > 0
            ? absl::StrCat("A part only: ", share_text(evidence.share),
                           " of all executions, by an estimate; there may be further outcomes.")
            : "A sample only: there may be further outcomes.");
  } else {
    sentences.push_back(absl::StrCat("Explored: ", bounds_text(evidence), "."));
  }
  if (evidence.pruned > 0) sentences.push_back(pruned_sentence(evidence));
  return sentences;
}

std::string extent(const Evidence& evidence) {
  const bool one = evidence.executions == 1;
  switch (evidence.kind) {
    case EvidenceKind::exhaustive:
      if (evidence.distinct_traces < evidence.executions) {
        return absl::StrCat("exhaustive: all ", evidence.executions, " executions, ",
                            evidence.distinct_traces, " inequivalent");
      }
      return one ? "exhaustive: the only inequivalent execution"
                 : absl::StrCat("exhaustive: all ", evidence.executions,
                                " inequivalent executions");
    case EvidenceKind::bounded:
      if (evidence.distinct_traces < evidence.executions) {
        return absl::StrCat("bounded (", evidence.bound, "): ", evidence.executions,
                            " executions, ", evidence.distinct_traces, " inequivalent");
      }
      return absl::StrCat("bounded (", evidence.bound,
                          "): ", counted(evidence.executions, "inequivalent execution"));
    case EvidenceKind::sampled:
      break;
  }
  std::string all = counted(evidence.executions, "execution");
  if (one) return all;
  return evidence.distinct_traces == evidence.executions
             ? absl::StrCat(all, ", all distinct")
             : absl::StrCat(all, ", ", evidence.distinct_traces, " distinct");
}

std::vector<std::string> pass_sentences(const ExplorationResult& result) {
  const Evidence& evidence = result.evidence;
  std::vector<std::string> sentences;
  if (evidence.vacuous) {
    sentences.push_back(
        "Vacuous: no two tasks ever ran at the same time, so there was nothing to interleave. This "
        "pass says nothing about races or deadlocks between tasks.");
    return sentences;
  }
  sentences.push_back(work_sentence(evidence));
  if (evidence.pct_depth > 0) sentences.push_back(depth_sentence(evidence));
  sentences.push_back(strength_sentence(evidence));
  if (evidence.pruned > 0) {
    sentences.push_back(pruned_sentence(evidence));
  }
  if (evidence.weak_atomics > 0) {
    sentences.push_back(
        absl::StrCat(counted(evidence.weak_atomics, "atomic operation"), " used ",
                     evidence.weak_atomics == 1 ? "a weaker order" : "weaker orders",
                     " than seq_cst; stale reads that such orders allow were not explored."));
  }
  if (evidence.worker_restarts > 0) {
    sentences.push_back(
        absl::StrCat(counted(evidence.worker_restarts, "execution"),
                     " had to be run again: something outside killed ",
                     evidence.worker_restarts == 1 ? "its process." : "their processes."));
  }
  if (!evidence.isolated_by.empty()) {
    sentences.push_back(absl::StrCat(
        "Each execution had a process of its own: something was left of one that the next one met, "
        "outside the memory that is restored. They parted here: ",
        evidence.isolated_by, "."));
  }
  if (!evidence.uninstrumented.empty()) {
    sentences.push_back(uninstrumented_sentence(evidence.uninstrumented));
  }
  return sentences;
}

std::string outcome_sentence(const ExplorationResult& result) {
  constexpr size_t kShown = 8;
  if (result.outcomes.empty()) return "";
  if (result.outcomes.size() == 1 && result.outcomes_left_out == 0) {
    const OutcomeCount& only = result.outcomes.front();
    const bool all = only.count == result.evidence.executions;
    return all ? absl::StrCat("Every execution ended with ", printable(only.value), ".")
               : absl::StrCat("Executions that ended did so with ", printable(only.value), " (",
                              only.count, ").");
  }
  std::vector<const OutcomeCount*> by_count;
  for (const OutcomeCount& outcome : result.outcomes) by_count.push_back(&outcome);
  std::stable_sort(by_count.begin(), by_count.end(),
                   [](const auto* a, const auto* b) { return a->count > b->count; });
  std::vector<std::string> shown;
  for (size_t i = 0; i < by_count.size() && i < kShown; ++i) {
    shown.push_back(absl::StrCat(printable(by_count[i]->value), " (", by_count[i]->count, ")"));
  }
  const size_t others = by_count.size() - shown.size();
  if (others > 0) shown.push_back(absl::StrCat(others, " others"));
  return absl::StrCat("Executions ended with ", absl::StrJoin(shown, ", "), ".");
}

std::string ending_sentence(const ExplorationResult& result) {
  if (result.ended_by == "interrupted") {
    return "Interrupted: this is what had been seen until then.";
  }
  if (result.ended_by == "time") {
    return "Ended by the time limit: another run may get further, or less far.";
  }
  if (result.ended_by == "steps") return "Ended by the limit on operations.";
  return "";
}

}  // namespace heddle
