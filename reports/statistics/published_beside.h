// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "reports/report.h"

namespace faultline {

/// For each published pair the comparisons that belong beside it: of its workload, metric and arm,
/// in steps that have its parameters. Pure; the report's comparisons and steps must be there.
std::vector<PublishedBeside> published_beside(const Report& report);

}  // namespace faultline
