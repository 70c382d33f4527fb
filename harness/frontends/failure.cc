#include "frontends/failure.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "reports/printable.h"

namespace heddle {

std::string Failure::line() const {
  return absl::StrCat("heddle: ", printable(what), ": ", printable(remedy), "\n");
}

void fail_usage(std::string what, std::string remedy) {
  throw Failure{kExitUsage, std::move(what), std::move(remedy)};
}

void fail_environment(std::string what, std::string remedy) {
  throw Failure{kExitError, std::move(what), std::move(remedy)};
}

}  // namespace heddle
