// What executions run on: the World, and for the time of an exploration a folder of their own and
// the descriptors of output. Given by main; a test gives its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/world.h"

namespace heddle {

class Stage {
 public:
  virtual ~Stage() = default;
  virtual World& world() = 0;

  // Before the first execution. `here`: executions are to run in this process, where a debugger can
  // follow them, else in one of their own where that can be. Empty, or why not.
  virtual std::string open(bool here) = 0;
  // Undoes it.
  virtual void close() = 0;
  // Standard error of Heddle itself while open.
  virtual int error_descriptor() const = 0;
  // With every mention of the executions' folder as $DIR. Precondition: open.
  virtual std::string with_dir(std::string_view text) const = 0;

  // Of the program's own objects (not of Heddle): what schedules are bound to. Reads the program's
  // file.
  virtual uint64_t build_digest() const = 0;
};

}  // namespace heddle
