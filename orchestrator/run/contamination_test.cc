// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/contamination.h"

#include <gtest/gtest.h>

#include <cmath>

namespace faultline {
namespace {

TEST(Contamination, NamesEveryLimitThatWasPassed) {
  ContaminationLimits limits;
  limits.host_load = 0.5;
  limits.steal = 0.01;
  limits.other_guests = 0;
  EXPECT_EQ(contamination({{"host_load", 0.714}, {"steal", 0.01}, {"other_guests", 2}}, limits),
            "host_load 71.4 % > 50 %, other_guests 2 > 0");
}

TEST(Contamination, WatchesOnlyWhatTheFileLimits) {
  EXPECT_EQ(contamination({{"host_load", 1}, {"steal", 1}, {"other_guests", 9}}, {}), "");
}

TEST(Contamination, NeverCountsAGuestWhoseClockWentWrong) {
  // A processor that waits for its host while the kernel calibrates gives a clock that runs away.
  EXPECT_EQ(contamination({{"clock_drift", 8.18}}, {}), "clock_drift 818 % > 20 %");
  EXPECT_EQ(contamination({{"clock_drift", 0.19}}, {}), "");
  ContaminationLimits loose;
  loose.clock_drift = 10;
  EXPECT_EQ(contamination({{"clock_drift", 8.18}}, loose), "");
}

TEST(Contamination, LeavesAloneWhatCouldNotBeMeasured) {
  ContaminationLimits limits;
  limits.frequency_drop = 0.1;
  limits.clock_drift = 0.001;
  EXPECT_EQ(contamination({}, limits), "");
  EXPECT_EQ(contamination({{"clock_drift", NAN}}, limits), "");
}

}  // namespace
}  // namespace faultline
