// What stands behind the `=` of flags.
#pragma once

#include <cstdint>
#include <string>

namespace heddle {

// "30s", "1m30s", "500ms" as nanoseconds; throws Failure.
uint64_t parse_duration(const std::string& flag, const std::string& text);

// A decimal number within limits; throws Failure.
uint64_t parse_number(const std::string& flag, const std::string& text, uint64_t least,
                      uint64_t most);

// Drawn by the system; throws Failure where it has none.
uint64_t random_seed();

}  // namespace heddle
