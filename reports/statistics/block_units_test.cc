// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/block_units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Optional;
using testing::Pair;

/// Six blocks in three layouts of two arms; the baseline failed to build its layout in block 3.
Results six_blocks() {
  Results results;
  for (const std::uint32_t layout : {1u, 2u, 3u})
    for (const char* arm : {"a", "b"}) {
      KernelRecord kernel;
      kernel.key = arm + std::to_string(layout);
      kernel.layout = layout;
      results.kernels.push_back(kernel);
    }
  const std::uint32_t layout_of_block[] = {2, 1, 3, 2, 3, 1};
  for (std::uint32_t block = 0; block < 6; ++block)
    for (const std::uint32_t arm : {1u, 0u}) {
      ResultBoot boot;
      boot.block = block;
      boot.arm = arm;
      if (arm == 1 || block != 3)
        boot.kernel_key = (arm == 0 ? "a" : "b") + std::to_string(layout_of_block[block]);
      results.boots.push_back(boot);
    }
  return results;
}

TEST(BlockUnits, AreTheBlocksWhereNothingWasLaidOut) {
  Results results = six_blocks();
  for (KernelRecord& kernel : results.kernels) kernel.layout = 0;
  const BlockUnits units(results);
  EXPECT_FALSE(units.are_layouts());
  EXPECT_EQ(units.unit_of(4), 4u);
  EXPECT_THAT(units.means({{0, 1.5}, {4, 2.5}}), ElementsAre(Pair(0, 1.5), Pair(4, 2.5)));
}

TEST(BlockUnits, AreTheBlocksOfOneLayout) {
  const BlockUnits units(six_blocks());
  EXPECT_TRUE(units.are_layouts());
  std::vector<std::uint32_t> names;
  for (std::uint32_t block = 0; block < 6; ++block) names.push_back(units.unit_of(block));
  EXPECT_THAT(names, ElementsAre(0, 1, 2, 0, 2, 1));
  EXPECT_THAT(units.means({{0, 1}, {1, 5}, {2, 0.1}, {3, 3}, {5, 7}}),
              ElementsAre(Pair(0, 2), Pair(1, 6), Pair(2, 0.1)));
}

TEST(BlockUnits, TellTheShareOfTheSpreadThatLayoutsMake) {
  const BlockUnits units(six_blocks());
  // Mean squares by hand: 13/6 between layouts, 19/3 within.
  EXPECT_THAT(units.share_of_variance({{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 7}}),
              Optional(0.0));
  // 331/6 and 1: (331/6 - 1) / 2 = 325/12 of 325/12 + 1.
  EXPECT_THAT(units.share_of_variance({{0, 1}, {1, 11}, {2, 6}, {3, 2}, {4, 7}, {5, 13}}),
              Optional(DoubleNear(325.0 / 337, 1e-12)));
  EXPECT_FALSE(units.share_of_variance({{0, 1}, {1, 2}, {2, 3}})) << "one block each";
  EXPECT_FALSE(units.share_of_variance({{0, 1}, {3, 2}})) << "one layout";
  EXPECT_FALSE(units.share_of_variance({{0, 1}, {1, 1}, {2, 1}, {3, 1}})) << "nothing varies";
}

}  // namespace
}  // namespace faultline
