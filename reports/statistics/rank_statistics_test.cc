// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/rank_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace faultline {
namespace {

using testing::DoubleNear;

constexpr double kClose = 1e-12;

// Golden values from R 4.2.2:
//   wilcox.test(x, conf.int = TRUE, exact = TRUE)
void expect_estimate(const Estimate& got, double value, double low, double high) {
  ASSERT_TRUE(got.low.has_value());
  ASSERT_TRUE(got.high.has_value());
  EXPECT_THAT(got.value, DoubleNear(value, kClose));
  EXPECT_THAT(got.low.value_or(0), DoubleNear(low, kClose));
  EXPECT_THAT(got.high.value_or(0), DoubleNear(high, kClose));
}

TEST(PseudoMedian, AgreesWithROnSixBlocks) {
  expect_estimate(pseudo_median({0.031, -0.012, 0.055, 0.047, 0.023, 0.068}), 0.039, -0.012, 0.068);
}

TEST(PseudoMedian, AgreesWithROnEightBlocks) {
  expect_estimate(pseudo_median({4.11, 4.25, 4.02, 4.33, 4.18, 4.29, 4.07, 4.40}), 4.205, 4.07,
                  4.33);
}

TEST(PseudoMedian, AgreesWithROnTwelveBlocksOfBothSigns) {
  expect_estimate(
      pseudo_median({-1.5, 2.25, 0.75, 3.5, -0.25, 1.125, 2.0, -2.75, 0.5, 1.875, 4.0, -0.625}),
      0.90625, -0.4375, 2.25);
}

TEST(PseudoMedian, EqualsTheMedianOfAllWalshAveragesWrittenOut) {
  Random random(7);
  for (std::size_t n = 1; n <= 60; ++n) {
    std::vector<double> values(n);
    for (double& value : values) value = double(random.below(41)) - 20;  // Ties on purpose.
    std::vector<double> averages;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i; j < n; ++j) averages.push_back(values[i] / 2 + values[j] / 2);
    std::sort(averages.begin(), averages.end());
    const Estimate got = pseudo_median(values);
    EXPECT_EQ(got.value, median_of(averages)) << n;
    const unsigned long k = signed_rank_interval_rank(static_cast<unsigned>(n));
    ASSERT_EQ(got.low.has_value(), k > 0) << n;
    if (k == 0) continue;
    EXPECT_EQ(got.low, averages[k - 1]) << n;
    EXPECT_EQ(got.high, averages[averages.size() - k]) << n;
  }
}

TEST(PseudoMedian, HasNoIntervalBelowSixValues) {
  EXPECT_FALSE(pseudo_median({1, 2, 3, 4, 5}).low.has_value());
  EXPECT_EQ(pseudo_median({1, 2, 3, 4, 5}).value, 3);
  EXPECT_TRUE(pseudo_median({1, 2, 3, 4, 5, 6}).low.has_value());
}

TEST(PseudoMedian, OfEqualValuesIsThatValueWithoutWidth) {
  expect_estimate(pseudo_median(std::vector<double>(7, 0.25)), 0.25, 0.25, 0.25);
  expect_estimate(pseudo_median(std::vector<double>(7, -0.0)), 0.0, 0.0, 0.0);
}

TEST(PseudoMedian, OfNothingSaysThatThereIsNothing) {
  EXPECT_EQ(pseudo_median({}), Estimate{});
}

TEST(PseudoMedian, StandsValuesAtTheEndsOfTheDoubles) {
  const double most = std::numeric_limits<double>::max();
  expect_estimate(pseudo_median({-most, -most, 0, 0, most, most}), 0, -most, most);
}

