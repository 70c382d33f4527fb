// The folder in which executions run: fresh, in memory where possible, empty at the start of each.
//
// Its name is heddle-PID-N, with leading zeros, so that paths are equally long in every process.
// Its maker holds a lock on it, by which later processes know that he lives: what the dead have
// left is removed whenever a folder is made.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace heddle {

class Folder {
 public:
  static constexpr int kLevels = 64;  // deeper ones are left alone

  // Below the first of `parents` (ends with null) in which it can be made. Empty, or why not.
  std::string make(const char* const* parents);
  // Puts the working directory back and removes the folder with all that is in it; without effect
  // in a forked child. Raw system calls only: may be called in a signal handler.
  void remove();
  // In a forked child: it is its maker's alone, another one may be made here.
  void forget();
  bool exists() const { return descriptor_ >= 0; }

  // Makes it the working directory; `leave` goes back to the one before.
  void enter();
  void leave();

  // Removes all that is in it, and makes it the working directory again when `moved`.
  void clean(bool moved);

  // What the files in it take.
  uint64_t bytes_in_use() const;

  // Whether one of these, of whatever process, may be called so.
  static bool is_name_of_one(const char* name);

  // Without a slash at the end.
  std::string_view path() const { return std::string_view(path_, length_); }
  dev_t device() const { return device_; }
  int descriptor() const { return descriptor_; }
  // The working directory before `enter`, as a descriptor.
  int before() const { return before_; }
  bool is_own_descriptor(int descriptor) const {
    return descriptor >= 0 && (descriptor == descriptor_ || descriptor == before_);
  }
  // The text with every mention of the folder as $DIR: for reports. Host side.
  std::string with_dir(std::string_view text) const;

 private:
  static constexpr size_t kMaxPath = 512;

  bool make_below(const char* parent, int number);

  char path_[kMaxPath] = {0};
  size_t length_ = 0;
  int descriptor_ = -1;
  int before_ = -1;  // the working directory before `enter`
  dev_t device_ = 0;
  pid_t maker_ = 0;
};

}  // namespace heddle
