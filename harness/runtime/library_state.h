// What libc and libstdc++ keep for the program in variables of their own, which Globals leaves
// alone: environment variables, locales, the new handler. Host side.
#pragma once

#include <locale>
#include <new>
#include <string>
#include <vector>

namespace heddle {

class LibraryState {
 public:
  // At the snapshot.
  void save();
  // After an execution, while its heap is still there.
  void restore() const;

 private:
  char** variables_ = nullptr;          // the array that the process was started with
  std::vector<char*> saved_variables_;  // its entries
  std::string locale_name_;
  std::locale locale_;
  std::new_handler new_handler_ = nullptr;
};

}  // namespace heddle
