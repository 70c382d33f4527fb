// A World whose executions run in another process: a fork of this one, the worker. Whatever the
// program does to it, even its sudden end, is an outcome like any other, with the choices made so
// far; the next execution runs in a new worker.
//
// The worker lives for one exploration: it is forked at the first execution, so that the body and
// all that belongs to it exist, and each later call is run in it while this process waits.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "runtime/exchange.h"
#include "runtime/mate.h"
#include "runtime/process_world.h"
#include "runtime/watch.h"

namespace heddle {

class SupervisedWorld : public World {
 public:
  explicit SupervisedWorld(ProcessWorld& world) : world_(world), alone_(!world.can_fork()) {}
  ~SupervisedWorld() override { retire_worker(); }

  // Before an exploration: `here`, executions are to run in this process all the same.
  void stay_here(bool here) { alone_ = here || !world_.can_fork(); }
  // Ends the worker, if there is one.
  void retire_worker();

  void take_snapshot() override { world_.take_snapshot(); }
  ExecutionOutcome execute(const ExecutionRequest& request) override;
  std::optional<ExecutionOutcome> execute_some(const BatchRequest& wanted,
                                               PlainExecutions& plain) override;
  void lend(const std::function<void()>& make) override;
  std::unique_ptr<Mate> start_mate(const MateWork& work) override;
  bool isolate(bool on) override;
  uint64_t restarts() const override { return restarts_; }
  bool lost_answers() const override { return lost_answers_; }
  void learn(const std::vector<PointKey>& points) override;
  void forget_points() override;

  View<Choice> choices() const override;
  std::vector<TaskRecord> tasks() const override;
  Story story() const override;
  Described describe(uintptr_t address) const override;
  Described describe(ObjectId object) const override;
  uintptr_t address_of(ObjectId object) const override;
  const char* kind_of(ObjectId object) const override;
  PointKey point_key(uintptr_t address) const override;

 private:
  // What `function` returns when it is called in the worker with the World there; nothing when the
  // worker has not survived it, or there is none.
  template <typename Function>
  auto ask(Function function) const
      -> std::optional<std::invoke_result_t<Function&, ProcessWorld&>>;
  bool call(Exchange::Run run, void* argument) const;
  bool start_worker();
  [[noreturn]] void work(pid_t supervisor);
  [[noreturn]] void be_mate(pid_t maker, Line& line, const Core& core, const MateWork& work);
  Watch::Seen look() const;
  bool has_worker();
  bool may_be_chance() const;
  ExecutionOutcome outcome_of_the_dead(const ExecutionRequest& request);

  struct Ends;
  struct Worker {
    pid_t process = 0;  // 0: there is none
    int status = 0;     // as wait says, once it has ended
    Watch watch;
    Watch::Seen seen = Watch::Seen::nothing;  // for which it was ended
    std::string failure;                      // of a check of Heddle's own, by which it has ended
  };

  ProcessWorld& world_;
  Exchange* exchange_ = nullptr;
  uint64_t restarts_ = 0;
  bool came_to_end_ = false;           // the worker lived when the last execution had ended
  mutable bool lost_answers_ = false;  // and has died since
  std::vector<Site> fatal_;            // where the program has ended its process
  bool isolated_ = false;              // each execution has a worker of its own
  bool alone_;                         // no worker can be made: executions run in this process
  mutable Worker worker_;
};

}  // namespace heddle
