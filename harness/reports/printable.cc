#include "reports/printable.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace heddle {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  // 0: the byte here begins no valid sequence
};

CodePoint decode_first(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (length == 0 || lead > 0xf4 || length > text.size()) return {};
  uint32_t value = lead & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  const uint32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < least || value > 0x10ffff || surrogate) return {};
  return {value, length};
}

// Characters that move the cursor, reorder or hide text.
bool is_unsafe(uint32_t value) {
  return value < 0x20 || (value >= 0x7f && value < 0xa0) || (value >= 0x200b && value <= 0x200f) ||
         (value >= 0x2028 && value <= 0x202e) || (value >= 0x2060 && value <= 0x206f) ||
         value == 0xfeff;
}

void append_escape(uint32_t value, std::string& out) {
  if (value == '\n') {
    out += "\\n";
  } else if (value == '\t') {
    out += "\\t";
  } else {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, value < 0x100 ? "\\x%02x" : "\\u{%x}", value);
    out += buffer;
  }
}

}  // namespace

std::string printable(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint point = decode_first(text);
    const size_t bytes = point.bytes == 0 ? 1 : point.bytes;
    if (point.bytes == 0) {
      append_escape(static_cast<unsigned char>(text[0]), out);
    } else if (is_unsafe(point.value)) {
      append_escape(point.value, out);
    } else {
      absl::StrAppend(&out, text.substr(0, bytes));
    }
    text.remove_prefix(bytes);
  }
  return out;
}

bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

size_t display_width(absl::string_view text) {
  size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return width;
}

std::string padded(absl::string_view text, size_t width) {
  const size_t own = display_width(text);
  return absl::StrCat(text, std::string(own < width ? width - own : 0, ' '));
}

std::string shortened(absl::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  for (size_t taken = 0; taken + 1 < width; ++taken) {
    const CodePoint point = decode_first(text);
    const size_t bytes = point.bytes == 0 ? 1 : point.bytes;
    absl::StrAppend(&out, text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return out + "…";
}

std::vector<std::string> wrapped(absl::string_view text, size_t width, size_t first_extra) {
  std::vector<std::string> lines;
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    const size_t room = lines.size() == 1 ? width + first_extra : width;
    const bool fits =
        !lines.empty() && display_width(lines.back()) + 1 + display_width(word) <= room;
    if (fits) {
      absl::StrAppend(&lines.back(), " ", word);
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

std::string counted(uint64_t number, absl::string_view noun) {
  return absl::StrCat(number, " ", noun, number == 1 ? "" : "s");
}

std::string duration_text(uint64_t nanoseconds) {
  static constexpr struct {
    uint64_t unit;
    const char* name;
  } kUnits[] = {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}};
  for (const auto& [unit, name] : kUnits) {
    if (nanoseconds < unit) continue;
    std::string number = absl::StrCat(nanoseconds / unit);
    const uint64_t thousandths = nanoseconds % unit * 1000 / unit;
    if (thousandths != 0) {
      std::string fraction = absl::StrCat(1000 + thousandths).substr(1);
      fraction.erase(fraction.find_last_not_of('0') + 1);
      absl::StrAppend(&number, ".", fraction);
    }
    return absl::StrCat(number, " ", name);
  }
  return absl::StrCat(nanoseconds, " ns");
}

std::string enumerated(const std::vector<std::string>& items) {
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

}  // namespace heddle
