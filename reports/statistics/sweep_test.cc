// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reports/testing/fake_results.h"

namespace faultline {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pair;

TEST(Sweep, ReadsNumbersSizesAndDurationsOfLabels) {
  EXPECT_EQ(parameter_number("256"), 256);
  EXPECT_EQ(parameter_number("1.5"), 1.5);
  EXPECT_EQ(parameter_number("64K"), 65536);
  EXPECT_EQ(parameter_number("2G"), 2147483648.0);
  EXPECT_EQ(parameter_number("10ms"), 0.01);
  EXPECT_EQ(parameter_number("fast"), std::nullopt);
  EXPECT_EQ(parameter_number("12 apples"), std::nullopt);
  EXPECT_EQ(parameter_number("inf"), std::nullopt);
  EXPECT_EQ(parameter_number(""), std::nullopt);
}

TEST(Sweep, TakesLabelsApart) {
  EXPECT_THAT(label_parameters("children=16 mode=a=b"),
              ElementsAre(Pair("children", "16"), Pair("mode", "a=b")));
  EXPECT_TRUE(label_parameters("").empty());
  EXPECT_TRUE(label_parameters("rubbish  words ").empty());
}

/// One arm, one topology; value = factor(boot) * x^exponent, for every boot.
Results a_power_law(double exponent, unsigned boots, const std::vector<std::string>& labels) {
  Results results;
  results.run.arms = {"a"};
  results.run.topologies = {"t"};
  results.run.baseline = "a";
  results.run.metrics = {{"w", "m", "s", "lower", "ratio", "median", true, ""}};
  for (const std::string& label : labels) results.steps.push_back({"w", label});
  for (std::uint32_t boot = 0; boot < boots; ++boot) {
    ResultBoot record;
    record.block = boot;
    results.boots.push_back(record);
    for (std::uint32_t step = 0; step < labels.size(); ++step) {
      const double x = parameter_number(label_parameters(labels[step])[0].second).value();
      results.samples.push_back({boot, step, 0, 0, (1.0 + boot) * std::pow(x, exponent)});
    }
  }
  return results;
}

TEST(Sweep, FindsTheExponentOfAPowerLaw) {
  const Report report = make_report(a_power_law(2, 6, {"n=16", "n=64", "n=256"}));
  ASSERT_EQ(report.sweeps.size(), 1u);
  const SweepSummary& sweep = report.sweeps[0];
  EXPECT_EQ(sweep.parameter, "n");
  EXPECT_THAT(sweep.values, ElementsAre(16, 64, 256));
  ASSERT_EQ(sweep.series.size(), 1u);
  EXPECT_THAT(sweep.series[0].exponent.value, DoubleNear(2, 1e-9));
  EXPECT_EQ(sweep.series[0].exponent.n, 6u);
  EXPECT_TRUE(sweep.series[0].exponent.low.has_value());
}

TEST(Sweep, SortsByValueNotByTextOrPlan) {
  const Report report = make_report(a_power_law(1, 1, {"n=256", "n=1K", "n=16"}));
  EXPECT_THAT(report.sweeps.at(0).values, ElementsAre(16, 256, 1024));
  EXPECT_THAT(report.sweeps.at(0).steps, ElementsAre(2u, 0u, 1u));
}

TEST(Sweep, FitsNoExponentToTwoPoints) {
  const Report report = make_report(a_power_law(1, 6, {"n=16", "n=64"}));
  ASSERT_EQ(report.sweeps.size(), 1u);
  EXPECT_EQ(report.sweeps[0].series.at(0).exponent.n, 0u);
}

TEST(Sweep, LeavesOutBootsThatLackPoints) {
  Results results = a_power_law(1, 3, {"n=16", "n=64", "n=256", "n=1024"});
  std::erase_if(results.samples,
                [](const ResultSample& sample) { return sample.boot == 1 && sample.step == 3; });
  results.samples[0].value = -1;  // No logarithm: boot 0 lacks a point as well.
  const Report report = make_report(std::move(results));
  EXPECT_EQ(report.sweeps.at(0).series.at(0).exponent.n, 1u);
}

TEST(Sweep, HoldsTheOtherParameters) {
  Results results = a_power_law(1, 1, {"n=1", "n=2", "n=1", "n=2"});
  results.steps = {{"w", "n=1 k=5"}, {"w", "n=2 k=5"}, {"w", "n=1 k=7"}, {"w", "n=2 k=7"}};
  const Report report = make_report(std::move(results));
  std::vector<std::pair<std::string, std::string>> sweeps;
  for (const SweepSummary& sweep : report.sweeps) sweeps.emplace_back(sweep.parameter, sweep.held);
  EXPECT_THAT(sweeps,
              ElementsAre(Pair("n", "k=5"), Pair("k", "n=1"), Pair("k", "n=2"), Pair("n", "k=7")));
}

TEST(Sweep, TellsTheQuickstartArmsApart) {
  const Report report = make_report(fake::quickstart_results());
  const SweepSummary& sweep = report.sweeps.at(0);
  ASSERT_EQ(sweep.series.size(), 4u);
  for (const SweepSeries& series : sweep.series) {
    if (series.arm == 0)
      EXPECT_LT(series.exponent.value, 0.8);
    else
      EXPECT_GT(series.exponent.value, 1.6);
  }
}

}  // namespace
}  // namespace faultline
