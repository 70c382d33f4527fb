#include "explorer/difference.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "explorer/story.h"

namespace heddle {
namespace {

bool same_operation(const RecordedEvent& a, const RecordedEvent& b) {
  return a.event.op == b.event.op && a.event.effect == b.event.effect &&
         a.event.task == b.event.task && a.event.object == b.event.object &&
         a.event.site == b.event.site;
}

}  // namespace

std::string difference_of_replays(Replayer& replayer, Symbolizer& symbolizer,
                                  const Schedule& schedule, const std::vector<PointKey>& watch,
                                  Finding* finding) {
  World& world = replayer.world();
  replayer.record(schedule, watch);
  const Recording first = world.story();
  std::vector<std::string> texts;
  {
    Teller teller(world, symbolizer, first);
    for (const RecordedEvent& event : first.trace.events) texts.push_back(teller.describe(event));
  }
  replayer.record(schedule, watch);
  const Recording second = world.story();
  Teller teller(world, symbolizer, second);
  if (finding != nullptr) {
    finding->tasks = teller.tasks();
    finding->steps = teller.steps();
    finding->steps_left_out = teller.steps_left_out();
  }
  const size_t common = std::min(first.trace.events.size(), second.trace.events.size());
  for (size_t i = 0; i < common; ++i) {
    if (same_operation(first.trace.events[i], second.trace.events[i])) continue;
    return absl::StrCat(texts[i], ", but another time ", teller.describe(second.trace.events[i]));
  }
  if (first.trace.events.size() == second.trace.events.size()) return "";
  const bool first_ended = common == first.trace.events.size();
  return absl::StrCat("one time it ended where another time it went on with ",
                      first_ended ? teller.describe(second.trace.events[common]) : texts[common]);
}

}  // namespace heddle
