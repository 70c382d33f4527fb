#include "strategies/portfolio.h"

#include <utility>

#include "base/check.h"

namespace heddle {

Portfolio::Portfolio(std::vector<std::unique_ptr<Strategy>> members)
    : members_(std::move(members)), current_(nullptr) {
  HEDDLE_CHECK(!members_.empty());
  current_ = members_[0].get();
  for (const auto& member : members_) wants_stops_ = wants_stops_ || member->wants_stops();
}

bool Portfolio::begin(ExecutionNumber number) {
  current_ = &member_for(number.number);
  return current_->begin(number);
}

void Portfolio::end(const TraceSummary& trace) {
  member_for(trace.number).end(trace);
}

}  // namespace heddle
