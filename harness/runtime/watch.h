// Looks at a worker from outside while an answer of it is awaited: whether it comes to no
// scheduling point any more, or takes more of the machine than an execution may. Host side.
//
// Time is the worker's processor time, so that a loaded machine raises no false alarm; the clock on
// the wall counts only while the kernel says that the worker waits for something.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace heddle {

class Watch {
 public:
  // Processor time without a scheduling point after which an execution is taken for endless …
  static constexpr uint64_t kLongestStepNs = 3'000'000'000;
  // … and how long it may wait in the kernel.
  static constexpr uint64_t kLongestWaitNs = 3'000'000'000;
  // By how much a worker may grow while it is asked for one thing: Heddle's notes take several
  // times what the program itself does. One that has grown twice as much in all is better replaced.
  static constexpr uint64_t kMostMemory = uint64_t{3} << 30;
  // What an execution's files and output may take.
  static constexpr uint64_t kMostFiles = uint64_t{1} << 30;

  enum class Seen : uint8_t { nothing, computes, waits, memory, files, worn };

  // A worker has been forked.
  void begin(pid_t id);
  // It is asked for something now.
  void expect();
  // Every now and then, until it answers. `progress` changes with every scheduling point;
  // `files_in_use` is asked seldom.
  template <typename FilesInUse>
  Seen look(uint64_t progress, FilesInUse files_in_use) {
    const Seen seen = look_often(progress);
    if (seen != Seen::nothing || ++looks_ % kSeldom != 0) return seen;
    return files_in_use() > kMostFiles ? Seen::files : look_seldom();
  }

 private:
  static constexpr uint32_t kSeldom = 64;

  Seen look_often(uint64_t progress);
  Seen look_seldom();

  pid_t process_ = 0;
  uint64_t memory_at_first_ = 0;
  uint64_t memory_before_ = 0;  // when it was asked
  uint64_t progress_ = 0;
  uint64_t cpu_ns_ = 0;  // when `progress_` was new
  uint32_t looks_ = 0;
  uint64_t waited_ns_ = 0;  // since it last did anything
  uint64_t cpu_then_ = 0;   // at the last look for waiting …
  uint64_t time_then_ = 0;  // … on the wall
};

}  // namespace heddle
