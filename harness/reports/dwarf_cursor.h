// Reads the numbers and texts of debug information one after another.
#pragma once

#include <algorithm>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace heddle {

// Reads on; what lies beyond the end reads as 0 and is remembered.
class DwarfCursor {
 public:
  explicit DwarfCursor(absl::string_view bytes, uint64_t at = 0)
      : bytes_(bytes), at_(std::min<uint64_t>(at, bytes.size())) {
    bad_ = at > bytes.size();
  }

  bool bad() const { return bad_; }
  bool at_end() const { return at_ >= bytes_.size(); }
  uint64_t at() const { return at_; }

  uint64_t fixed(uint32_t size) {
    const absl::string_view part = block(size);
    uint64_t value = 0;
    for (size_t i = 0; i < part.size() && i < 8; ++i) {
      value |= uint64_t{static_cast<uint8_t>(part[i])} << (8 * i);
    }
    return value;
  }

  uint64_t leb() {
    uint64_t value = 0;
    for (uint32_t shift = 0;; shift += 7) {
      const uint64_t byte = fixed(1);
      if (shift < 64) value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0 || bad_) return value;
    }
  }

  int64_t signed_leb() {
    uint64_t value = 0;
    for (uint32_t shift = 0;;) {
      const uint64_t byte = fixed(1);
      if (shift < 64) value |= (byte & 0x7f) << shift;
      shift += 7;
      if ((byte & 0x80) != 0 && !bad_) continue;
      if ((byte & 0x40) != 0 && shift < 64) value |= ~uint64_t{0} << shift;
      return static_cast<int64_t>(value);
    }
  }

  absl::string_view block(uint64_t size) {
    if (size > bytes_.size() - at_) {
      bad_ = true;
      at_ = bytes_.size();
      return {};
    }
    const absl::string_view part = bytes_.substr(at_, size);
    at_ += size;
    return part;
  }

  absl::string_view text() {
    const size_t end = bytes_.find('\0', at_);
    if (end == absl::string_view::npos) {
      block(bytes_.size());
      bad_ = true;
      return {};
    }
    const absl::string_view part = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return part;
  }

 private:
  absl::string_view bytes_;
  uint64_t at_;
  bool bad_;
};

}  // namespace heddle
