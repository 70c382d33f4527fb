// Bodies that are hostile to their harness (hostile_acts.h); hostile_test.py looks at what is left,
// and at whole programs that do the same.
#include "runtime/hostile_acts.h"

#include "heddle/scenario.h"
#include "runtime/table.h"

namespace {

template <void act()>
void body(const heddle::Parameters&) {
  hostile::in_one_order(act);
}

}  // namespace

namespace heddle {

using namespace hostile;

#define HOSTILE_ROW(name, in_body, in_program, act) \
  ROW("hostile." #name, in_body, "whole program: " in_program, body<act>),

const Scenario kScenarios[] = {
    HOSTILE_ACTS(HOSTILE_ROW){nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
