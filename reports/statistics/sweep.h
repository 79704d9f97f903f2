// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/report.h"

namespace faultline {

/// The number that a parameter's text means: "64", "1.5", "64K" and "1G" (binary multiples),
/// "10ms", "2s" (in seconds). Nothing for other text.
std::optional<double> parameter_number(std::string_view text);

/// A step's label taken apart: "children=16 pages=64" in order.
std::vector<std::pair<std::string, std::string>> label_parameters(std::string_view label);

/// True if the label has all of these words: "children=16 pages=64" has "pages=64".
bool label_has(std::string_view label, const std::vector<std::string>& words);

/// A step's label without one of its parameters: "pages=64".
std::string label_without(std::string_view label, std::string_view parameter);

/// The slope of log value over log parameter, least squares over the points that are positive in
/// both: 1 is linear, 2 is quadratic. Nothing unless they are at two places or more.
std::optional<double> exponent_of(const std::vector<std::pair<double, double>>& points);

/// Every metric over every numeric parameter that takes two or more values while the others are
/// held. `values` is in the order of Report::boot_values.
std::vector<SweepSummary> find_sweeps(const Results& results, const std::vector<BootValue>& values);

}  // namespace faultline
