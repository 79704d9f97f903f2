// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/report.h"

namespace faultline {

/// Which comparisons the page shows: all, or, of a huge report, the first of the primary metrics
/// and then of the others. Indices into Report::comparisons, ascending.
std::vector<std::size_t> shown_comparisons(const Report& report);

/// What the charts draw, as JSON that is safe inside a script element: no '<', '>' or '&', only
/// ASCII. Names are made visible and cut. The format is known to reports/web/src only.
std::string page_data(const Report& report, const std::vector<std::size_t>& comparisons);

}  // namespace faultline
