// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "reports/report.h"
#include "reports/statistics/policy.h"

namespace faultline {

/// What a report learns from a calibration: its comparisons are of identical arms, so every
/// difference in them is a false one. They are judged in groups of as many blocks as `report` has,
/// or all at once if there are fewer. `report` has its comparisons already.
Calibration calibrate(const Results& calibration, const Report& report,
                      const AnalysisPolicy& policy);

/// What is not the same in two runs: host, host kernel, QEMU, accelerator, the baseline's kernel,
/// topologies and steps that the calibration lacks. Sentences for people; empty if nothing.
std::vector<std::string> calibration_mismatches(const Results& calibration, const Results& results);

/// The same from what is known of runs without their boots (not the baseline's kernel): to choose
/// among calibrations. Fewer is better.
std::size_t calibration_distance(const RunInfo& calibration, const RunInfo& run);

}  // namespace faultline
