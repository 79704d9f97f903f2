// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace faultline {

struct ChartPoint {
  std::uint32_t x = 0;
  double y = 0;
  bool operator==(const ChartPoint&) const = default;
};

/// Drops points that a chart of `buckets` pixels over [0, end) would draw over others: of each
/// bucket along x the first, the lowest, the highest and the last stay, in order. `points` ascend
/// in x. Charts look the same; every extreme value is still there.
std::vector<ChartPoint> thin(const std::vector<ChartPoint>& points, std::uint32_t end,
                             std::size_t buckets);

}  // namespace faultline
