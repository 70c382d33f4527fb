// The scenarios of a command line that has none.
#include "heddle/scenario.h"

namespace heddle {

const Scenario kScenarios[] = {{nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr}};

}  // namespace heddle
