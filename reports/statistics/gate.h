// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "reports/report.h"
#include "reports/statistics/policy.h"

namespace faultline {

/// Judges the primary comparisons (all, if none is primary) as the experiment's `gate:` says. A
/// time on a topology that is not backed is refused, and so fails the gate, unless the file accepts
/// any times; what cannot be compared fails it always.
GateResult judge_gate(const Report& report, const AnalysisPolicy::Gate& gate);

}  // namespace faultline
