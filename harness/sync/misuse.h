// What a model says of a call that its rules forbid.
#pragma once

#include "engine/engine.h"
#include "sync/objects.h"

namespace heddle {

// Ends the execution with a `lock-misuse` finding. `text` goes on from the running task's name; in
// it "{}" stands for the object and "{other}" for the name of task `other`.
[[noreturn]] void misuse(Engine& engine, const Object* object, const char* text, Site site,
                         TaskId other = TaskId::none());

}  // namespace heddle
