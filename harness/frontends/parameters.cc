#include "frontends/parameters.h"

#include "absl/strings/str_cat.h"
#include "frontends/failure.h"

namespace heddle {
namespace {

// A new size is one more row, and a flag in options.cc.
struct Size {
  const char* name;
  uint32_t Parameters::*value;
  std::optional<uint64_t> CommandOptions::*wanted;
};
constexpr Size kSizes[] = {
    {"threads", &Parameters::threads, &CommandOptions::threads},
    {"rounds", &Parameters::rounds, &CommandOptions::rounds},
};

bool has(const Scenario& scenario, const Size& size) {
  return scenario.defaults.*size.value != 0;
}

void set(const Scenario& scenario, const Size& size, uint64_t value, Parameters& parameters) {
  const std::string flag = absl::StrCat("--", size.name);
  if (!has(scenario, size)) {
    fail_usage(absl::StrCat(flag, ": ", scenario.name, " has no such size"), "leave it out");
  }
  const uint64_t most = scenario.limits.*size.value;
  if (value < 1 || value > most) {
    fail_usage(absl::StrCat(flag, "=", value, " is out of range"),
               absl::StrCat("write a whole number from 1 to ", most, " there"));
  }
  parameters.*size.value = static_cast<uint32_t>(value);
}

}  // namespace

Parameters parameters_for(const Scenario& scenario, const CommandOptions& options) {
  Parameters parameters = scenario.defaults;
  for (const Size& size : kSizes) {
    const std::optional<uint64_t>& wanted = options.*size.wanted;
    if (wanted) set(scenario, size, *wanted, parameters);
  }
  return parameters;
}

Parameters parameters_for(const Scenario& scenario, const Schedule& schedule,
                          const CommandOptions& options) {
  Parameters parameters = scenario.defaults;
  for (const auto& [name, value] : schedule.parameters) {
    bool known = false;
    for (const Size& size : kSizes) {
      if (name != size.name) continue;
      set(scenario, size, value, parameters);
      known = true;
    }
    if (!known) {
      fail_usage(absl::StrCat("the schedule has a size named ", name, ", which ", scenario.name,
                              " has not"),
                 "replay it with the Heddle that made it");
    }
  }
  for (const Size& size : kSizes) {
    const std::optional<uint64_t>& wanted = options.*size.wanted;
    if (!wanted || *wanted == parameters.*size.value) continue;
    fail_usage(absl::StrCat("--", size.name, "=", *wanted, ": the schedule was made with ",
                            parameters.*size.value),
               "leave the flag out: the schedule says it");
  }
  return parameters;
}

NamedSizes all_sizes(const Scenario& scenario, const Parameters& parameters) {
  NamedSizes sizes;
  for (const Size& size : kSizes) {
    if (has(scenario, size)) sizes.emplace_back(size.name, parameters.*size.value);
  }
  return sizes;
}

NamedSizes changed_sizes(const Scenario& scenario, const Parameters& parameters) {
  NamedSizes sizes;
  for (const Size& size : kSizes) {
    if (parameters.*size.value == scenario.defaults.*size.value) continue;
    sizes.emplace_back(size.name, parameters.*size.value);
  }
  return sizes;
}

}  // namespace heddle
