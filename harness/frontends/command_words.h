// Words of a command for a shell.
#pragma once

#include <string>

namespace heddle {

// The word as a POSIX shell takes it: as it is where that is safe, else in quotes.
std::string shell_quoted(const std::string& word);

}  // namespace heddle
