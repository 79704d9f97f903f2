// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/testing/simulation.h"

#include <gtest/gtest.h>

namespace faultline::noise {
namespace {

constexpr unsigned kExperiments = 2000;
/// Three standard errors of a share of 5 % in so many experiments.
constexpr double kError = 0.015;

class EveryNoise : public testing::TestWithParam<std::size_t> {
 protected:
  const Model& model() const { return models()[GetParam()]; }
};

TEST_P(EveryNoise, RaisesFalseAlarmsAsRarelyAsPromised) {
  for (const unsigned blocks : {6u, 10u, 20u}) {
    const auto shares = share_called_different(model(), blocks, 0, kExperiments, kExperiments, 7);
    EXPECT_LT(shares[hodges_lehmann], 0.05 + kError) << model().name << ", " << blocks;
  }
}

TEST_P(EveryNoise, HoldsTheTrueEffectAfterStoppingAtAWidth) {
  const Stopped stopped = stop_when_precise(model(), 24, 0.04, kExperiments, 8);
  EXPECT_GT(stopped.coverage, 0.92) << model().name;
  EXPECT_GE(stopped.mean_blocks, 6) << model().name;
}

TEST_P(EveryNoise, MakesPooledIterationsCryWolf) {
  // Why a boot is the unit: ten iterations of a boot are one fact, and pooling counts ten.
  const auto shares = share_called_different(model(), 10, 0, kExperiments, kExperiments, 9);
  EXPECT_GT(shares[welch_pooled], 0.15) << model().name;
}

TEST_P(EveryNoise, RaisesAFalseAlarmAnywhereInAFamilyAsRarelyAsPromised) {
  for (const unsigned blocks : {6u, 10u})
    for (const unsigned affected : {0u, 1u}) {
      const auto rates =
          family_rates(model(), blocks, {.effect = 0.3, .affected = affected}, kExperiments, 11);
      EXPECT_LT(rates[joint].any_false, 0.05 + kError) << model().name << ", " << blocks;
    }
}

INSTANTIATE_TEST_SUITE_P(Models, EveryNoise, testing::Range(std::size_t{0}, std::size_t{7}));

/// Separate builds whose layouts scatter as much as boots do.
LayoutAnswers with_layouts(unsigned blocks, unsigned layouts, double effect,
                           std::size_t scatter = 0) {
  const Layouts made{&models()[scatter], layouts, 1};
  return share_with_layouts(models()[0], made, blocks, effect, kExperiments, 11);
}

TEST(TextLayouts, CallIdenticalSourcesDifferentWhenEachIsLinkedOnce) {
  EXPECT_GT(with_layouts(12, 1, 0).by_block, 0.3);
}

TEST(TextLayouts, RaiseFalseAlarmsAsRarelyAsPromisedWhenLayoutsAreCounted) {
  for (const auto& [blocks, layouts] : {std::pair{12u, 6u}, {12u, 12u}, {24u, 6u}, {15u, 6u}})
    for (const std::size_t scatter : {0u, 2u}) {
      const LayoutAnswers shares = with_layouts(blocks, layouts, 0, scatter);
      EXPECT_LT(shares.by_layout, 0.05 + kError) << blocks << " blocks, " << layouts << " layouts";
      if (blocks == layouts) continue;
      EXPECT_GT(shares.by_block, shares.by_layout) << "blocks of a layout are no new evidence";
    }
}

TEST(TextLayouts, StillShowALargeEffect) {
  EXPECT_GT(with_layouts(12, 12, 0.2).by_layout, 0.99);
}

TEST(Simulation, SeesALargeEffect) {
  const auto shares = share_called_different(models()[0], 10, 0.2, 500, 500, 3);
  EXPECT_GT(shares[hodges_lehmann], 0.99);
}

TEST(Simulation, FindsInAFamilyOfTwelveWhatHolmCannotFindInSixBlocks) {
  // 12/32 is the least that Holm can give the surest of twelve.
  const auto one = family_rates(models()[0], 6, {.effect = 0.3, .affected = 1}, 500, 4);
  EXPECT_EQ(one[holm_alone].found, 0);
  EXPECT_GT(one[joint].found, 0.9);
  const auto all = family_rates(models()[0], 6, {.effect = 0.3, .affected = 12}, 500, 4);
  EXPECT_EQ(all[holm_alone].found, 0);
  EXPECT_GT(all[joint].found, 0.95);
}

TEST(Simulation, CriesWolfInAFamilyWithoutACorrection) {
  const auto rates = family_rates(models()[0], 10, {.shared = 0}, 500, 5);
  EXPECT_GT(rates[uncorrected].any_false, 0.3);
}

TEST(Simulation, IsTheSameEachTime) {
  const auto once = share_called_different(models()[3], 6, 0.02, 300, 3, 5);
  EXPECT_EQ(once, share_called_different(models()[3], 6, 0.02, 300, 3, 5));
}

TEST(Simulation, KnowsEveryModel) {
  EXPECT_EQ(models().size(), 7u);
}

}  // namespace
}  // namespace faultline::noise
