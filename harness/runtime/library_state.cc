#include "runtime/library_state.h"

#include <locale.h>
#include <unistd.h>

#include <algorithm>

namespace heddle {

void LibraryState::save() {
  variables_ = __environ;
  saved_variables_.clear();
  for (char** at = variables_; at != nullptr && *at != nullptr; ++at) {
    saved_variables_.push_back(*at);
  }
  locale_name_ = setlocale(LC_ALL, nullptr);
  locale_ = std::locale();
  std::locale::global(locale_);  // the library's own lock is made on first use
  new_handler_ = std::get_new_handler();
}

void LibraryState::restore() const {
  // libc copies the array when it needs a longer one, and changes it in place when it does not.
  __environ = variables_;
  std::copy(saved_variables_.begin(), saved_variables_.end(), variables_);
  if (variables_ != nullptr) variables_[saved_variables_.size()] = nullptr;
  if (std::locale() != locale_) {
    // Never destroyed: what it owns lies on the execution's heap and goes with it.
    alignas(std::locale) char forgotten[sizeof(std::locale)];
    new (forgotten) std::locale(std::locale::global(locale_));
  }
  if (locale_name_ != setlocale(LC_ALL, nullptr)) setlocale(LC_ALL, locale_name_.c_str());
  if (std::get_new_handler() != new_handler_) std::set_new_handler(new_handler_);
}

}  // namespace heddle
