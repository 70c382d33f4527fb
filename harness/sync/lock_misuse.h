// How models end an execution in which an object is used against its rules.
#pragma once

#include "sync/objects.h"

namespace heddle {

// `message` says what was done; null: the running task lets go of what it does not hold.
[[noreturn]] void abandon_lock_misuse(Engine& engine, const Object& object, const char* message,
                                      Site site);

}  // namespace heddle
