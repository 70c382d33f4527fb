#include "frontends/doctor.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

TEST(Doctor, WhateverIsNotOkComesWithItsRemedy) {
  const std::vector<Diagnosis> diagnoses = diagnose();
  EXPECT_GE(diagnoses.size(), 8u);
  for (const Diagnosis& diagnosis : diagnoses) {
    EXPECT_FALSE(diagnosis.what.empty());
    EXPECT_FALSE(diagnosis.found.empty()) << diagnosis.what;
    EXPECT_EQ(diagnosis.remedy.empty(), diagnosis.state == Diagnosis::State::ok) << diagnosis.what;
  }
}

TEST(Doctor, WhatIsMissingMakesAMachineUnfitWhatIsSlowerDoesNot) {
  const Diagnosis good = {Diagnosis::State::ok, "kernel", "Linux 6", ""};
  const Diagnosis slower = {Diagnosis::State::slower, "FSGSBASE", "no", "newer kernel"};
  const Diagnosis missing = {Diagnosis::State::missing, "processor", "arm", "another machine"};
  EXPECT_TRUE(fit({good, slower}));
  EXPECT_FALSE(fit({good, missing}));
  EXPECT_NE(text_diagnoses({good, missing}, false).find("MISSING  processor  arm\n"),
            std::string::npos);
  EXPECT_EQ(text_diagnoses({good}, true), "This machine can run Heddle.\n");
}

}  // namespace
}  // namespace heddle
