// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/sign_flip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace faultline {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

constexpr double kClose = 1e-12;
const std::vector<double> six{0.031, -0.012, 0.055, 0.047, 0.023, 0.068};
const std::vector<double> twelve{-1.5, 2.25,  0.75, 3.5,   -0.25, 1.125,
                                 2.0,  -2.75, 0.5,  1.875, 4.0,   -0.625};

TEST(SignedRanks, ShareTheirMeanWhenTheyTieAndGiveZerosNoWeight) {
  EXPECT_THAT(signed_ranks({1, -3, 2}), ElementsAre(1, -3, 2));
  EXPECT_THAT(signed_ranks({1, 1, -1, 2, 2, 3, 0, -2, 4, 4}),
              ElementsAre(3, 3, -3, 6, 6, 8, 0, -6, 9.5, 9.5));
  EXPECT_THAT(signed_ranks({}), ElementsAre());
}

// R: wilcox.test(x, exact = TRUE)$p.value for both lists, and for
// set.seed(3); round(rnorm(30, 0.3), 3).
TEST(SignedRankP, AgreesWithR) {
  EXPECT_THAT(signed_rank_p(signed_ranks(six)), DoubleNear(0.0625, kClose));
  EXPECT_THAT(signed_rank_p(signed_ranks(twelve)), DoubleNear(0.1513671875, kClose));
  const std::vector<double> thirty{-0.662, 0.007,  0.559,  -0.852, 0.496,  0.330,  0.385, 1.417,
                                   -0.919, 1.567,  -0.445, -0.831, -0.416, 0.553,  0.452, -0.008,
                                   -0.653, -0.348, 1.524,  0.500,  -0.278, -0.642, 0.096, -1.366,
                                   -0.184, -0.441, 1.461,  1.312,  0.228,  -0.837};
  EXPECT_THAT(signed_rank_p(signed_ranks(thirty)), DoubleNear(0.903226472437382, 1e-10));
}

// R: flip <- function(d) { s <- as.matrix(expand.grid(rep(list(c(-1, 1)), length(d))))
//                          mean(abs(s %*% d) >= abs(sum(d)) - 1e-12) }
// r <- rank(abs(z)); r[z == 0] <- 0; flip(r * sign(z))
TEST(SignedRankP, IsExactWithTiesAndZeros) {
  EXPECT_THAT(signed_rank_p(signed_ranks({1, 1, -1, 2, 2, 3, 0, -2, 4, 4})),
              DoubleNear(0.08203125, kClose));
}

TEST(SignedRankP, IsOneWithoutAnyEffect) {
  EXPECT_EQ(signed_rank_p(signed_ranks({0, 0, 0})), 1);
  EXPECT_EQ(signed_rank_p({}), 1);
  EXPECT_EQ(sign_flip_p({}, 1), 1);
}

TEST(SignedRankP, ApproximatesManyTiedBlocksClosely) {
  // 41 values of which many tie: beyond the exact limit. The exact figure of 40 is next to it.
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back((i * 7) % 11 - 4.5);
  const double exact = signed_rank_p(signed_ranks(values));
  values.push_back(0.25);
  EXPECT_THAT(signed_rank_p(signed_ranks(values)), DoubleNear(exact, 0.05));
}

// R: flip(x), as above.
TEST(SignFlipP, AgreesWithAllSignsWrittenOut) {
  EXPECT_THAT(sign_flip_p(six, 1), DoubleNear(0.0625, kClose));
  EXPECT_THAT(sign_flip_p(twelve, 1), DoubleNear(0.14599609375, kClose));
}

TEST(SignFlipP, DrawsBeyondTwentyBlocksTheSameEachTime) {
  std::vector<double> many;
  for (int i = 0; i < 25; ++i) many.push_back(std::sin(i) + 0.3);
  EXPECT_EQ(sign_flip_p(many, 7), sign_flip_p(many, 7));
  EXPECT_THAT(sign_flip_p(many, 7), DoubleNear(sign_flip_p(many, 8), 0.01));
}

