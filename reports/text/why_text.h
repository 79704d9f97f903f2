// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "reports/report.h"

namespace faultline {

/// The section "Why" of the text report, without its heading: lines of at most 80 columns. Of the
/// strongest differences the counters that moved along and the functions whose share did.
std::vector<std::string> why_lines(const Report& report);

}  // namespace faultline
