// Whether this machine can run Heddle, check by check.
#pragma once

#include <string>
#include <vector>

namespace heddle {

struct Diagnosis {
  enum class State : unsigned char { ok, slower, missing } state = State::ok;
  std::string what;    // "address randomisation can be switched off"
  std::string found;   // "yes", "5.10"
  std::string remedy;  // empty when ok
};

std::vector<Diagnosis> diagnose();

// A table; quiet: only what is not ok.
std::string text_diagnoses(const std::vector<Diagnosis>& diagnoses, bool quiet);

// Nothing is missing.
bool fit(const std::vector<Diagnosis>& diagnoses);

}  // namespace heddle
