// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "reports/report.h"

namespace faultline {

/// Every arm's profiles against the baseline's, by topology and step, where both have some. The
/// boots of an arm are taken together; `counted` of counted_boots(). The idle task is left out, and
/// frames without a symbol are one "[unknown]".
std::vector<ProfileDifference> difference_of_profiles(const Results& results,
                                                      const std::vector<bool>& counted,
                                                      std::uint32_t baseline);

/// The same of what the instrument counted; nothing without call stacks.
std::optional<ProfileDifference> difference_of_stacks(const StepProfile& base,
                                                      const StepProfile& arm);

/// What two arms executed in one step, function by function.
ExecutionDifference difference_of_executions(const StepProfile& base, const StepProfile& arm);

}  // namespace faultline
