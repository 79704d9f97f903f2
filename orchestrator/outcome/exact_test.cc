// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/exact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace faultline {
namespace {

using testing::HasSubstr;

BootRecord a_boot() {
  BootRecord boot;
  boot.outcome.kind = OutcomeKind::completed;
  StepRecord step;
  step.workload = "walk";
  step.params = "children=2";
  step.iterations.resize(2);
  step.iterations[0].wall = std::chrono::nanoseconds(1000);
  step.counters = {{"vmstat", "pgfault", 10, 20}};
  step.samples = {{"seconds", 0, 0.5}, {"seconds", 1, 0.25}};
  boot.steps = {step};
  return boot;
}

TEST(FirstDifference, IsNothingForEqualBoots) {
  BootRecord other = a_boot();
  other.boot_id = "another";
  other.wall_seconds = 99;
  other.console = "something else";
  EXPECT_EQ(first_difference(a_boot(), other), std::nullopt);
}

TEST(FirstDifference, SaysWhichStepWhichSampleAndHowFar) {
  BootRecord other = a_boot();
  other.steps[0].samples[1].value = std::nextafter(0.25, 1);
  const auto difference = first_difference(a_boot(), other);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->step, "walk children=2");
  EXPECT_EQ(difference->sample, "seconds");
  EXPECT_EQ(difference->iteration, 1U);
  EXPECT_EQ(difference->first, 0.25);
  EXPECT_LT(difference->relative(), 1e-15);
  EXPECT_GT(difference->relative(), 0);
  EXPECT_THAT(difference->sentence(),
              HasSubstr("walk children=2, seconds of iteration 2: 0.25 in the first boot, "
                        "0.25000000000000006 in the second"));
}

TEST(FirstDifference, LooksAtCountersProcessesAndOutput) {
  BootRecord other = a_boot();
  other.steps[0].counters[0].after = 21;
  EXPECT_EQ(first_difference(a_boot(), other)->sample, "vmstat pgfault after");
  other = a_boot();
  other.steps[0].iterations[0].wall += std::chrono::nanoseconds(1);
  EXPECT_EQ(first_difference(a_boot(), other)->sample, "wall clock");
  other = a_boot();
  other.steps[0].iterations[1].standard_output = "x";
  EXPECT_EQ(first_difference(a_boot(), other)->sample, "output");
  other = a_boot();
  other.steps[0].samples.pop_back();
  EXPECT_EQ(first_difference(a_boot(), other)->sample, "number of samples");
  other = a_boot();
  other.outcome.kind = OutcomeKind::guest_crashed;
  EXPECT_EQ(first_difference(a_boot(), other)->step, "");
  other = a_boot();
  other.steps[0].params = "children=4";
  EXPECT_EQ(first_difference(a_boot(), other)->sample, "another step in its place");
}

TEST(FirstDifference, NoticesASampleThatIsMissing) {
  BootRecord other = a_boot();
  other.steps[0].samples[1].metric = "pages";
  const auto difference = first_difference(a_boot(), other);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->sample, "seconds");
  EXPECT_TRUE(std::isnan(difference->second));
  EXPECT_TRUE(std::isinf(difference->relative()));
}

TEST(FirstDifference, TakesNotANumberForEqualToItself) {
  BootRecord first = a_boot(), second = a_boot();
  first.steps[0].samples[0].value = second.steps[0].samples[0].value =
      std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(first_difference(first, second), std::nullopt);
  second.steps[0].samples[0].value = 0;
  EXPECT_TRUE(first_difference(first, second));
}

}  // namespace
}  // namespace faultline
