// The file and the network, as both programs use them.
#pragma once

#include <optional>

namespace ticket_file {

// The number in {"count": N}; nothing when the file does not look like that.
std::optional<int> read_count();
void write_count(int count);

// Waits for some time between the two, in milliseconds.
void wait_between(int shortest_ms, int longest_ms);

}  // namespace ticket_file
