// The program's clocks: functions of virtual time, never of the real one.
//
// Every execution begins on 2024-01-01 at 00:00:00 UTC, with all other clocks at 1,000 s: not at 0,
// from which programs may subtract, and on no day on which a leap second or a summer time begins.
#pragma once

#include <time.h>

#include <cstdint>

#include "engine/engine.h"

namespace heddle {

// Whether the seconds are not negative and the nanoseconds lie in [0, 1'000'000'000).
bool valid_time(const timespec& time);

// Whether the program may read or wait on this clock: the kernel's own, and those of threads.
bool valid_clock(clockid_t clock);

// What the clock shows at a moment of virtual time (Engine::now_ns and read_clock).
timespec clock_value(clockid_t clock, uint64_t now_ns);

// The moment of virtual time at which the clock shows `absolute`; 0 when that was before the start.
// One that the engine cannot count to (some 292 years on) is kNoDeadline: it never comes.
// Precondition: valid_time(absolute).
uint64_t deadline_ns(clockid_t clock, const timespec& absolute);

// The moment `relative` after `now_ns`, with the same limit and precondition.
uint64_t deadline_after_ns(uint64_t now_ns, const timespec& relative);

// The running task's clock, behind a scheduling point: a reading depends on what came before.
uint64_t read_now_ns(Engine& engine, Site site);

}  // namespace heddle
