// The acts of runtime/hostile_acts.h as whole programs: the arguments say which, and the number of
// tasks.
#include "runtime/hostile_acts.h"

int main(int argc, char** argv) {
  for (const hostile::Act& act : hostile::kActs) {
    if (argc == 3 && std::strcmp(argv[1], act.name) == 0) {
      hostile::in_one_order(act.act, std::atoi(argv[2]));
      return 0;
    }
  }
  return 98;
}
