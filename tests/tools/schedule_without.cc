// schedule_without SCHEDULE: the schedule without one of its entries, for each of them: a line
// each.
#include <cstdio>

#include "core/schedule.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const absl::StatusOr<heddle::Schedule> schedule = heddle::decode(argv[1]);
  if (!schedule.ok()) {
    std::fprintf(stderr, "%s\n", std::string(schedule.status().message()).c_str());
    return 1;
  }
  for (size_t i = 0; i < schedule->entries.size(); ++i) {
    heddle::Schedule shorter = *schedule;
    shorter.entries.erase(shorter.entries.begin() + static_cast<std::ptrdiff_t>(i));
    std::puts(heddle::encode(shorter).c_str());
  }
  return 0;
}
