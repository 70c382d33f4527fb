// What a model says of a call that its rules forbid.
#pragma once

#include "engine/engine.h"
#include "sync/objects.h"

namespace heddle {

// Ends the execution with a `lock-misuse` finding about `operation`, which the running task is
// about to perform. `text` goes on from the task's name; in it "{}" stands for the name of
// `object`, or where there is none of the operation's, and "{other}" for the name of task `other`.
[[noreturn]] void misuse(Engine& engine, const Operation& operation, const char* text,
                         TaskId other = TaskId::none(), ObjectId object = ObjectId());

}  // namespace heddle
