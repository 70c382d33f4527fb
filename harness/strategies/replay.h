// Follows a schedule: at the places that it names it chooses as told, everywhere else the default.
//
// Entries are looked up by the progress of the task that reached the choice, one cursor a task, so
// that what other tasks do meanwhile does not matter. An entry that does not fit (another build, or
// an entry left out by minimising) is passed over, the rest is followed as far as it fits, and the
// first such entry is kept for the report.
#pragma once

#include <string>

#include "core/schedule.h"
#include "core/strategy.h"
#include "strategies/host_array.h"

namespace heddle {

class Replay : public Strategy {
 public:
  // Precondition: one that `encode` takes.
  explicit Replay(Schedule schedule);

  const char* name() const override { return "replay"; }
  bool begin(ExecutionNumber number) override;
  TaskId choose(const ChoicePoint& point) override;
  uint32_t choose_value(const Position& position, uint32_t bound) override;
  void task_created(TaskId task, TaskId creator, uint32_t child) override;
  bool wants_stops() const override { return wants_stops_; }
  bool splits() const override { return splits_; }
  uint32_t next_stop(TaskId task, uint32_t operation, uint32_t accesses) override;
  void end(const TraceSummary& trace) override;

  enum class Misfit : uint8_t {
    none,
    passed,         // its task went past the place without such a choice
    not_possible,   // the task chosen could not run or be woken there
    not_created,    // the task chosen did not exist yet
    value_too_big,  // so many possibilities did not exist
    not_reached,    // the execution ended before
  };
  struct Divergence {
    Misfit misfit = Misfit::none;
    uint32_t entry = 0;  // index into Schedule::entries
    uint32_t bound = 0;  // value_too_big: how many there were
  };
  const Divergence& divergence() const { return divergence_; }
  bool diverged() const { return divergence_.misfit != Misfit::none; }
  // Host side. One sentence; empty when the schedule fitted.
  std::string divergence_text() const;

 private:
  static constexpr uint32_t kNoIndex = ~uint32_t{0};

  // Entries of one task are neighbours, in the order of the schedule.
  struct Followed {
    Position position;  // its task is not used
    ChoiceKind kind = ChoiceKind::task;
    uint32_t chosen = 0;
    uint32_t entry = 0;  // index into Schedule::entries
  };
  // A name of the schedule; sorted by creator and child.
  struct Name {
    uint32_t creator = 0;
    uint32_t child = 0;
    uint32_t index = 0;
    friend bool operator<(const Name& a, const Name& b) {
      return a.creator != b.creator ? a.creator < b.creator : a.child < b.child;
    }
  };
  // What the execution has made of a task of the schedule.
  struct Named {
    TaskId task;
    uint32_t cursor = 0;  // into followed_: the next entry
    uint32_t first = 0;
    uint32_t end = 0;
  };

  uint32_t index_of(TaskId task) const {
    return task.index() < created_ ? index_of_task_[task.index()] : kNoIndex;
  }
  const Followed* take(const Position& position, ChoiceKind kind);
  void pass_entries_before(Named& named, const Position& position);
  void note(Misfit misfit, uint32_t entry, uint32_t bound = 0);
  std::string path(uint32_t index) const;

  const Schedule schedule_;
  const uint32_t name_count_;
  HostArray<Followed> followed_;
  HostArray<Name> names_;
  HostArray<Named> named_;             // by index into Schedule::tasks
  HostArray<uint32_t> index_of_task_;  // by TaskId; kNoIndex: not in the schedule
  uint32_t created_ = 0;               // tasks of this execution that index_of_task_ covers
  bool wants_stops_ = false;
  bool splits_ = false;
  Divergence divergence_;
};

}  // namespace heddle
