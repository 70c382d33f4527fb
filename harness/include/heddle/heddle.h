// Heddle's calls for code under test and for tests. Everything here also compiles and runs in a
// program that is not linked with Heddle (uncontrolled): a body then runs once, on real threads.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

// What a program reaches of Heddle's run time; null where it is linked without. Not for users.
extern "C" {
struct heddle_request {
  const char* name;
  const char* const* flags;  // "--seed=5" …; ends with null
  const char* arguments;     // of the replay command, before the schedule: "--gtest_filter=A.B"
  void (*body)(void*);
  void* argument;
};
__attribute__((weak)) void heddle_explore(const heddle_request* request,
                                          void (*put)(void* to, const char* key, const char* value),
                                          void* to);
__attribute__((weak)) void heddle_check_failed(const char* message, const void* caller);
__attribute__((weak)) void heddle_note_failure(const char* message, const void* reporter);
__attribute__((weak)) void heddle_outcome(const char* value);
__attribute__((weak)) unsigned heddle_choose(unsigned bound, const void* caller);
__attribute__((weak)) int heddle_running(void);
// Called first in main: reads --heddle_* flags and takes them out of the arguments.
__attribute__((weak)) void heddle_start(int* argc, char** argv);
}

namespace heddle {

// An assertion of the body: when `condition` is false under control, the execution ends here with a
// `check-failed` finding that says `message` ("balance == 100, but it was 99"). Without control it
// prints the message and aborts.
__attribute__((noinline)) inline void check(bool condition, const std::string& message) {
  if (condition) return;
  if (heddle_check_failed != nullptr) {
    heddle_check_failed(message.c_str(), __builtin_return_address(0));
  }
  std::fprintf(stderr, "heddle::check failed: %s\n", message.c_str());
  std::abort();
}

// States an end result of this execution ("balance = -8"): shown by replay, grouped by outcomes.
// Several calls are joined in order. Without control it does nothing.
inline void outcome(const std::string& value) {
  if (heddle_outcome != nullptr) heddle_outcome(value.c_str());
}

// A number below `bound`, each of which some execution gets: input that is explored like a
// schedule, and replayed with it. 0 without control, and where `bound` is 0 or 1.
__attribute__((noinline)) inline unsigned choose(unsigned bound) {
  if (heddle_choose == nullptr) return 0;
  return heddle_choose(bound, __builtin_return_address(0));
}

// Whether this code runs in an execution under Heddle's control.
inline bool is_controlled() {
  return heddle_running != nullptr && heddle_running() != 0;
}

// How to explore: the flags of `heddle run`, in the words of `heddle run --help`. The variables
// HEDDLE_SEED, HEDDLE_EXECUTIONS … go before what is said here, the flags --heddle_seed,
// --heddle_executions … of the test binary before both.
class Options {
 public:
  Options& seed(uint64_t value) { return set("seed", std::to_string(value)); }
  Options& strategy(const std::string& name) { return set("strategy", name); }
  Options& executions(uint64_t value) { return set("executions", std::to_string(value)); }
  Options& steps(uint64_t value) { return set("steps", std::to_string(value)); }
  Options& after(uint64_t value) { return set("after", std::to_string(value)); }
  Options& keep_going() { return set("keep-going"); }
  Options& points(const std::string& mode) { return set("points", mode); }  // auto, sync, all
  Options& slack(const std::string& time) { return set("slack", time); }    // "500ms"
  Options& spurious(unsigned value) { return set("spurious", std::to_string(value)); }
  Options& depth(unsigned value) { return set("depth", std::to_string(value)); }
  Options& max_steps(uint64_t value) { return set("max-steps", std::to_string(value)); }
  Options& no_minimize() { return set("no-minimize"); }
  // A pass with fewer tasks at once is a failure: the test tested nothing.
  Options& require_tasks(unsigned value) { return set("require-tasks", std::to_string(value)); }
  Options& schedule(const std::string& text) { return set("schedule", text); }
  // Any other flag of `heddle run`, without the dashes; `value` empty: none.
  Options& set(const std::string& flag, const std::string& value = "") {
    flags_.push_back("--" + flag + (value.empty() ? "" : "=" + value));
    return *this;
  }
  const std::vector<std::string>& flags() const { return flags_; }

 private:
  std::vector<std::string> flags_;
};

// What came of exploring a body.
class Report {
 public:
  // "pass", "fail", "error" (Heddle could not judge), or "uncontrolled": the body ran once, on real
  // threads, since the program is not under Heddle's control.
  const std::string& verdict() const { return (*this)["verdict"]; }
  // No finding; Heddle could judge, or was not there to.
  bool ok() const { return verdict() == "pass" || verdict() == "uncontrolled"; }
  explicit operator bool() const { return ok(); }

  const std::string& text() const { return (*this)["text"]; }  // as `heddle run` prints it
  const std::string& json() const { return (*this)["json"]; }  // heddle-report-1
  // Of the first finding; empty where there is none.
  const std::string& schedule() const { return (*this)["schedule"]; }
  const std::string& replay() const { return (*this)["replay"]; }
  uint64_t executions() const { return std::strtoull((*this)["executions"].c_str(), nullptr, 10); }

  // All that is known, in a fixed order: also seed, strategy, kinds, evidence, distinct.
  const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }
  // Empty where there is none.
  const std::string& operator[](const std::string& key) const {
    static const std::string none;
    for (const auto& entry : entries_) {
      if (entry.first == key) return entry.second;
    }
    return none;
  }

  void put(const std::string& key, const std::string& value) { entries_.emplace_back(key, value); }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

// Explores `body` under the name `name`, by which its schedules are known. Every execution starts
// from the state of the program at this call: globals, heap, the caller's own variables; all are
// restored when the exploration has ended. Call it on the main thread while no other thread runs,
// never within a body. `replay_arguments`: what the program needs to get here again when it is
// called to replay a schedule ("--gtest_filter=Bank.Deposit").
inline Report explore(const std::string& name, const std::function<void()>& body,
                      const Options& options = {}, const std::string& replay_arguments = "") {
  Report report;
  if (heddle_explore == nullptr) {
    body();
    report.put("verdict", "uncontrolled");
    return report;
  }
  std::vector<const char*> flags;
  for (const std::string& flag : options.flags()) flags.push_back(flag.c_str());
  flags.push_back(nullptr);
  heddle_request request = {};
  request.name = name.c_str();
  request.flags = flags.data();
  request.arguments = replay_arguments.c_str();
  request.body = [](void* argument) { (*static_cast<const std::function<void()>*>(argument))(); };
  request.argument = const_cast<void*>(static_cast<const void*>(&body));
  heddle_explore(
      &request,
      [](void* to, const char* key, const char* value) {
        static_cast<Report*>(to)->put(key, value);
      },
      &report);
  return report;
}
inline Report explore(const std::function<void()>& body, const Options& options = {}) {
  return explore("body", body, options);
}

}  // namespace heddle
