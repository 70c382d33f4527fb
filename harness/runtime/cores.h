// Which core a worker runs on: one that no other of Heddle's workers on this machine has.
#pragma once

#include <utility>

namespace heddle {

// Taken as long as this lives, by a name in the kernel that vanishes with the process.
class Core {
 public:
  // One that this process may use and nobody has taken; else none.
  static Core take();
  Core() = default;
  Core(Core&& other) noexcept
      : number_(std::exchange(other.number_, -1)), socket_(std::exchange(other.socket_, -1)) {}
  Core& operator=(Core&&) = delete;
  ~Core();

  // In a fork: whatever was taken is its maker's alone, and no descriptor of it is left here, where
  // a program could meet it.
  static void leave_to_maker();

  // From now on the calling process runs there, and nowhere else. Without effect for none.
  void pin() const;
  int number() const { return number_; }  // -1: none

 private:
  Core(int number, int socket) : number_(number), socket_(socket) {}

  int number_ = -1;
  int socket_ = -1;
};

}  // namespace heddle
