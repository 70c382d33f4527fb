// A small file, as a whole.
#pragma once

#include <optional>
#include <string>

namespace heddle {

// None where it cannot be opened.
std::optional<std::string> read_file(const std::string& path);

}  // namespace heddle
