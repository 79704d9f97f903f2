// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "reports/report.h"

// From samples to what is compared: which boots count, and one value of each.

namespace faultline {

/// Which boots count: of each (block, arm, topology) the last attempt, unless we failed it
/// (infra_failed), it was cancelled, or it completed contaminated. Beside Results::boots.
std::vector<bool> counted_boots(const Results& results);

/// The step that a boot died in, by its outcome's phase ("step rmap-walk children=16"): what it had
/// measured there is a torso and does not count. Results::steps.size() when it died in none.
std::uint32_t failed_step(const Results& results, const ResultBoot& boot);

/// What was left out while reducing, so that the report can say so.
struct LeftOut {
  std::uint64_t not_finite = 0;    ///< Samples that are NaN or infinite.
  std::uint64_t failed_steps = 0;  ///< Samples of steps that did not finish.
  std::uint64_t dangling = 0;      ///< Samples that name no known boot, step or metric.
};

/// One value per counted boot, step and metric, in the order of Report::boot_values.
std::vector<BootValue> reduce_samples(const Results& results, LeftOut& left_out);

}  // namespace faultline
