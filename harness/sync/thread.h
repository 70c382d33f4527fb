// pthread_create, join, detach (POSIX.1-2017).
#pragma once

#include "engine/engine.h"

namespace heddle {

// Null: refused (EAGAIN).
Task* thread_create(Engine& engine, void* (*entry)(void*), void* argument, bool detached,
                    Site site);
// 0. Joining oneself, or what is detached or joined already, is a finding.
int thread_join(Engine& engine, Task& target, void** result, Site site);
int thread_detach(Engine& engine, Task& target, Site site);

}  // namespace heddle
