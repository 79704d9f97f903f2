// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "reports/report.h"

namespace faultline {

/// Says what moved along: fills Report::why and Report::profiles from the comparisons and what the
/// collectors counted. Every confirmed difference has its place; besides those the largest
/// inconclusive one, and places with a profile. `counted` of counted_boots().
void explain(Report& report, const std::vector<bool>& counted, unsigned threads);

}  // namespace faultline
