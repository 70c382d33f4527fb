// pthread_create, join, detach, cancel (POSIX.1-2017).
#pragma once

#include "engine/engine.h"

namespace heddle {

// Null: refused (EAGAIN).
Task* thread_create(Engine& engine, void* (*entry)(void*), void* argument, bool detached,
                    Site site);
// 0, EDEADLK (joining oneself), EINVAL (detached or joined already), ECANCELED.
int thread_join(Engine& engine, Task& target, void** result, Site site);
int thread_detach(Engine& engine, Task& target, Site site);
// Orders nothing: it is not among the functions that synchronise memory (POSIX.1-2017, 4.12).
void thread_cancel(Engine& engine, Task& target, Site site);

}  // namespace heddle
