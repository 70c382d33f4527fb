#include "runtime/outcomes.h"

#include "runtime/process.h"

namespace heddle {
namespace {

// On the host heap, which no execution restores: outcomes are stated inside a HarnessScope.
struct Outcomes {
  std::vector<std::string> values;
};
Outcomes* outcomes = nullptr;

}  // namespace

void add_outcome(const char* value) {
  if (outcomes == nullptr) outcomes = new Outcomes();
  outcomes->values.emplace_back(value);
}

std::vector<std::string> take_outcomes() {
  std::vector<std::string> taken;
  if (outcomes != nullptr) taken.swap(outcomes->values);
  return taken;
}

}  // namespace heddle
