// Schedule strings: whatever somebody pastes. What is one reads back as itself.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/schedule.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<heddle::Schedule> schedule = heddle::decode(text);
  if (!schedule.ok()) return 0;
  const std::string again = heddle::encode(*schedule);
  const absl::StatusOr<heddle::Schedule> second = heddle::decode(again);
  if (!second.ok() || heddle::encode(*second) != again) std::abort();
  return 0;
}
