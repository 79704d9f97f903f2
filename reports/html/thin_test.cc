// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/html/thin.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace faultline {
namespace {

TEST(Thin, KeepsTheLowestAndHighestOfEveryBucketInOrder) {
  Random random(3);
  std::vector<ChartPoint> points;
  for (std::uint32_t x = 0; x < 10'000; ++x) points.push_back({x, double(random.below(1'000'000))});
  const auto kept = thin(points, 10'000, 100);
  EXPECT_LE(kept.size(), 400u);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(),
                             [](const auto& a, const auto& b) { return a.x < b.x; }));
  const auto by_y = [](const ChartPoint& a, const ChartPoint& b) { return a.y < b.y; };
  for (std::uint32_t bucket = 0; bucket < 100; ++bucket) {
    const auto first = points.begin() + bucket * 100;
    const auto [low, high] = std::minmax_element(first, first + 100, by_y);
    EXPECT_NE(std::find(kept.begin(), kept.end(), *low), kept.end());
    EXPECT_NE(std::find(kept.begin(), kept.end(), *high), kept.end());
    EXPECT_NE(std::find(kept.begin(), kept.end(), *first), kept.end());
    EXPECT_NE(std::find(kept.begin(), kept.end(), first[99]), kept.end());
  }
}

TEST(Thin, LeavesFewPointsAlone) {
  const std::vector<ChartPoint> points{{0, 1}, {5, 2}};
  EXPECT_EQ(thin(points, 10, 100), points);
  EXPECT_TRUE(thin({}, 0, 100).empty());
}

}  // namespace
}  // namespace faultline
