// The engine's speed, in bare context switches of the same run: a line of JSON for each workload.
//
// Each workload is run twice: as on this machine, and with switches that leave the FS base alone.
// Where the kernel does not allow wrfsbase, setting the FS base is a system call that costs many
// times the rest; the second figure, with wrfsbase's known cost added for each switch, is what a
// machine that allows it would show.
//
// usage: engine_bench [--smoke] [--bare] [NAME]
// --bare, for profilers: only the second, and small ones thirty times as often.
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/raw_syscall.h"
#include "heddle/scenario.h"
#include "runtime/export.h"
#include "runtime/process.h"
#include "runtime/process_world.h"
#include "runtime/second_judge.h"
#include "strategies/dfs.h"
#include "strategies/random.h"

namespace heddle {
namespace {

// Of the machine that the targets were written on.
constexpr double kWrfsbaseNs = 20;

// search: all executions, by dfs.
enum class Per : uint8_t { execution, step, round, search };

struct Workload {
  const char* name;
  const char* scenario;
  Parameters parameters;
  Per per;
  uint32_t executions;  // of one sample; per search: how many there are
  PointMode points = PointMode::automatic;
};

constexpr Workload kWorkloads[] = {
    {"step-2", "steps", {2, 10'000}, Per::step, 5},
    {"step-10", "steps", {10, 10'000}, Per::step, 5},
    {"step-100", "steps", {100, 10'000}, Per::step, 5},
    {"two-deposits", "deposits", {2, 0}, Per::execution, 2'000},
    {"points-2", "deposits", {2, 0}, Per::execution, 2'000, PointMode::all},
    {"bank-100", "bank", {100, 0}, Per::execution, 100},
    {"change-it-point", "change_it", {0, 100'000}, Per::step, 1},
    {"access-same-epoch", "same_epoch", {0, 1'000'000}, Per::round, 10},
    {"access-slow-path", "new_epoch", {0, 256'000}, Per::round, 10},
    {"tasks-1000", "deposits", {1'000, 0}, Per::execution, 3},
    {"increments-2", "increments", {2, 5}, Per::execution, 500},
    {"increments-8", "increments", {8, 5}, Per::execution, 200},
    {"three-operations", "three_operations", {2, 0}, Per::execution, 2'000},
    {"search-fib_bench", "fib_bench", {5, 0}, Per::search, 218'243},
    {"search-readers", "readers", {13, 0}, Per::search, 8'192},
    {"search-indexer", "indexer", {15, 0}, Per::search, 4'096},
    {"search-lastzero", "lastzero", {10, 0}, Per::search, 3'328},
};

struct Sample {
  double ns = 0;        // for one execution, step or round
  double switches = 0;  // likewise
};

struct Spread {
  double min = 0;
  double median = 0;
  double max = 0;
};

// This thread's own time: what else the machine does hardly shows.
double now_ns() {
  timespec time = {};
  raw_syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, reinterpret_cast<long>(&time));
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

struct Job {
  const Scenario* scenario;
  Parameters parameters;
};

void* run_body(void* argument) {
  const Job& job = *static_cast<Job*>(argument);
  job.scenario->body(job.parameters);
  return nullptr;
}

const Scenario* find(const char* name) {
  const Scenario* scenario = kScenarios;
  while (strcmp(scenario->name, name) != 0) ++scenario;
  return scenario;
}

class EngineBench {
 public:
  EngineBench(ProcessWorld& world, bool smoke, bool bare)
      : world_(world), smoke_(smoke), bare_(bare) {}

  void measure(const Workload& workload);
  void measure_switch();
  const std::string& report() const { return report_; }

 private:
  struct PingPong {
    FiberPool* fibers;
    uint32_t slot;
  };
  static void answer(void* argument);
  double switch_ns(bool whole);
  Sample sample(const Workload& workload, uint32_t executions);
  Sample search(const Workload& workload);
  void add_line(const char* name, const std::vector<double>& native,
                const std::vector<double>& without_fs, double switches);

  ProcessWorld& world_;
  const bool smoke_;
  const bool bare_;
  RandomStrategy strategy_{1};
  uint64_t number_ = 0;
  double fs_base_ns_ = 0;  // what setting it adds to a switch
  std::string report_;
};

void EngineBench::answer(void* argument) {
  const PingPong& game = *static_cast<PingPong*>(argument);
  for (;;) game.fibers->switch_to(game.fibers->fiber(game.slot), game.fibers->host());
}

double EngineBench::switch_ns(bool whole) {
  FiberPool& fibers = process.runtime->fibers;
  PingPong game{&fibers, 1};
  HEDDLE_CHECK(fibers.ensure(game.slot));
  fibers.prepare(game.slot, answer, &game);
  fibers.set_watcher(nullptr);
  fibers.leave_fs_base(!whole);
  const uint32_t rounds = smoke_ ? 1'000 : 20'000;
  const double start = now_ns();
  for (uint32_t i = 0; i < rounds; ++i) {
    fibers.switch_to(fibers.host(), fibers.fiber(game.slot));
  }
  const double taken = now_ns() - start;
  fibers.leave_fs_base(false);
  fibers.set_watcher(process.runtime->second_judge);
  return taken / (2.0 * rounds);
}

void EngineBench::measure_switch() {
  std::vector<double> native, without_fs;
  for (int i = 0; i < 9; ++i) {
    native.push_back(switch_ns(!bare_));
    without_fs.push_back(switch_ns(false));
  }
  fs_base_ns_ = spread_of(native).median - spread_of(without_fs).median;
  add_line("switch", native, without_fs, 1);
}

Sample EngineBench::sample(const Workload& workload, uint32_t executions) {
  Job job{find(workload.scenario), workload.parameters};
  if (smoke_ && job.parameters.rounds > 0) job.parameters.rounds = 4'096;
  ExecutionRequest request;
  request.strategy = &strategy_;
  request.body = {run_body, &job};
  request.points = workload.points;
  double parts = 0;
  uint64_t switches = 0;
  const double start = now_ns();
  for (uint32_t i = 0; i < executions; ++i) {
    request.number = {number_++, 0};
    HEDDLE_CHECK(strategy_.begin(request.number));
    const ExecutionOutcome outcome = world_.execute(request);
    HEDDLE_CHECK(outcome.returned);
    if (!outcome.raced.empty()) world_.learn(outcome.raced);
    switches += outcome.summary.switches + 2;  // from the host and back
    parts += workload.per == Per::execution ? 1.0
             : workload.per == Per::step    ? static_cast<double>(outcome.summary.steps)
                                            : job.parameters.rounds;
  }
  return {(now_ns() - start) / parts, static_cast<double>(switches) / parts};
}

// A whole search, as the explorer makes it. A small one ends after a few executions.
Sample EngineBench::search(const Workload& workload) {
  Job job{find(workload.scenario), workload.parameters};
  Dfs dfs(Dfs::Options{});
  ExecutionRequest request;
  request.strategy = &dfs;
  request.body = {run_body, &job};
  request.limits.slack_ns = kFreeTime;
  world_.forget_points();
  uint64_t complete = 0;
  uint64_t switches = 0;
  const double start = now_ns();
  while (complete < (smoke_ ? 20 : ~uint64_t{0}) && dfs.begin(request.number)) {
    const ExecutionOutcome outcome = world_.execute(request);
    dfs.end(outcome.summary);
    switches += outcome.summary.switches + 2;
    if (outcome.more_shared) {
      world_.learn(outcome.raced);
      dfs.repeat();
    } else if (!dfs.pruned()) {
      ++complete;
    }
  }
  HEDDLE_CHECK(smoke_ || complete == workload.executions);
  return {now_ns() - start, static_cast<double>(switches)};
}

// Samples of both kinds in turn, so that what disturbs the machine disturbs both.
void EngineBench::measure(const Workload& workload) {
  FiberPool& fibers = process.runtime->fibers;
  const uint32_t executions = smoke_ ? 2 : workload.executions;
  const bool searches = workload.per == Per::search;
  const int samples = smoke_ ? 1 : searches ? 3 : bare_ ? 270 : 9;
  const auto measured = [&] { return searches ? search(workload) : sample(workload, executions); };
  std::vector<double> native, without_fs;
  world_.forget_points();
  if (!searches) sample(workload, smoke_ ? 2 : 20);  // finds the racy memory, makes the fibers
  double switches = 0;
  for (int i = 0; i < samples; ++i) {
    const Sample whole = bare_ ? Sample() : measured();
    native.push_back(whole.ns);
    if (process.runtime->second_judge != nullptr) {
      without_fs.push_back(whole.ns - whole.switches * fs_base_ns_);
      switches = whole.switches;
      continue;
    }
    fibers.leave_fs_base(true);
    const Sample quick = measured();
    fibers.leave_fs_base(false);
    without_fs.push_back(quick.ns);
    switches = quick.switches;
  }
  add_line(workload.name, native, without_fs, switches);
}

void EngineBench::add_line(const char* name, const std::vector<double>& native,
                           const std::vector<double>& without_fs, double switches) {
  const Spread on_this = spread_of(native);
  const Spread bare = spread_of(without_fs);
  const double added = switches * kWrfsbaseNs;
  char line[512];
  snprintf(line, sizeof(line),
           "{\"name\": \"%s\", \"native_ns\": [%.3f, %.3f, %.3f], "
           "\"wrfsbase_ns\": [%.3f, %.3f, %.3f], \"switches\": %.3f}\n",
           name, on_this.min, on_this.median, on_this.max, bare.min + added, bare.median + added,
           bare.max + added, switches);
  report_ += line;
}

int bench_main(bool smoke, bool bare, const char* only) {
  ProcessWorld& world = process_world();
  const char* parents[] = {"/dev/shm", "/tmp", nullptr};
  const std::string error = world.open(parents);
  if (!error.empty()) {
    fprintf(stderr, "engine_bench: %s\n", error.c_str());
    return 3;
  }
  world.take_snapshot();
  EngineBench bench(world, smoke, bare);
  bench.measure_switch();
  for (const Workload& workload : kWorkloads) {
    if (only == nullptr || strcmp(only, workload.name) == 0) bench.measure(workload);
  }
  world.close();
  fputs(bench.report().c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace heddle

HEDDLE_EXPORT int main(int argc, char** argv) {
  bool smoke = false;
  bool bare = false;
  const char* only = nullptr;
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--smoke") == 0) {
      smoke = true;
    } else if (strcmp(argv[i], "--bare") == 0) {
      bare = true;
    } else {
      only = argv[i];
    }
  }
  return heddle::bench_main(smoke, bare, only);
}
