// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/effect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"
#include "reports/statistics/testing/noise.h"

namespace faultline {
namespace {

using testing::DoubleNear;

const std::vector<double> six{0.031, -0.012, 0.055, 0.047, 0.023, 0.068};
const std::vector<double> twelve{-1.5, 2.25,  0.75, 3.5,   -0.25, 1.125,
                                 2.0,  -2.75, 0.5,  1.875, 4.0,   -0.625};

TEST(Effect, NamesItsMethodsBothWays) {
  for (const Method method : {Method::hodges_lehmann, Method::mean_t, Method::bootstrap})
    EXPECT_EQ(method_from(to_string(method)), method);
  EXPECT_EQ(method_from("guess"), std::nullopt);
  EXPECT_EQ(describe(Method::mean_t, false), "mean of paired differences, Student's t interval");
}

// R: t.test(x)$conf.int
TEST(MeanT, AgreesWithR) {
  const Estimate a = mean_t(six);
  EXPECT_THAT(a.low.value_or(NAN), DoubleNear(0.00564586436290087, 1e-14));
  EXPECT_THAT(a.high.value_or(NAN), DoubleNear(0.06502080230376581, 1e-14));
  const Estimate b = mean_t(twelve);
  EXPECT_THAT(b.low.value_or(NAN), DoubleNear(-0.354579489190476, 1e-12));
  EXPECT_THAT(b.high.value_or(NAN), DoubleNear(2.167079489190475, 1e-12));
}

// R, of six values exactly, all 6^6 draws written out:
//   m <- sort(rowMeans(expand.grid(rep(list(x), 6)))); t0 <- mean(x); d <- x - t0
//   z0 <- qnorm((sum(m < t0 - 1e-12) + sum(m <= t0 + 1e-12)) / 2 / length(m))
//   a <- sum(d^3) / (6 * sum(d^2)^1.5); z <- z0 + qnorm(c(0.025, 0.975))
//   quantile(m, pnorm(z0 + z / (1 - a * z)), type = 7)
// and of more by package boot:
//   set.seed(1); boot.ci(boot(x, function(d, i) mean(d[i]), 400000), type = "bca")
// whose draws and acceleration are a little others than ours.
TEST(BcaMean, AgreesWithR) {
  const auto hold = [](const std::vector<double>& values, double low, double high, double within) {
    const Estimate e = bca_mean(values, 5, 99'999);
    EXPECT_THAT(e.low.value_or(NAN), DoubleNear(low, within));
    EXPECT_THAT(e.high.value_or(NAN), DoubleNear(high, within));
  };
  hold(six, 0.0108333333333333, 0.0526666666666667, 0.0002);
  hold(twelve, -0.229166666666667, 1.927083333333333, 0.04);
  hold({12.1, 3.4, 5.5, 8.9, 2.2, 40.7, 6.1, 7.7}, 5.725, 24.6859911131952, 0.6);
}

TEST(BcaMean, DependsOnTheSeedAlone) {
  EXPECT_EQ(bca_mean(twelve, 3), bca_mean(twelve, 3));
  EXPECT_NE(bca_mean(twelve, 3), bca_mean(twelve, 4));
}

TEST(BcaMean, OfEqualValuesIsThatValue) {
  const Estimate e = bca_mean(std::vector<double>(7, 0.1), 1);
  EXPECT_EQ(e.value, 0.1);
  EXPECT_EQ(e.low, 0.1);
  EXPECT_EQ(e.high, 0.1);
}

TEST(Effect, HasNoIntervalBelowSixBlocksByAnyMethod) {
  for (const Method method : {Method::hodges_lehmann, Method::mean_t, Method::bootstrap}) {
    const Effect few = estimate_effect(method, {1, 2, 3, 4, 5}, 1);
    EXPECT_EQ(few.estimate.value, 3) << to_string(method);
    EXPECT_FALSE(few.estimate.low || few.estimate.high) << to_string(method);
    EXPECT_TRUE(estimate_effect(method, six, 1).estimate.low) << to_string(method);
  }
}

TEST(Effect, StandsValuesAtTheEndsOfTheDoubles) {
  const double most = std::numeric_limits<double>::max();
  for (const Method method : {Method::hodges_lehmann, Method::mean_t, Method::bootstrap}) {
    const Effect effect = estimate_effect(method, {most, -most, most, -most, most, -most}, 1);
    EXPECT_TRUE(!effect.estimate.low || std::isfinite(*effect.estimate.low)) << to_string(method);
  }
}

TEST(FurtherBlocks, AsksForMoreWhereTheEffectIsSmaller) {
  const auto near = further_blocks(0.05, 0.06, 6, std::nullopt, 1);
  const auto far = further_blocks(0.02, 0.06, 6, std::nullopt, 1);
  ASSERT_TRUE(near && far);
  EXPECT_LT(*near, *far);
  EXPECT_GE(*near, 1u);
}

TEST(FurtherBlocks, SaysWhenNoNumberWouldDo) {
  EXPECT_EQ(further_blocks(0, 0.1, 6, std::nullopt, 1), std::nullopt);
  EXPECT_EQ(further_blocks(1e-6, 0.1, 6, std::nullopt, 1), std::nullopt);
  EXPECT_EQ(further_blocks(NAN, 0.1, 6, std::nullopt, 1), std::nullopt);
  EXPECT_NE(further_blocks(0, 0.1, 6, 0.02, 1), std::nullopt) << "equivalence can be shown";
}

TEST(FurtherBlocks, CountsTheFamily) {
  // However large the effect, 100 comparisons need p below 0.05 / 100: 12 blocks.
  EXPECT_EQ(further_blocks(10, 0.1, 6, std::nullopt, 100), 6u);
}

/// What it promises: with so many blocks, the interval excludes no effect four times in five.
TEST(FurtherBlocks, NamesANumberThatShowsTheEffect) {
  Random random(21);
  const double effect = 0.8;  // In deviations.
  const auto more = further_blocks(effect, 1.05, 6, std::nullopt, 1);
  ASSERT_TRUE(more);
  const unsigned n = 6 + *more;
  int shown = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> values(n);
    for (double& value : values) value = effect + noise::normal(random);
    const Effect e = estimate_effect(Method::hodges_lehmann, values, 1);
    shown += *e.estimate.low > 0;
  }
  EXPECT_GT(shown, 2000 * 0.7);
  EXPECT_LT(shown, 2000 * 0.9);
}

TEST(VisibleEffect, IsSeenFourTimesInFive) {
  Random random(22);
  std::vector<double> calibration(200);
  for (double& value : calibration) value = noise::normal(random);
  for (const unsigned n : {8u, 20u}) {
    const double effect = visible_effect(calibration, n);
    int shown = 0;
    for (int i = 0; i < 2000; ++i) {
      std::vector<double> values(n);
      for (double& value : values) value = effect + noise::normal(random);
      shown += *estimate_effect(Method::hodges_lehmann, values, 1).estimate.low > 0;
    }
    EXPECT_GT(shown, 2000 * 0.68) << n;
    EXPECT_LT(shown, 2000 * 0.92) << n;
  }
}

}  // namespace
}  // namespace faultline
