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

Results two_boots() {
  Results results;
  results.run.metrics.resize(2);
  results.run.metrics[0].name = "seconds";
  results.run.metrics[1].name = "pages";
  results.steps = {{"walk", "children=2"}, {"walk", "children=4"}};
  results.boots.resize(2);
  for (ResultBoot& boot : results.boots) boot.outcome.kind = OutcomeKind::completed;
  for (std::uint32_t boot = 0; boot < 2; ++boot)
    for (std::uint32_t step = 0; step < 2; ++step)
      for (std::uint32_t metric = 0; metric < 2; ++metric)
        results.samples.push_back({boot, step, metric, 0, 0.5 + step + metric});
  return results;
}

TEST(FirstDifference, IsNothingForEqualBoots) {
  BootRecord other = a_boot();
  other.boot_id = "another";
  other.wall_seconds = 99;
  other.console = "something else";
  EXPECT_EQ(first_difference(a_boot(), other), std::nullopt);
  EXPECT_EQ(first_difference(two_boots(), 0, 1), std::nullopt);
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

TEST(FirstDifference, OfResultsIsTheFirstInRunOrder) {
  Results results = two_boots();
  results.samples[6].value = 1.75;  // second boot, second step, first metric
  results.samples[7].value = 7;
  const auto difference = first_difference(results, 0, 1);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->step, "walk children=4");
  EXPECT_EQ(difference->sample, "seconds");
  EXPECT_EQ(difference->first, 1.5);
  EXPECT_EQ(difference->second, 1.75);
  EXPECT_DOUBLE_EQ(difference->relative(), 1.0 / 6);
}

TEST(FirstDifference, OfResultsNoticesWhatIsMissing) {
  Results results = two_boots();
  results.samples.pop_back();
  const auto difference = first_difference(results, 0, 1);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->sample, "pages");
  EXPECT_TRUE(std::isnan(difference->second));
  EXPECT_TRUE(std::isinf(difference->relative()));
  EXPECT_TRUE(first_difference(results, 1, 0)) << "whichever way round";
}

TEST(FirstDifference, TakesNotANumberForEqualToItself) {
  Results results = two_boots();
  results.samples[0].value = results.samples[4].value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(first_difference(results, 0, 1), std::nullopt);
  results.samples[4].value = 0;
  EXPECT_TRUE(first_difference(results, 0, 1));
}

}  // namespace
}  // namespace faultline
