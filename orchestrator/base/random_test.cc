// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace faultline {
namespace {

TEST(Random, GivesThePublishedSequenceOfSplitMix64) {
  // First outputs for seed 1234567, from the reference C program by Sebastiano Vigna.
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317ULL);
  EXPECT_EQ(random.next(), 3203168211198807973ULL);
  EXPECT_EQ(random.next(), 9817491932198370423ULL);
}

TEST(Random, DrawsEveryOrderOfThreeAboutEquallyOften) {
  std::array<int, 27> counts{};
  Random random(1);
  for (int i = 0; i < 60000; ++i) {
    std::vector<int> items{0, 1, 2};
    random.shuffle(items);
    ++counts[static_cast<std::size_t>(items[0] * 9 + items[1] * 3 + items[2])];
  }
  int orders = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    ++orders;
    EXPECT_NEAR(count, 10000, 500);  // five standard deviations
  }
  EXPECT_EQ(orders, 6);
}

}  // namespace
}  // namespace faultline
