// Schedule strings that no `encode` has written, with a checksum that fits.
#pragma once

#include <string>

#include "absl/strings/escaping.h"

namespace heddle {

inline uint32_t crc32c(const std::string& bytes) {
  uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
  }
  return ~crc;
}

// The string of scenario "a" with this body of at most 120 bytes: all but the body is right.
inline std::string forged(const std::string& body) {
  std::string bytes = std::string(1, static_cast<char>(body.size() + 4)) + body;
  uint32_t crc = crc32c("a" + bytes);
  for (int i = 0; i < 4; ++i, crc >>= 8) bytes.push_back(static_cast<char>(crc));
  return "h1.a." + absl::WebSafeBase64Escape(bytes);
}

// The body of a string, to be forged.
inline std::string body_of(const std::string& text) {
  std::string bytes;
  absl::WebSafeBase64Unescape(text.substr(text.rfind('.') + 1), &bytes);
  return bytes.substr(1, bytes.size() - 5);
}

}  // namespace heddle
