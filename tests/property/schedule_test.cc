// The codec of schedules: every schedule passes through its string, and any other string is refused
// or is the one string of its schedule.
#include "core/schedule.h"

#include <set>
#include <string>
#include <vector>

#include "property/properties.h"
#include "unit/core/forged_schedule.h"

namespace heddle {
namespace {

using properties::expect;

// Small numbers mostly, as in life, and now and then any.
rc::Gen<uint32_t> some_number() {
  return rc::gen::weightedOneOf<uint32_t>(
      {{7, rc::gen::inRange<uint32_t>(0, 20)}, {1, rc::gen::arbitrary<uint32_t>()}});
}

std::vector<TaskName> some_tasks() {
  std::vector<TaskName> tasks = {TaskName()};
  std::set<std::pair<uint32_t, uint32_t>> used;
  for (const uint32_t child : *rc::gen::container<std::vector<uint32_t>>(some_number())) {
    const auto creator = *rc::gen::inRange<uint32_t>(0, static_cast<uint32_t>(tasks.size()));
    const TaskName name = {creator, 1 + child % 0xfffffff0u};
    if (used.emplace(name.creator, name.child).second) tasks.push_back(name);
  }
  return tasks;
}

ScheduleEntry some_entry(uint32_t tasks) {
  const auto some_task = rc::gen::inRange<uint32_t>(0, tasks);
  ScheduleEntry entry;
  entry.kind = static_cast<ChoiceKind>(*rc::gen::inRange(0, 3));
  entry.task = *some_task;
  entry.operation = *some_number();
  entry.accesses = *some_number();
  entry.turn = *some_number();
  entry.chosen = entry.kind == ChoiceKind::value ? *some_number() : *some_task;
  return entry;
}

Schedule some_schedule() {
  Schedule schedule;
  schedule.scenario =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("abz_./ \xff")));
  if (*rc::gen::arbitrary<bool>()) schedule.parameters.emplace_back("threads", *some_number());
  if (*rc::gen::arbitrary<bool>()) {
    schedule.parameters.emplace_back("rounds", *rc::gen::arbitrary<uint64_t>());
  }
  schedule.digest = *rc::gen::arbitrary<uint64_t>();
  schedule.spurious = *some_number();
  schedule.slack_ns = *rc::gen::arbitrary<uint64_t>();
  schedule.tasks = some_tasks();
  const uint32_t tasks = static_cast<uint32_t>(schedule.tasks.size());
  for (auto left = *rc::gen::inRange(0, 30); left > 0; --left) {
    schedule.entries.push_back(some_entry(tasks));
  }
  return schedule;
}

TEST(ScheduleCodec, EverySchedulePassesThroughItsString) {
  expect("every schedule passes through its string", [] {
    const Schedule schedule = some_schedule();
    const absl::StatusOr<Schedule> decoded = decode(encode(schedule));
    RC_ASSERT(decoded.ok());
    RC_ASSERT(*decoded == schedule);
  });
}

TEST(ScheduleCodec, EveryPrefixAndEveryOtherByteIsRefused) {
  expect("prefixes and altered bytes are refused", [] {
    const std::string text = encode(some_schedule());
    const auto at = *rc::gen::inRange<size_t>(0, text.size());
    RC_ASSERT(!decode(text.substr(0, at)).ok());
    std::string altered = text;
    altered[at] = static_cast<char>(altered[at] ^ *rc::gen::inRange(1, 256));
    RC_ASSERT(!decode(altered).ok());
  });
}

TEST(ScheduleCodec, ArbitraryBytesAreRefused) {
  expect("arbitrary bytes are refused", [](const std::string& bytes) {
    RC_ASSERT(!decode(bytes).ok());
    RC_ASSERT(!decode("h1.a." + bytes).ok());
    RC_ASSERT(!decode("h1.a." + absl::WebSafeBase64Escape(bytes)).ok());
  });
}

// With a checksum that fits, so that what lies behind it is reached.
TEST(ScheduleCodec, AForgedStringIsRefusedOrIsTheOneStringOfItsSchedule) {
  expect("forged bytes are refused or the one string of a schedule", [] {
    Schedule schedule = some_schedule();
    schedule.scenario = "a";
    std::string body = body_of(encode(schedule));
    const auto places = *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, 120));
    body.resize(std::min<size_t>(body.size(), 120));
    for (const size_t place : places) {
      if (place < body.size()) body[place] = *rc::gen::arbitrary<char>();
    }
    const std::string text = forged(body);
    const absl::StatusOr<Schedule> decoded = decode(text);
    RC_CLASSIFY(decoded.ok());
    if (decoded.ok()) RC_ASSERT(encode(*decoded) == text);
    const std::string bytes = *rc::gen::resize(120, rc::gen::arbitrary<std::string>());
    const absl::StatusOr<Schedule> any = decode(forged(bytes.substr(0, 120)));
    if (any.ok()) RC_ASSERT(encode(*any) == forged(bytes.substr(0, 120)));
  });
}

}  // namespace
}  // namespace heddle
