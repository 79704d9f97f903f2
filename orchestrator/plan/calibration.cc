// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/calibration.h"

#include <algorithm>

namespace faultline {

Experiment calibration_of(const Experiment& experiment) {
  Experiment calibration = experiment;
  const Arm baseline = experiment.arms[experiment.baseline];
  Arm twin = baseline;
  twin.name += "-twin";
  twin.layouts_apart = true;  // What layouts alone do is part of what is measured.
  calibration.arms = {baseline, twin};
  calibration.baseline = 0;
  calibration.gate.reset();
  // What the filters say of the baseline holds for its twin; other kernels are not there.
  for (auto* filters : {&calibration.include, &calibration.exclude}) {
    const bool was_empty = filters->empty();
    std::erase_if(*filters, [&](MatrixFilter& filter) {
      if (filter.kernels.empty()) return false;
      const bool ours = std::find(filter.kernels.begin(), filter.kernels.end(), baseline.name) !=
                        filter.kernels.end();
      filter.kernels = {baseline.name, twin.name};
      return !ours;
    });
    // An empty include: would mean everything; here it means that the baseline is not booted.
    if (!was_empty && filters->empty() && filters == &calibration.include) {
      MatrixFilter nothing;
      nothing.kernels = {""};
      filters->push_back(nothing);
    }
  }
  return calibration;
}

}  // namespace faultline
