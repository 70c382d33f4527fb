#include "core/schedule.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "base/rng.h"
#include "unit/core/forged_schedule.h"

namespace heddle {
namespace {

// Small numbers mostly, as in life, and now and then any.
uint32_t some_number(Rng& rng) {
  return rng.below(8) == 0 ? static_cast<uint32_t>(rng.next()) : rng.below(20);
}

void add_tasks(Rng& rng, Schedule& schedule) {
  std::set<std::pair<uint32_t, uint32_t>> used;
  for (uint32_t wanted = rng.below(12); wanted > 0; --wanted) {
    const TaskName name = {rng.below(static_cast<uint32_t>(schedule.tasks.size())),
                           1 + some_number(rng) % 0xfffffff0u};
    if (used.emplace(name.creator, name.child).second) schedule.tasks.push_back(name);
  }
}

Schedule random_schedule(uint64_t seed) {
  Rng rng = Rng::for_execution(seed, 0);
  Schedule schedule;
  for (uint32_t left = rng.below(12); left > 0; --left) {
    schedule.scenario.push_back(static_cast<char>("abz_./ \xff"[rng.below(8)]));
  }
  if (rng.below(2) == 0) schedule.parameters.emplace_back("threads", rng.next() >> rng.below(64));
  if (rng.below(4) == 0) schedule.parameters.emplace_back("rounds", rng.below(100));
  schedule.digest = rng.next();
  if (rng.below(4) == 0) schedule.spurious = some_number(rng);
  if (rng.below(4) == 0) schedule.slack_ns = rng.next();
  add_tasks(rng, schedule);
  const uint32_t tasks = static_cast<uint32_t>(schedule.tasks.size());
  for (uint32_t left = rng.below(30); left > 0; --left) {
    ScheduleEntry entry;
    entry.kind = static_cast<ChoiceKind>(rng.below(3));
    entry.task = rng.below(tasks);
    entry.operation = some_number(rng);
    entry.accesses = rng.below(2) == 0 ? 0 : some_number(rng);
    entry.turn = rng.below(4) != 0 ? 0 : some_number(rng);
    entry.chosen = entry.kind == ChoiceKind::value ? some_number(rng) : rng.below(tasks);
    schedule.entries.push_back(entry);
  }
  return schedule;
}

std::string error_of(std::string_view text) {
  const absl::StatusOr<Schedule> decoded = decode(text);
  return decoded.ok() ? "" : std::string(decoded.status().message());
}

Schedule two_switches() {
  Schedule schedule;
  schedule.scenario = "bank.unlocked";
  schedule.parameters = {{"threads", 2}};
  schedule.digest = 0x0123456789abcdef;
  schedule.tasks = {TaskName(), {0, 1}, {0, 2}};
  schedule.entries = {{ChoiceKind::task, 1, 2, 3, 0, 2}, {ChoiceKind::task, 2, 2, 0, 0, 1}};
  return schedule;
}

// A string in somebody's bug report must stay readable: who changes this changes the version.
TEST(Schedule, TheFormatOfVersionOneIsPinned) {
  EXPECT_EQ(encode(two_switches()),
            "h1.bank.unlocked.IQEHdGhyZWFkcwLvzauJZ0UjAQADAAACSAEDAkQBz5GNXA");
}

TEST(Schedule, ASwitchTakesAtMostFourBytes) {
  Schedule schedule = two_switches();
  const size_t before = encode(schedule).size();
  for (uint32_t i = 0; i < 300; ++i) {
    schedule.entries.push_back({ChoiceKind::task, 1 + i % 2, 4 + i * 3, 0, 0, 2 - i % 2});
  }
  EXPECT_LE(encode(schedule).size(), before + 300 * 4 * 4 / 3);
}

TEST(Schedule, EveryPrefixIsRefusedAsCut) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Schedule schedule = random_schedule(seed);
    schedule.scenario = "bank.unlocked";
    const std::string text = encode(schedule);
    const size_t payload = text.rfind('.') + 1;
    for (size_t size = 0; size < text.size(); ++size) {
      const std::string error = error_of(text.substr(0, size));
      ASSERT_NE(error, "") << text.substr(0, size);
      if (size < 3 || size >= payload) {
        ASSERT_EQ(error.find("the schedule is cut: "), 0u) << error;
      }
    }
  }
}

TEST(Schedule, EveryChangeOfOneByteIsRefused) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const std::string text = encode(random_schedule(seed));
    for (size_t i = 0; i < text.size(); ++i) {
      for (int change = 1; change < 256; ++change) {
        std::string altered = text;
        altered[i] = static_cast<char>(altered[i] ^ change);
        ASSERT_NE(error_of(altered), "") << altered;
      }
    }
  }
}

TEST(Schedule, WhateverFollowsTheEndIsRefused) {
  const std::string text = encode(two_switches());
  for (const char* tail : {"A", "=", "==", "\n", " ", "AAAA", "."}) {
    EXPECT_NE(error_of(text + tail), "") << tail;
  }
  EXPECT_EQ(error_of(text + "AA"), "the schedule is altered: 2 characters follow its end");
}

TEST(Schedule, FlawsAreNamed) {
  const std::string head = std::string(1, 0) + std::string(8, 'd') + std::string(1, 0);
  const auto refusal = [&](const std::string& rest) { return error_of(forged(head + rest)); };
  EXPECT_EQ(refusal(std::string("\1\0", 2)), "");
  EXPECT_EQ(refusal(std::string("\xff\xff\xff\xff\xff\xff\1\0", 8)),
            "the schedule is malformed: its numbers do not fit its length");
  EXPECT_EQ(refusal(std::string("\1\xff\xff\xff\xff\xff\1", 7)),
            "the schedule is malformed: its numbers do not fit its length");
  EXPECT_EQ(refusal(std::string("\1\0\0", 3)),
            "the schedule is malformed: its numbers do not fit its length");
  EXPECT_EQ(refusal(std::string("\x81\0\0", 3)),
            "the schedule is malformed: it is not written in the shortest way");
  EXPECT_EQ(refusal(std::string("\2\1\7\0", 4)),
            "the schedule is malformed: it names a task before its creator");
  EXPECT_EQ(refusal(std::string("\1\1\4\5", 4)),
            "the schedule is malformed: it has an entry of an unknown task");
  EXPECT_EQ(refusal(std::string("\1\1\7\0", 4)),
            "the schedule is malformed: it has an entry of unknown kind");
}

TEST(Schedule, ErrorsSayWhatIsWrong) {
  EXPECT_EQ(error_of("h9.bank.unlocked.AAAA"), "the schedule has version h9; this Heddle reads h1");
  EXPECT_EQ(error_of("h1.bank"), "the schedule is cut: it has no payload");
  EXPECT_EQ(error_of("@tutorial"), "this is no schedule: one looks like h1.SCENARIO.PAYLOAD");
  EXPECT_EQ(error_of("h1.bank.unlocked.AAAAA~AA"),
            "the schedule is altered: character 6 after its last dot is none of base64url");
  std::string other = encode(two_switches());
  other.replace(other.find("bank"), 4, "tank");
  EXPECT_EQ(error_of(other), "the schedule is altered: its checksum does not fit");
  const std::string text = encode(two_switches());
  const std::string size = std::to_string(text.size() - text.rfind('.') - 1);
  EXPECT_EQ(error_of(text.substr(0, text.size() - 40 + 30)),
            "the schedule is cut: " + std::to_string(std::stoi(size) - 10) + " of " + size +
                " characters are there");
}

}  // namespace
}  // namespace heddle
