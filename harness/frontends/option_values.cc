#include "frontends/option_values.h"

#include <sys/syscall.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/raw_syscall.h"
#include "frontends/failure.h"

namespace heddle {

uint64_t random_seed() {
  // Small enough to type again, large enough never to meet twice.
  uint32_t seed = 0;
  if (raw_syscall(SYS_getrandom, reinterpret_cast<long>(&seed), sizeof(seed), 0) !=
      static_cast<long>(sizeof(seed))) {
    fail_environment("--seed=random: the system gives no random number", "give a number");
  }
  return seed;
}

uint64_t parse_duration(const std::string& flag, const std::string& text) {
  absl::Duration duration;
  const bool understood = absl::ParseDuration(text, &duration);
  if (!understood || duration <= absl::ZeroDuration() || duration >= absl::Hours(24 * 365)) {
    fail_usage(absl::StrCat(flag, "=", text, " is no time"),
               absl::StrCat("write one like ", flag, "=30s, 500ms or 1m30s"));
  }
  return static_cast<uint64_t>(absl::ToInt64Nanoseconds(duration));
}

uint64_t parse_number(const std::string& flag, const std::string& text, uint64_t least,
                      uint64_t most) {
  uint64_t value = 0;
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && absl::SimpleAtoi(text, &value) && value >= least && value <= most) return value;
  const std::string range = most == UINT64_MAX ? absl::StrCat(least == 0 ? "" : "above 0 ")
                                               : absl::StrCat("from ", least, " to ", most, " ");
  fail_usage(absl::StrCat(flag, "=", text, digits ? " is out of range" : " is no number"),
             absl::StrCat("write a whole number ", range, "there"));
}

}  // namespace heddle
