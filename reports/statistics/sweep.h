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

/// Every metric over every numeric parameter that takes two or more values while the others are
/// held. `values` is in the order of Report::boot_values.
std::vector<SweepSummary> find_sweeps(const Results& results, const std::vector<BootValue>& values);

}  // namespace faultline
