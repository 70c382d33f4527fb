// `heddle check --fresh-dir`: every execution finds in its folder what was in the one that the
// program was started in. Host side.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace heddle {

class FolderCopy {
 public:
  // More than that is hardly meant to be copied for each of a thousand executions.
  static constexpr uint64_t kMostBytes = uint64_t{256} << 20;
  static constexpr size_t kMostEntries = 10'000;

  // Notes what there is below the open directory: folders, regular files and symbolic links; pipes,
  // sockets, devices and the folders of executions are left out. Returns what is in the way of a
  // copy; empty: nothing.
  std::string plan(int directory);

  // Puts all that was noted into the directory `to`, which is empty: in the order of the names,
  // with their permissions. False: it cannot be, and why is in errno.
  bool make(int from, int to) const;

 private:
  struct Entry {
    std::string path;
    mode_t mode = 0;
    std::string target;  // of a symbolic link
  };

  std::string plan_below(int parent, const std::string& path, int levels);
  std::string note(int parent, const std::string& path, int levels);

  std::vector<Entry> entries_;  // a folder before what it holds
  uint64_t bytes_ = 0;
};

}  // namespace heddle
