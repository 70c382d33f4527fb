// What ends a command before it has a report: one line that says what is wrong and how to mend it.
#pragma once

#include <string>

namespace heddle {

// Exit statuses of the command line; contract with scripts, never renumbered.
inline constexpr int kExitPass = 0;
inline constexpr int kExitFail = 1;
inline constexpr int kExitUsage = 2;  // what the user typed is wrong; nothing was run
inline constexpr int kExitError = 3;  // Heddle could not judge, or the environment is unfit
inline constexpr int kExitInterrupted = 130;

// Thrown inside frontends only.
struct Failure {
  int status = kExitUsage;
  std::string what;
  std::string remedy;

  // "heddle: WHAT: HOW TO MEND IT", whatever bytes the two hold.
  std::string line() const;
};

[[noreturn]] void fail_usage(std::string what, std::string remedy);
[[noreturn]] void fail_environment(std::string what, std::string remedy);

}  // namespace heddle
