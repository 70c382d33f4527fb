// A row of a table of scenarios without sizes and schedules.
#pragma once

#include "heddle/scenario.h"

// The body comes last: a template's arguments may have commas.
#define ROW(name, expectation, lesson, ...)            \
  {                                                    \
    name, expectation, lesson, {}, {}, __VA_ARGS__, {} \
  }
