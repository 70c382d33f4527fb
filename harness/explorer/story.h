// Turns the recording of one execution into what readers are told: steps, waits, the two sides of a
// race, one sentence. Why it went wrong is the reports' part.
#pragma once

#include <string>
#include <vector>

#include "core/finding.h"
#include "explorer/names.h"

namespace heddle {

// Lines of the program's output that a finding shows.
inline constexpr size_t kOutputLines = 20;

// About the last execution, which was recorded: make it and use it before the next one.
class Teller {
 public:
  // More steps than this are cut in the middle, keeping most of the end, where findings are.
  static constexpr size_t kMostSteps = 20'000;

  Teller(const World& world, Symbolizer& symbolizer, const Recording& recording);

  // All but schedule, replay, count and execution.
  Finding tell(const Detection& detection, const std::string& output);

  // What findings are merged by: kind and source lines, as text.
  std::string line_key(const Detection& detection);

  const std::vector<TaskInfo>& tasks() const { return names_.tasks(); }
  std::vector<Step> steps();
  uint64_t steps_left_out() const;
  // "step 17, teller-1: lock a.mutex at transfer.cc:21".
  std::string describe(const RecordedEvent& event);

 private:
  Step step(const RecordedEvent& event);
  std::string step_object(const RecordedEvent& recorded);
  const RecordedEvent* find_access(const AccessInfo& access, const RecordedEvent* before) const;
  Step side(const AccessInfo& access, const RecordedEvent* event);
  void end_at_check(const Detection& detection, Finding& finding) const;
  void tell_race(const Detection& detection, Finding& finding);
  void tell_dead_memory(const Detection& detection, Finding& finding);
  std::string dead_memory(const Detection& detection);
  std::string lock_order_message(const Detection& detection);
  std::string misuse_message(const Detection& detection, const std::string& text);
  SourcePlace side_place(const AccessInfo& access);
  std::vector<SourcePlace> stack(const Detection& detection);
  std::vector<const WaitInfo*> core_waits() const;
  void tell_waits(Finding& finding);
  Wait wait(const WaitInfo& info);
  std::string message(const Detection& detection, const Finding& finding);
  std::string wait_message(const Detection& detection);

  const Recording& recording_;
  const World& world_;
  Names names_;
};

Severity severity_of(FindingKind kind);

// Whether a finding of this kind is told by who waits for whom.
bool is_about_waits(FindingKind kind);

// Whether the program itself found that something is wrong: what went before may tell why.
bool is_failure(FindingKind kind);

// Whether it is told by the use of memory and the end of its life.
bool is_about_dead_memory(FindingKind kind);

// The last lines of a text, at most `most` of them.
std::vector<std::string> last_lines(const std::string& text, size_t most);

}  // namespace heddle
