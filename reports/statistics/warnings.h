// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "reports/report.h"
#include "reports/statistics/boot_values.h"

namespace faultline {

/// What is missing and why, and how far the figures can be believed; the gravest first.
std::vector<std::string> make_warnings(const Report& report, const LeftOut& left_out);

}  // namespace faultline
