// Names of files: absolute, without "." and "..", `$DIR` for the execution's folder.
#pragma once

#include <cstddef>
#include <string_view>

namespace heddle {

// A path that is put together from pieces; what does not fit is cut. For fibers: no allocation.
class FileName {
 public:
  // Components of `path` behind what is there already; one that is absolute replaces it.
  void append(std::string_view path);
  // `$DIR` instead of the folder's path, if it lies there.
  void contract(std::string_view folder);
  // The other way round.
  void expand(std::string_view folder);

  std::string_view view() const {
    return size_ == 0 ? std::string_view("/") : std::string_view(text_, size_);
  }

 private:
  static constexpr size_t kCapacity = 4096;

  void component(std::string_view name);
  void replace_start(size_t old_length, std::string_view start);

  char text_[kCapacity];
  size_t size_ = 0;
};

inline constexpr std::string_view kDir = "$DIR";

}  // namespace heddle
