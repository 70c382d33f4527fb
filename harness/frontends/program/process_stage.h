// The stage of this process.
#pragma once

#include "frontends/stage.h"
#include "runtime/process_world.h"
#include "runtime/supervised_world.h"

namespace heddle {

class ProcessStage : public Stage {
 public:
  explicit ProcessStage(ProcessWorld& world) : world_(world), supervised_(world) {}
  World& world() override { return supervised_; }
  std::string open(bool here) override;
  void close() override {
    supervised_.retire_worker();
    world_.close();
  }
  int error_descriptor() const override { return world_.error_descriptor(); }
  std::string with_dir(std::string_view text) const override { return world_.with_dir(text); }
  uint64_t build_digest() const override;

 private:
  ProcessWorld& world_;
  SupervisedWorld supervised_;
};

}  // namespace heddle
