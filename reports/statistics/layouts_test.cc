// SPDX-License-Identifier: GPL-2.0-or-later
// Reports of runs whose builds were linked in several text layouts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reports/testing/report_builder.h"

namespace faultline {
namespace {

using testing::HasSubstr;
using testing::Not;

/// `blocks` blocks that go round `layouts` layouts; in each the new arm is `factor` times the base,
/// times what the layout does, times what the block does.
ReportBuilder run_in_layouts(unsigned blocks, unsigned layouts, double factor, double layout_noise,
                             double block_noise) {
  ReportBuilder made;
  for (std::uint32_t block = 0; block < blocks; ++block) {
    const std::uint32_t layout = block % layouts;
    const double of_layout = std::exp(layout_noise * std::sin(1.0 + 2.0 * layout));
    const double of_block = std::exp(block_noise * std::sin(0.3 + 5.0 * block));
    made.boot(0, block, {10});
    made.boot(1, block, {10 * factor * of_layout * of_block});
    for (const std::uint32_t arm : {0u, 1u}) {
      const std::string key = std::to_string(arm) + "-" + std::to_string(layout);
      made.results_.boots[made.results_.boots.size() - 2 + arm].kernel_key = key;
      if (block >= layouts) continue;
      KernelRecord kernel;
      kernel.key = key;
      kernel.layout = 100 * (arm + 1) + layout;
      kernel.config_text = "CONFIG_DEBUG_FORCE_FUNCTION_ALIGN_64B=y\n";
      made.results_.kernels.push_back(kernel);
    }
  }
  return made;
}

TEST(LayoutsOfARun, AreWhatAComparisonCounts) {
  const Comparison c = run_in_layouts(24, 8, 1.5, 0.05, 0.01).only_comparison();
  EXPECT_TRUE(c.over_layouts);
  EXPECT_EQ(c.effect.n, 8u);
  EXPECT_EQ(c.verdict, Verdict::regressed);
  EXPECT_NEAR(c.effect.value, 1.5, 0.05);
  ASSERT_TRUE(c.layout_share);
  EXPECT_GT(*c.layout_share, 0.8);
  EXPECT_THAT(c.note, HasSubstr("24 blocks in 8 text layouts, which make "));
}

TEST(LayoutsOfARun, ThatAreFewerThanSixAllowNoVerdictWithAnyNumberOfBlocks) {
  const Comparison c = run_in_layouts(50, 5, 1.5, 0, 0.01).only_comparison();
  EXPECT_EQ(c.verdict, Verdict::inconclusive);
  EXPECT_EQ(c.effect.n, 5u);
  EXPECT_FALSE(c.effect.low);
  EXPECT_EQ(c.reason, "5 text layouts complete, 6 are needed");
  EXPECT_EQ(c.further_blocks, 10u) << "as many as a layout has";
}

/// Six layouts, five of which happen to make the new arm slower: with many blocks each it would
/// seem sure that the new arm is slower.
TEST(LayoutsOfARun, AreNotTakenForWhatTheArmsDiffer) {
  ReportBuilder made = run_in_layouts(36, 6, 1, 0, 0.001);
  for (ResultBoot& boot : made.results_.boots)
    if (boot.arm == 1)
      for (ResultSample& sample : made.results_.samples)
        if (&made.results_.boots[sample.boot] == &boot)
          sample.value *= boot.block % 6 == 0 ? 0.97 : 1.02 + 0.002 * (boot.block % 6);
  EXPECT_EQ(made.only_comparison().verdict, Verdict::inconclusive);
  for (KernelRecord& kernel : made.results_.kernels) kernel.layout = 0;
  EXPECT_EQ(made.only_comparison().verdict, Verdict::regressed) << "what blocks alone would say";
}

TEST(LayoutsOfARun, OfOneBlockEachGiveTheSameFiguresAsBlocks) {
  ReportBuilder made = run_in_layouts(8, 8, 1.1, 0.01, 0.01);
  const Comparison by_layout = made.only_comparison();
  EXPECT_FALSE(by_layout.layout_share);
  for (KernelRecord& kernel : made.results_.kernels) kernel.layout = 0;
  const Comparison by_block = made.only_comparison();
  EXPECT_EQ(by_layout.effect, by_block.effect);
  EXPECT_EQ(by_layout.p, by_block.p);
  EXPECT_EQ(by_layout.verdict, by_block.verdict);
}

TEST(LayoutsOfARun, AreTheSampleOfACellToo) {
  const Report report = run_in_layouts(24, 8, 1.5, 0.05, 0.01).report();
  for (const CellSummary& cell : report.cells) {
    EXPECT_EQ(cell.median.n, 8u);
    EXPECT_EQ(cell.missing, "");
  }
  EXPECT_THAT(report.headline, HasSubstr("8 text layouts"));
}

}  // namespace
}  // namespace faultline