// R: W <- W / sqrt(rowSums(W^2)); obs <- abs(rowSums(W)); M <- abs(s %*% t(W)) over all 2^7 rows s
// of signs; stepping down in the order of obs, the share of rows whose largest remaining M is at
// least obs, made monotone.
TEST(JointSignFlip, AgreesWithTheStepDownWrittenOutInR) {
  const auto p =
      joint_sign_flip_p({{3, 1, 4, 1, 5, 9, 2}, {-2, 7, -1, 8, 2, -8, 1}, {1, -1, 2, -2, 3, 5, 4}});
  ASSERT_EQ(p.size(), 3u);
  EXPECT_THAT(p[0], DoubleNear(0.031250, 1e-6));
  EXPECT_THAT(p[1], DoubleNear(0.765625, 1e-6));
  EXPECT_THAT(p[2], DoubleNear(0.296875, 1e-6));
}

TEST(JointSignFlip, LetsComparisonsThatAgreeShareOneChance) {
  const std::vector<double> up{1, 2, 3, 4, 5, 6};
  const std::vector<std::vector<double>> forty(40, up);
  EXPECT_THAT(joint_sign_flip_p(forty), Each(DoubleNear(1.0 / 32, kClose)));
  EXPECT_THAT(holm(std::vector<double>(40, 1.0 / 32)), Each(1));
}

TEST(JointSignFlip, OfOneComparisonIsItsOwnP) {
  EXPECT_THAT(joint_sign_flip_p({signed_ranks(twelve)}),
              ElementsAre(DoubleNear(0.1513671875, kClose)));
}

TEST(JointSignFlip, GivesUpOnTooMuchWork) {
  EXPECT_THAT(joint_sign_flip_p({std::vector<double>(21, 1.0)}), ElementsAre());
  EXPECT_THAT(
      joint_sign_flip_p(std::vector<std::vector<double>>(200, std::vector<double>(20, 1.0))),
      ElementsAre());
  EXPECT_THAT(joint_sign_flip_p({}), ElementsAre());
}

TEST(JointSignFlip, HasNoEffectInRowsOfZeros) {
  EXPECT_THAT(joint_sign_flip_p({{0, 0, 0}, {1, 2, 3}}), ElementsAre(1, 0.25));
}

// R: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.2, 0.03, 0.9), "holm") and "BH".
TEST(Families, AgreeWithR) {
  const std::vector<double> p{0.01, 0.04, 0.03, 0.005, 0.2, 0.03, 0.9};
  const std::vector<double> by_holm{0.060, 0.150, 0.150, 0.035, 0.400, 0.150, 0.900};
  const std::vector<double> by_rate{0.035, 0.056, 0.0525, 0.035, 0.7 / 3, 0.0525, 0.900};
  for (std::size_t i = 0; i < p.size(); ++i) {
    EXPECT_THAT(holm(p)[i], DoubleNear(by_holm[i], kClose)) << i;
    EXPECT_THAT(benjamini_hochberg(p)[i], DoubleNear(by_rate[i], kClose)) << i;
  }
  EXPECT_THAT(holm({}), ElementsAre());
  EXPECT_THAT(benjamini_hochberg({}), ElementsAre());
}

/// The promise of the primary family: if nothing differs, a claim anywhere in it is as rare as
/// said.
TEST(JointSignFlip, ClaimsAnythingAtAllAsRarelyAsItSays) {
  Random random(11);
  const int experiments = 2000;
  int claims = 0;
  for (int experiment = 0; experiment < experiments; ++experiment) {
    std::vector<std::vector<double>> rows;
    std::vector<double> shared(8);  // Comparisons of one boot share its luck.
    for (double& luck : shared) luck = double(random.below(2001)) - 1000;
    for (int row = 0; row < 6; ++row) {
      std::vector<double> effects(8);
      for (std::size_t b = 0; b < 8; ++b)
        effects[b] = shared[b] + double(random.below(2001)) - 1000;
      rows.push_back(signed_ranks(effects));
    }
    bool any = false;
    for (const double p : joint_sign_flip_p(rows)) any |= p <= 0.05;
    claims += any;
  }
  EXPECT_LT(claims, experiments * 0.065);  // Three standard errors above 5 %.
}

}  // namespace
}  // namespace faultline
