// Always-on checks of Heddle's own invariants.
//
// A check that fails is a bug of Heddle's, never of the program under test or of the user: it
// prints what was violated, lets `heddle::set_check_context` add the schedule so far, asks for a
// report and ends the process with status 3. Checks stay on in every build.
#pragma once

namespace heddle {

// Prints the failure and ends the process. Safe on a fiber and inside a signal handler.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

// Registers a function that prints where the exploration stands (execution, choices so far) to a
// descriptor, with raw output only. Null removes it.
void set_check_context(void (*print)(int descriptor));

// Where failures are printed: 2 unless the program has that descriptor for its own output.
void set_check_output(int descriptor);

// From now on the failure is kept in `place`, as a text of less than `size` bytes, and nothing is
// printed: another process tells it.
void keep_check_failure(char* place, unsigned size);

}  // namespace heddle

#define HEDDLE_CHECK(condition)                      \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::heddle::check_failed(#condition, __FILE__, __LINE__))
