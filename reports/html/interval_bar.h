// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "reports/html/html_writer.h"
#include "reports/report.h"

namespace faultline {

/// Places the effects of a table's rows along bars: ratios by their logarithm on one scale for all
/// rows, differences on one scale for each key. "No change" is always on it.
class BarScale {
 public:
  /// Ratios up to `floor` either way are marked as below what can be seen; 0: none.
  explicit BarScale(double floor = 0) : floor_(floor) {}

  /// Makes room for a row. `key` tells differences of one unit from others.
  void include(const Comparison& c, std::uint32_t key = 0);

  /// Draws a row that was included, with `label` for those who cannot see it.
  void write(HtmlWriter& html, const Comparison& c, const std::string& label, const char* css_class,
             std::uint32_t key = 0) const;

 private:
  struct Range {
    double low = 0, high = 0;
  };
  static double place_of(const Comparison& c, double effect);
  static double at(const Range& range, double place);

  double floor_;
  Range ratios_{-0.0487902, 0.0487902};  ///< log(1.05): a 1 % effect should not fill the bar.
  std::map<std::uint32_t, Range> differences_;
};

}  // namespace faultline
