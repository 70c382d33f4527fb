// Names of variables and files, shortened where that is unambiguous.
#include "reports/object_names.h"

#include <gtest/gtest.h>

#include "unit/reports/samples.h"

namespace heddle {
namespace {

// The objects of a finding's steps, as shown.
std::vector<std::string> shown(const std::vector<std::string>& objects) {
  Finding finding;
  samples::Steps steps("a.cc", "f");
  for (const std::string& object : objects) steps.add(1, Op::read, object, 1);
  finding.steps = steps.take();
  shorten_objects(finding);
  std::vector<std::string> out;
  for (const Step& step : finding.steps) out.push_back(step.object);
  return out;
}

using Texts = std::vector<std::string>;

TEST(ObjectNames, NamespacesAndFolderGo) {
  EXPECT_EQ(shown({"bank::balance", "a::b::c", "$DIR/tickets.json", "plain"}),
            (Texts{"balance", "c", "tickets.json", "plain"}));
}

TEST(ObjectNames, MembersAndOffsetsStay) {
  EXPECT_EQ(shown({"queue::shared.items", "queue::other+8", "mutex in queue::third"}),
            (Texts{"shared.items", "other+8", "mutex in third"}));
}

TEST(ObjectNames, EqualLastPartsStayWhole) {
  EXPECT_EQ(shown({"a::x", "b::x", "a::y", "c::z", "z"}),
            (Texts{"a::x", "b::x", "y", "c::z", "z"}));
}

TEST(ObjectNames, WhatIsNoNameStays) {
  const Texts texts = {"heap block of 24 bytes allocated at x.cc:9",
                       "std::vector<a::b>::size",
                       "main's stack",
                       "::",
                       "a::",
                       "$DIR",
                       "",
                       "/dev/null"};
  EXPECT_EQ(shown(texts), texts);
}

TEST(ObjectNames, EverywhereInAFinding) {
  Finding finding = samples::finding(FindingKind::deadlock, "t1 waits for n::a", 1);
  finding.object = "n::a (global, 4 bytes)";
  Wait wait;
  wait.for_what = "lock n::a";
  wait.holds = "n::b (since x.cc:3)";
  finding.waits = {wait};
  Step access;
  access.object = "n::a";
  access.locks = {"n::b"};
  finding.accesses = {access};
  shorten_objects(finding);
  EXPECT_EQ(finding.message, "t1 waits for a");
  EXPECT_EQ(finding.object, "a (global, 4 bytes)");
  EXPECT_EQ(finding.waits[0].for_what, "lock a");
  EXPECT_EQ(finding.waits[0].holds, "b (since x.cc:3)");
  EXPECT_EQ(finding.accesses[0].object, "a");
  EXPECT_EQ(finding.accesses[0].locks, Texts{"b"});
}

TEST(ObjectNames, NeverInWhatTheProgramSaid) {
  Finding finding = samples::finding(FindingKind::check_failed, "n::a == 1", 1);
  finding.object = "n::a";
  shorten_objects(finding);
  EXPECT_EQ(finding.message, "n::a == 1");
}

TEST(ObjectNames, StepsOfAReplay) {
  ReplayResult replay;
  samples::Steps steps("a.cc", "f");
  steps.add(1, Op::read, "n::a", 1);
  replay.steps = steps.take();
  shorten_objects(replay);
  EXPECT_EQ(replay.steps[0].object, "a");
}

}  // namespace
}  // namespace heddle
