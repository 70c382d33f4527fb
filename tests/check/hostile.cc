// The acts of runtime/hostile_acts.h as whole programs: the first argument says which.
#include "runtime/hostile_acts.h"

int main(int argc, char** argv) {
  for (const hostile::Act& act : hostile::kActs) {
    if (argc == 2 && std::strcmp(argv[1], act.name) == 0) {
      hostile::in_one_order(act.act);
      return 0;
    }
  }
  return 98;
}
