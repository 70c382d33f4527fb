// How a table of scenarios is handed to the `heddle` command line.
#pragma once

#include <cstdint>

namespace heddle {

// Sizes that the command line can set. 0 in a Scenario's defaults: the scenario has no such size.
struct Parameters {
  uint32_t threads = 0;
  uint32_t rounds = 0;
};

// A named interleaving written by a human: steps separated by ';', each "TASK reads N" or
// "TASK writes N", e.g. "t1 reads 0; t2 reads 0; t2 writes 8". TASK is t1, t2, … for the body's
// children in the order of their creation. The steps are the accesses to `watched`.
struct NamedSchedule {
  const char* name;  // without the '@'
  const char* steps;
  const char* watched;  // name of a global variable of the scenario, as the symbol table shows it
                        // demangled, e.g. "change_it::balance"
};

struct Scenario {
  const char* name;         // "bank.unlocked"
  const char* expectation;  // "pass", or finding kinds separated by ", ": each must be found
  const char* lesson;       // one line
  Parameters defaults;
  Parameters limits;  // largest values that --threads and --rounds accept
  void (*body)(const Parameters& parameters);
  const NamedSchedule* schedules;  // ends with a null name; null: none
};

// Defined by the program that links the command line (scenarios/table.cc); ends with a null name.
extern const Scenario kScenarios[];

}  // namespace heddle
