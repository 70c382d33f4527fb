#include "frontends/command_line.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "frontends/check.h"
#include "frontends/doctor.h"
#include "frontends/failure.h"
#include "frontends/merge.h"
#include "frontends/output.h"
#include "frontends/session.h"
#include "frontends/strategies.h"

namespace heddle {
namespace {

// Ctrl-C once: end soon and report what was found. Twice: end at once.
//
// The handler does nothing but to be reset by its first call (SA_RESETHAND): whether it still
// stands says whether that has happened, without any variable that a handler would have to write.
class InterruptWatch {
 public:
  InterruptWatch() {
    struct sigaction watch = {};
    watch.sa_handler = [](int) {};
    watch.sa_flags = SA_RESTART | SA_RESETHAND;
    ::sigemptyset(&watch.sa_mask);
    ::sigaction(SIGINT, &watch, &before_);
  }
  ~InterruptWatch() { ::sigaction(SIGINT, &before_, nullptr); }
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  // Asked between executions, so mostly answered without a system call.
  bool interrupted() {
    constexpr uint32_t kAskEvery = 16;
    if (interrupted_ || asked_++ % kAskEvery != 0) return interrupted_;
    struct sigaction now = {};
    ::sigaction(SIGINT, nullptr, &now);
    interrupted_ = now.sa_handler == SIG_DFL;
    return interrupted_;
  }

 private:
  struct sigaction before_ = {};
  uint32_t asked_ = 0;
  bool interrupted_ = false;
};

// One line on the terminal that is written over, a few times a second.
class ProgressLine {
 public:
  ProgressLine(const CommandOptions& options, const Stage& stage)
      : options_(options), stage_(stage), start_(Clock::now()), shown_at_(start_) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const ExploreProgress& progress, const std::string& scenario) {
    const Clock::time_point now = Clock::now();
    if (progress.executions < last_executions_) start_ = now;  // the next scenario
    last_executions_ = progress.executions;
    constexpr std::chrono::milliseconds kBetween(200);
    if (now - shown_at_ < kBetween) return;
    shown_at_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = seconds > 0 ? static_cast<double>(progress.executions) / seconds : 0;
    std::string line =
        absl::StrFormat("\r%s  %d executions, %.0f/s, %d finding%s", scenario, progress.executions,
                        rate, progress.candidates, progress.candidates == 1 ? "" : "s");
    absl::StrAppend(&line, time_left(progress, seconds, rate), "\x1b[K");
    write_error(line, stage_.error_descriptor());
    shown_ = true;
  }
  void clear() {
    if (shown_) write_error("\r\x1b[K", stage_.error_descriptor());
    shown_ = false;
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::string time_left(const ExploreProgress& progress, double seconds, double rate) const {
    double left = -1;
    if (options_.executions != CommandOptions::kNoLimit && rate > 0) {
      left = static_cast<double>(options_.executions - progress.executions) / rate;
    }
    if (options_.time_ns != CommandOptions::kNoLimit) {
      const double by_time = static_cast<double>(options_.time_ns) / 1e9 - seconds;
      if (left < 0 || by_time < left) left = by_time;
    }
    return left < 0 ? "" : absl::StrFormat(", %.0f s left", left);
  }

  const CommandOptions& options_;
  const Stage& stage_;
  Clock::time_point start_;
  Clock::time_point shown_at_;
  uint64_t last_executions_ = 0;
  bool shown_ = false;
};

bool set_in_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != 0;
}

bool wants_color(const CommandOptions& options, const Output& output) {
  if (options.color != ColorMode::automatic) return options.color == ColorMode::always;
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::strcmp(terminal, "dumb") == 0;
  return output.to_terminal() && !dumb && !set_in_environment("NO_COLOR");
}

Answer answer(const CommandOptions& options, const Console& console, Stage& stage,
              const Scenario* scenarios) {
  switch (options.command) {
    case Command::list:
      return Session(stage, scenarios).list(options, console);
    case Command::verify:
      return Session(stage, scenarios).verify(options, console);
    case Command::run:
      return Session(stage, scenarios).run(options, console);
    case Command::outcomes:
      return Session(stage, scenarios).outcomes(options, console);
    case Command::replay:
      return Session(stage, scenarios).replay(options, console);
    case Command::merge:
      return merge(options, console);
    case Command::doctor: {
      const std::vector<Diagnosis> diagnoses = diagnose();
      return {text_diagnoses(diagnoses, options.quiet), fit(diagnoses) ? kExitPass : kExitError};
    }
    case Command::check:
      call_checked(options);
    case Command::none:
    case Command::explore:  // of heddle::explore, never of a command line
      break;
  }
  return {options.answer, kExitPass};
}

}  // namespace

int answer_command(const CommandOptions& options, Stage& stage,
                   const std::function<Answer(const Console&)>& command) {
  const Output output(options.out);
  InterruptWatch watch;
  ProgressLine progress(options, stage);
  Console console;
  console.columns = output.to_terminal() ? terminal_columns() : Console().columns;
  console.color = wants_color(options, output);
  console.interrupted = [&watch] { return watch.interrupted(); };
  if (!options.quiet && ::isatty(STDERR_FILENO) == 1) {
    console.progress = [&progress](const ExploreProgress& now, const std::string& scenario) {
      progress.show(now, scenario);
    };
  }
  const Answer said = command(console);
  progress.clear();
  output.write(said.text);
  return said.status;
}

int status_of(const std::function<int()>& command) {
  try {
    return command();
  } catch (const Failure& failure) {
    write_error(failure.line());
    return failure.status;
  } catch (const std::exception& error) {
    // Memory that is not there, and the like.
    write_error(Failure{kExitError, error.what(), "`heddle doctor` checks this machine"}.line());
    return kExitError;
  }
}

int cli_main(int argc, const char* const* argv, Stage& stage, const Scenario* scenarios) {
  return status_of([&] {
    const CommandOptions options = parse_options(argc, argv, strategy_names(), largest_depth());
    // While the stage is set, standard output is the program's.
    return answer_command(options, stage, [&](const Console& console) {
      return answer(options, console, stage, scenarios);
    });
  });
}

}  // namespace heddle
