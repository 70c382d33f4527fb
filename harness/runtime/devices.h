// What an execution meets of the world outside: files, output, its folder, random numbers.
#pragma once

#include <string>

#include "runtime/file_table.h"
#include "runtime/folder.h"
#include "runtime/output.h"
#include "runtime/random_state.h"

namespace heddle {

// Lives as long as the runtime, in its permanent arena.
struct Devices {
  FileTable files;
  OutputCapture output;
  Folder folder;
  RandomState random;
  uint64_t executions = 0;  // that this process has seen the end of

  bool is_own_descriptor(int descriptor) const {
    return output.is_own_descriptor(descriptor) || folder.is_own_descriptor(descriptor);
  }
};

// Made on first use.
inline Devices& devices(Runtime& runtime) {
  if (runtime.devices == nullptr) runtime.devices = runtime.permanent.make<Devices>();
  return *runtime.devices;
}

// After an execution, on the host, before the program's memory is restored: closes what it left
// open, empties its folder, resets libc's random numbers; returns what it printed when `wanted`.
std::string end_devices(Runtime& runtime, bool wanted);

}  // namespace heddle
