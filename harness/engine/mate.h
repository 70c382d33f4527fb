// Other processes that take part in an exploration: copies of this one, as it was when they were
// made, each with executions of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace heddle {

// To whom a mate tells what it has done.
class MateLine {
 public:
  virtual ~MateLine() = default;
  // Waits while there is no room. False: nobody wants to hear any more.
  virtual bool send(std::string_view message) = 0;
  // With every mention of the mate's own folder as $DIR.
  virtual std::string with_dir(std::string_view text) const = 0;
};

// One of them, seen from the process that has made it. Ended by its destruction.
class Mate {
 public:
  enum class Heard : uint8_t { message, nothing, end };

  virtual ~Mate() = default;
  // The next message; nothing, when there is none for a while; end, when there will be none, as it
  // has ended, by itself or not.
  virtual Heard hear(std::string& message) = 0;
};

// What a mate does. It ends when this returns.
using MateWork = std::function<void(MateLine& line)>;

}  // namespace heddle
