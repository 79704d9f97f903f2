// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reports/report.h"

// What every renderer tells beside the numbers. Texts are raw: the renderer makes them visible.

namespace faultline {

/// Where the numbers came from: label and value, in reading order.
std::vector<std::pair<std::string, std::string>> provenance_facts(const Report& report);

/// What is missing and why, one line for each arm, topology, step and reason.
std::vector<std::string> missing_lines(const Report& report);

/// The sweeps of primary metrics, or all when no sweep has a primary metric.
std::vector<const SweepSummary*> chief_sweeps(const Report& report);

/// "2025-10-09 08:53 UTC"; "" for 0.
std::string utc_text(std::int64_t ns_since_1970);

/// "21 min", "3.2 s".
std::string duration_text(double seconds);

}  // namespace faultline
