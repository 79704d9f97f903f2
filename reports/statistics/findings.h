// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "reports/report.h"
#include "reports/statistics/boot_values.h"

// What the numbers say, in sentences. The rules are in docs/reports.md.

namespace faultline {

/// One sentence about the primary metrics.
std::string make_headline(const Report& report);

/// What is missing and why, and how far the figures can be believed; the gravest first.
std::vector<std::string> make_warnings(const Report& report, const LeftOut& left_out);

}  // namespace faultline
