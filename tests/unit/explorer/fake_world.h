// A World whose executions a test writes down, with a replay strategy and symbols to match.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/world.h"
#include "explorer/explore.h"

namespace heddle {

// Notes which executions it is asked for; chooses nothing.
class NotingStrategy : public Strategy {
 public:
  const char* name() const override { return "noting"; }
  bool begin(ExecutionNumber number) override {
    if (begun.size() >= exhausted_after) return false;
    begun.push_back(number);
    return true;
  }
  TaskId choose(const ChoicePoint& point) override { return point.fallback; }
  uint32_t choose_value(const Position&, uint32_t) override { return 0; }
  void end(const TraceSummary&) override { ++ended; }

  std::vector<ExecutionNumber> begun;
  size_t exhausted_after = ~size_t{0};
  size_t ended = 0;
};

// Knows its schedule, so that a scripted execution can follow it.
class FakeReplay : public NotingStrategy {
 public:
  explicit FakeReplay(Schedule schedule) : followed(std::move(schedule)) {}
  const char* name() const override { return "replay"; }
  const Schedule followed;
  std::string divergence;
};

// The schedule that an execution follows; null when it is explored, not replayed.
inline const Schedule* followed(const ExecutionRequest& request) {
  const auto* replay = dynamic_cast<const FakeReplay*>(request.strategy);
  return replay == nullptr ? nullptr : &replay->followed;
}

inline ReplayFactory fake_replays() {
  ReplayFactory factory;
  factory.make = [](const Schedule& schedule) { return std::make_unique<FakeReplay>(schedule); };
  factory.divergence = [](const Strategy& strategy) {
    return static_cast<const FakeReplay&>(strategy).divergence;
  };
  return factory;
}

class FakeWorld : public World {
 public:
  using Script = std::function<ExecutionOutcome(FakeWorld&, const ExecutionRequest&)>;
  explicit FakeWorld(Script script) : script_(std::move(script)) {
    last_tasks.emplace_back();
    last_tasks[0].id = TaskId(0);
    recording.tasks = last_tasks;
  }

  void take_snapshot() override { ++snapshots; }
  ExecutionOutcome execute(const ExecutionRequest& request) override {
    numbers.push_back(request.number);
    extras.push_back(request.extra_points == nullptr ? std::vector<PointKey>()
                                                     : *request.extra_points);
    last_choices.clear();
    ExecutionOutcome outcome = script_(*this, request);
    // What a replay chooses is what its schedule says.
    if (const Schedule* schedule = followed(request)) follow(*schedule);
    return outcome;
  }
  void learn(const std::vector<PointKey>& points) override {
    learned.insert(learned.end(), points.begin(), points.end());
  }
  void forget_points() override { ++forgotten; }
  bool lost_answers() const override { return lost; }
  View<Choice> choices() const override { return {last_choices.data(), last_choices.size()}; }
  std::vector<TaskRecord> tasks() const override { return last_tasks; }
  Story story() const override { return recording; }
  Described describe(uintptr_t address) const override {
    const auto found = places.find(address);
    return found == places.end() ? Described() : found->second;
  }
  Described describe(ObjectId object) const override { return describe(address_of(object)); }
  uintptr_t address_of(ObjectId object) const override {
    const auto found = objects.find(object.index());
    return found == objects.end() ? 0 : found->second;
  }
  const char* kind_of(ObjectId) const override { return "mutex"; }
  PointKey point_key(uintptr_t address) const override { return PointKey::in_module(7, address); }

  // What executions leave behind; scripts may change it.
  std::vector<Choice> last_choices;
  std::vector<TaskRecord> last_tasks;
  Recording recording;
  std::map<uintptr_t, Described> places;
  std::map<uint32_t, uintptr_t> objects;
  bool lost = false;

  // What was asked of it.
  std::vector<ExecutionNumber> numbers;
  std::vector<std::vector<PointKey>> extras;
  std::vector<PointKey> learned;
  int snapshots = 0;
  int forgotten = 0;

 private:
  void follow(const Schedule& schedule) {
    last_choices.clear();
    for (const ScheduleEntry& entry : schedule.entries) {
      Choice choice;
      choice.position = {TaskId(entry.task), entry.operation, entry.accesses, entry.turn};
      choice.kind = entry.kind;
      choice.chosen = TaskId(entry.chosen);
      choice.value = entry.chosen;
      last_choices.push_back(choice);
    }
  }

  Script script_;
};

// Instructions are numbers: 1401 is the return address of a call at line 14 of bank.cc, 25xx and
// above lie in a library's header, called from the user's line that the table says.
class FakeSymbols : public Symbolizer {
 public:
  std::vector<SourcePlace> stack(const std::vector<uintptr_t>& return_addresses) override {
    std::vector<SourcePlace> frames;
    for (const uintptr_t pc : return_addresses) frames.push_back(place(pc));
    return frames;
  }
  SourcePlace function(uintptr_t address) override {
    const auto found = functions.find(address);
    return found == functions.end() ? SourcePlace() : found->second;
  }
  VariableName variable(uintptr_t address) override {
    for (const auto& [start, name] : variables) {
      if (address < start || address >= start + name.size) continue;
      VariableName found = name;
      found.offset = address - start;
      if (found.offset > 0) found.name += "+" + std::to_string(found.offset);
      return found;
    }
    return {};
  }
  VariableName local(uintptr_t return_address, uintptr_t frame_end, uintptr_t address) override {
    const auto found = locals.find({return_address, frame_end - address});
    return found == locals.end() ? VariableName() : found->second;
  }
  bool is_foreign(uintptr_t return_address) override { return return_address >= 900'000; }
  bool is_users(const SourcePlace& place) override { return place.file.find("bank") == 0; }

  static SourcePlace place(uintptr_t pc) {
    const int line = static_cast<int>(pc / 100);
    if (pc >= 250'000) return {"/usr/include/library.h", line, "library"};
    return {"bank/bank.cc", line, "deposit"};
  }

  std::map<uintptr_t, SourcePlace> functions;
  std::map<uintptr_t, VariableName> variables;
  // By return address and how far below the frame's end.
  std::map<std::pair<uintptr_t, uintptr_t>, VariableName> locals;
};

inline Detection detection(FindingKind kind, uintptr_t pc, uintptr_t other_pc = 0) {
  Detection detection;
  detection.kind = kind;
  detection.access.task = TaskId(0);
  detection.access.site.pc = pc;
  detection.earlier.site.pc = other_pc;
  return detection;
}

inline ExecutionOutcome outcome_of(std::vector<Detection> detections, uint64_t steps = 10) {
  ExecutionOutcome outcome;
  outcome.summary.steps = steps;
  outcome.summary.tasks = 2;
  outcome.summary.most_at_once = 2;
  outcome.detections = std::move(detections);
  return outcome;
}

inline ExploreCallbacks fake_callbacks(FakeSymbols& symbols) {
  ExploreCallbacks callbacks;
  callbacks.replay = fake_replays();
  callbacks.symbolizer = &symbols;
  callbacks.replay_command = [](const std::string& schedule) { return "replay " + schedule; };
  return callbacks;
}

}  // namespace heddle
