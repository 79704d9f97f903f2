// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/html/thin.h"

#include <algorithm>

namespace faultline {

std::vector<ChartPoint> thin(const std::vector<ChartPoint>& points, std::uint32_t end,
                             std::size_t buckets) {
  if (buckets == 0 || end == 0 || points.size() <= buckets * 4) return points;
  const auto bucket_of = [&](const ChartPoint& point) {
    return std::uint64_t{point.x} * buckets / end;
  };
  std::vector<ChartPoint> kept;
  for (std::size_t i = 0; i < points.size();) {
    std::size_t next = i;
    std::size_t low = i;
    std::size_t high = i;
    for (; next < points.size() && bucket_of(points[next]) == bucket_of(points[i]); ++next) {
      if (points[next].y < points[low].y) low = next;
      if (points[next].y > points[high].y) high = next;
    }
    std::size_t chosen[] = {i, low, high, next - 1};
    std::sort(std::begin(chosen), std::end(chosen));
    const auto last = std::unique(std::begin(chosen), std::end(chosen));
    for (auto at = std::begin(chosen); at != last; ++at) kept.push_back(points[*at]);
    i = next;
  }
  return kept;
}

}  // namespace faultline
