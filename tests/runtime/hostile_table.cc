// Bodies that are hostile to their harness (hostile_acts.h); hostile.py looks at what is left,
// and at whole programs that do the same.
#include "heddle/scenario.h"
#include "runtime/hostile_acts.h"

namespace {

template <void act()>
void body(const heddle::Parameters& parameters) {
  hostile::in_one_order(act, static_cast<int>(parameters.threads));
}

}  // namespace

namespace heddle {

using namespace hostile;

#define HOSTILE_ROW(name, tasks, in_body, in_program, act) \
  {"hostile." #name, in_body, "whole program: " in_program, {tasks, 0}, {8, 0}, body<act>, {}},

const Scenario kScenarios[] = {
    HOSTILE_ACTS(HOSTILE_ROW){nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
