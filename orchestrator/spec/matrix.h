// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "spec/catalogue.h"
#include "spec/experiment.h"

// Kernels × topologies × workloads, filtered. Shared by the check of an experiment, which refuses
// empty and excessive matrices, and by the plan.

namespace faultline {

/// One workload with one value for every parameter.
struct MatrixStep {
  std::size_t use = 0;                        ///< Index into Experiment::workloads.
  std::map<std::string, std::string> params;  ///< Every parameter, defaults included.
};

/// What each block boots once: an arm on a topology, with the steps that the filters leave.
struct MatrixBoot {
  std::uint32_t arm = 0;
  std::uint32_t topology = 0;
  std::vector<std::uint16_t> steps;  ///< Indices of steps, in file order; never empty.
};

/// How many steps expand_steps() would return; saturates at 2^64-1.
std::uint64_t count_steps(const Experiment& experiment);

/// Every combination of values of every workload use, in file order, the first parameter of the
/// workload varying slowest. Needs count_steps() to be within ExperimentLimits::steps.
std::vector<MatrixStep> expand_steps(const Experiment& experiment, const Catalogue& catalogue);

/// The (arm, topology) pairs that have a step left, arms varying slowest.
std::vector<MatrixBoot> select_boots(const Experiment& experiment,
                                     const std::vector<MatrixStep>& steps);

/// True if some arm, topology and step match the filter.
bool matches_anything(const MatrixFilter& filter, const Experiment& experiment,
                      const std::vector<MatrixStep>& steps);

}  // namespace faultline
