// The programs of counted.h, whose executions litmus_test.py counts.
#include "litmus/counted.h"

#include "heddle/heddle.h"

namespace heddle {

#define COUNTED(name, expectation)                                                         \
  {                                                                                        \
#name, expectation, "its executions are counted", {2, 0 }, {20, 0 }, counted::name, {} \
  }

const Scenario kScenarios[] = {
    COUNTED(readers, "pass"),
    COUNTED(lastzero, "pass"),
    COUNTED(fib_bench, "data-race"),
    COUNTED(indexer, "pass"),
    COUNTED(filesystem, "pass"),
    COUNTED(ainc, "pass"),
    COUNTED(binc, "pass"),
    COUNTED(lockinc, "pass"),
    COUNTED(cas, "pass"),
    COUNTED(casw, "pass"),
    COUNTED(writes, "data-race"),
    COUNTED(atomic_writes, "pass"),
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
