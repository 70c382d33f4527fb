// Random numbers of an execution: a function of who draws, how often he has drawn, and a choice.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/runtime.h"

namespace heddle {

class RandomState {
 public:
  // 32 bits for the running task, as one operation. Where the schedule says nothing: a fixed
  // function of the task's name and the number of its draws so far.
  uint32_t draw(Runtime& runtime, Site site);
  // `size` bytes, as one operation.
  void fill(Runtime& runtime, void* bytes, size_t size, Site site);

  // initstate and setstate have given libc's random() memory of the program's; `before` is what it
  // had.
  void state_replaced(char* before) {
    if (libc_state_ == nullptr) libc_state_ = before;
  }
  // Host side.
  void end_execution(bool used_rand);

 private:
  static constexpr uint32_t kChoices = 1u << 16;
  uint64_t draw_seed(Runtime& runtime, Site site);

  uint32_t* draws_ = nullptr;   // by task, in the execution's arena; made by the first draw
  char* libc_state_ = nullptr;  // random()'s own memory, where the program has replaced it
};

}  // namespace heddle
