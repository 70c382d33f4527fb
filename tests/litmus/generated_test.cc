// Small random programs under every strategy. Exhaustive search with and without reduction: the
// same outcomes, findings and classes of executions, and what random sees is among that. What is
// found: replaying its schedule shows it, minimised or not, with the same trace each time.
#include "litmus/generated.h"

#include "property/properties.h"

namespace {

using generated::explored;
using generated::Program;
using generated::programs;
using properties::expect;
using properties::first_message;
using properties::is_subset;
using properties::kinds_of;
using properties::outcomes_of;
using properties::some_strategy;

// Where the plain search has more to do than this it is left, and has seen a part.
constexpr uint64_t kMostPlain = 60;

heddle::Options search() {
  return heddle::Options().strategy("dfs").no_minimize();
}

TEST(Generated, DfsMissesNothing) {
  expect("the plain search sees the same, random nothing else", [] {
    const Program program = *programs();
    const heddle::Report reduced = explored(program, search());
    RC_ASSERT(reduced["distinct"] == std::to_string(reduced.executions()));

    const heddle::Report plain =
        explored(program, search().set("no-reduction").executions(kMostPlain));
    RC_ASSERT(is_subset(outcomes_of(plain), outcomes_of(reduced)));
    RC_ASSERT(is_subset(kinds_of(plain), kinds_of(reduced)));
    const bool ended = plain["evidence"] == reduced["evidence"];
    RC_CLASSIFY(ended);
    if (ended) {
      RC_ASSERT(outcomes_of(reduced) == outcomes_of(plain));
      RC_ASSERT(kinds_of(reduced) == kinds_of(plain));
      RC_ASSERT(reduced["distinct"] == plain["distinct"]);
    }

    const heddle::Report some = explored(
        program, heddle::Options().strategy("random").executions(10).keep_going().no_minimize());
    RC_ASSERT(is_subset(outcomes_of(some), outcomes_of(reduced)));
    RC_ASSERT(is_subset(kinds_of(some), kinds_of(reduced)));
  });
}

TEST(Generated, ASchedulesFindingIsFoundAgain) {
  expect("replaying shows the finding", [] {
    const Program program = *programs(16);
    heddle::Options options = heddle::Options().executions(8).after(0);
    options.strategy(*some_strategy()).seed(*rc::gen::inRange(1, 1'000));
    const bool minimised = *rc::gen::arbitrary<bool>();
    if (!minimised) options.no_minimize();
    const heddle::Report found = explored(program, options);
    RC_ASSERT(found.verdict() != "error");
    RC_CLASSIFY(found.verdict() == "fail");
    if (found.ok()) return;

    const heddle::Options replay = heddle::Options().schedule(found.schedule()).set("all");
    const heddle::Report shown = explored(program, replay);
    RC_ASSERT(shown["replayed"] == "yes");
    RC_ASSERT(shown.verdict() == "fail");
    RC_ASSERT(shown.json().find(first_message(found)) != std::string::npos);
    RC_ASSERT(explored(program, replay).text() == shown.text());
  });
}

}  // namespace
