// Small text tools of the reports: escaping, widths, wrapping, plurals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace heddle {

// Whatever a program named or printed, safe for a terminal and on one line: control characters,
// invisible direction marks and bytes that are not UTF-8 become \n, \x1b, \u{202e}.
std::string printable(absl::string_view text);

// Whether it may stand in a name of C++. Of ASCII only, whatever the locale.
bool in_word(char c);

// Between columns.
inline constexpr size_t kGutter = 2;

// Columns that a printable string takes: its code points.
size_t display_width(absl::string_view text);

// Filled with spaces up to `width`.
std::string padded(absl::string_view text, size_t width);

// Cut to `width` columns, with … for what is lost.
std::string shortened(absl::string_view text, size_t width);

// Broken at spaces into lines of at most `width` columns, the first of which may be longer by
// `first_extra`; a longer word has a line of its own.
std::vector<std::string> wrapped(absl::string_view text, size_t width, size_t first_extra = 0);

// "1 finding", "2 findings".
std::string counted(uint64_t number, absl::string_view noun);

// "10 ms", "1.5 s".
std::string duration_text(uint64_t nanoseconds);

// "a", "a and b", "a, b and c".
std::string enumerated(const std::vector<std::string>& items);

}  // namespace heddle
