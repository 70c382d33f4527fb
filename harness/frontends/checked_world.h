// A world in which bodies are whole programs: how each execution has ended and what it has printed
// is an outcome, and compared with what was expected.
#pragma once

#include <optional>
#include <string>

#include "engine/world.h"
#include "frontends/stage.h"

namespace heddle {

class CheckedWorld : public World {
 public:
  // `expected_output`: none given, anything is right.
  CheckedWorld(World& world, std::optional<std::string> expected_output)
      : world_(world), expected_(std::move(expected_output)) {}

  ExecutionOutcome execute(const ExecutionRequest& request) override;

  void take_snapshot() override { world_.take_snapshot(); }
  void lend(const std::function<void()>& make) override { world_.lend(make); }
  std::unique_ptr<Mate> start_mate(const MateWork& work) override {
    return world_.start_mate(work);
  }
  bool isolate(bool on) override { return world_.isolate(on); }
  uint64_t restarts() const override { return world_.restarts(); }
  bool lost_answers() const override { return world_.lost_answers(); }
  void learn(const std::vector<PointKey>& points) override { world_.learn(points); }
  void forget_points() override { world_.forget_points(); }
  View<Choice> choices() const override { return world_.choices(); }
  std::vector<TaskRecord> tasks() const override { return world_.tasks(); }
  Story story() const override { return world_.story(); }
  Described describe(uintptr_t address) const override { return world_.describe(address); }
  Described describe(ObjectId object) const override { return world_.describe(object); }
  uintptr_t address_of(ObjectId object) const override { return world_.address_of(object); }
  const char* kind_of(ObjectId object) const override { return world_.kind_of(object); }
  PointKey point_key(uintptr_t address) const override { return world_.point_key(address); }

 private:
  World& world_;
  const std::optional<std::string> expected_;
};

class CheckedStage : public Stage {
 public:
  // Throws Failure where the file cannot be read. An empty path: anything may be printed.
  CheckedStage(Stage& stage, const std::string& expected_output);

  World& world() override { return world_; }
  std::string open(bool here) override { return stage_.open(here); }
  void close() override { stage_.close(); }
  int error_descriptor() const override { return stage_.error_descriptor(); }
  std::string with_dir(std::string_view text) const override { return stage_.with_dir(text); }
  uint64_t build_digest() const override { return stage_.build_digest(); }

 private:
  Stage& stage_;
  CheckedWorld world_;
};

// One line about a text: its first characters, and what tells it from others.
std::string summary_of_output(const std::string& output);
// Where two texts part: "line 3 is "x", expected was "y"".
std::string first_difference(const std::string& output, const std::string& expected);

}  // namespace heddle
