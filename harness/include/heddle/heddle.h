// Heddle's calls for code under test. They need no link library in an uncontrolled build.
#pragma once

#include <string>

namespace heddle {

// An assertion of the body: when `condition` is false under control, the execution ends here with a
// `check-failed` finding that says `message` ("balance == 100, but it was 99"). Without control it
// prints the message and aborts.
void check(bool condition, const std::string& message);

// States an end result of this execution ("balance = -8"): shown by replay, grouped by outcomes.
// Several calls are joined in order.
void outcome(const std::string& value);

}  // namespace heddle