// R: sapply(6:20, function(n) qsignrank(0.025, n)); qsignrank(0.025, c(25, 30, 50, 100)).
// qsignrank is the least w with P(W <= w) >= 0.025; no such probability is 0.025 itself, so the
// number of w below it is w.
TEST(SignedRankInterval, HasTheCriticalValuesOfR) {
  const std::vector<unsigned long> from_six{1, 3, 4, 6, 9, 11, 14, 18, 22, 26, 30, 35, 41, 47, 53};
  for (unsigned n = 0; n < 6; ++n) EXPECT_EQ(signed_rank_interval_rank(n), 0u) << n;
  for (unsigned i = 0; i < from_six.size(); ++i)
    EXPECT_EQ(signed_rank_interval_rank(6 + i), from_six[i]) << 6 + i;
  EXPECT_EQ(signed_rank_interval_rank(25), 90u);
  EXPECT_EQ(signed_rank_interval_rank(30), 138u);
  EXPECT_EQ(signed_rank_interval_rank(50), 435u);
  EXPECT_EQ(signed_rank_interval_rank(100), 1956u);
}

// R: qsignrank(0.025, c(101, 200, 1000)) gives 1998, 8445, 232347: the approximation is allowed to
// be a little wider than the exact interval and never narrower.
TEST(SignedRankInterval, ApproximatesFromTheSafeSideAboveAHundred) {
  const std::vector<std::pair<unsigned, unsigned long>> exact{
      {101, 1998}, {200, 8445}, {1000, 232347}};
  for (const auto& [n, rank] : exact) {
    EXPECT_LE(signed_rank_interval_rank(n), rank) << n;
    EXPECT_GE(double(signed_rank_interval_rank(n)), double(rank) * 0.99) << n;
  }
}

// R: sapply(c(6,7,8,9,10,12,15,20,25,50,100), function(n) qbinom(0.025, n, 0.5)).
TEST(MedianInterval, HasTheRanksOfTheBinomialDistribution) {
  const std::vector<std::pair<unsigned, unsigned>> ranks{{6, 1},  {7, 1},   {8, 1},   {9, 2},
                                                         {10, 2}, {12, 3},  {15, 4},  {20, 6},
                                                         {25, 8}, {50, 18}, {100, 40}};
  for (unsigned n = 0; n < 6; ++n) EXPECT_EQ(median_interval_rank(n), 0u) << n;
  for (const auto& [n, rank] : ranks) EXPECT_EQ(median_interval_rank(n), rank) << n;
}

TEST(MedianInterval, IsTheWholeRangeForSixBootsAndAbsentForFive) {
  const Estimate six = median_estimate({6, 1, 5, 2, 4, 3});
  EXPECT_EQ(six.value, 3.5);
  EXPECT_EQ(six.low, 1.0);
  EXPECT_EQ(six.high, 6.0);
  EXPECT_FALSE(median_estimate({1, 2, 3, 4, 5}).low.has_value());
  EXPECT_EQ(median_estimate({}), Estimate{});
}

// The promise itself: of many experiments, at least 95 % of the intervals hold the true value. The
// noise is skewed for the median and symmetric for the pseudo-median, as each method asks.
TEST(Intervals, HoldTheTrueValueAsOftenAsTheySay) {
  Random random(20100117);
  const int experiments = 4000;
  for (const unsigned n : {6u, 9u, 20u}) {
    int median_held = 0;
    int pseudo_held = 0;
    for (int experiment = 0; experiment < experiments; ++experiment) {
      std::vector<double> skewed(n);
      std::vector<double> symmetric(n);
      for (unsigned i = 0; i < n; ++i) {
        const double u = (double(random.below(1u << 30)) + 0.5) / (1u << 30);
        skewed[i] = -std::log(u);              // Exponential: median log 2.
        symmetric[i] = std::log(u / (1 - u));  // Logistic: centre 0.
      }
      const Estimate median = median_estimate(skewed);
      const Estimate pseudo = pseudo_median(symmetric);
      median_held += median.low.value() <= std::log(2.0) && std::log(2.0) <= median.high.value();
      pseudo_held += pseudo.low.value() <= 0 && 0 <= pseudo.high.value();
    }
    // 0.94 is 3 standard errors below 0.95; above 0.995 the interval would be needlessly wide.
    EXPECT_GT(median_held, experiments * 0.94) << n;
    EXPECT_GT(pseudo_held, experiments * 0.94) << n;
    EXPECT_LT(median_held, experiments * 0.995) << n;
    EXPECT_LT(pseudo_held, experiments * 0.995) << n;
  }
}

}  // namespace
}  // namespace faultline
