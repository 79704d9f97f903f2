// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "reports/report.h"

namespace faultline {

/// For each published curve our own, along the parameters of its places. Pure; the report's boot
/// values, steps, labels and proofs must be there.
std::vector<CurveBeside> curves_beside(const Report& report);

}  // namespace faultline
