// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "outcome/results.h"
#include "spec/workload_definition.h"

namespace faultline {

/// The numbers that a workload printed.
struct ExtractedSamples {
  std::vector<SampleRecord> samples;
  /// Primary metrics that no line of any iteration gave, and lines that matched but held no finite
  /// number: sentences for people.
  std::vector<std::string> problems;
};

/// Matches every metric's pattern against every line of every iteration's standard output. A
/// pattern that matches several lines of one iteration gives one sample, of its last match: a
/// program that reports progress ends with the figure that counts. Iterations that did not exit
/// with 0 give nothing. Pure; output is hostile, RE2 is linear in its length.
ExtractedSamples extract_samples(const std::vector<MetricDefinition>& metrics,
                                 const std::vector<IterationRecord>& iterations);

}  // namespace faultline
