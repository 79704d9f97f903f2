// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/time_left.h"

#include <cmath>

namespace faultline {

void TimeLeft::boot_took(std::uint32_t arm, std::uint32_t topology, double seconds) {
  by_kind_[{arm, topology}].add(seconds);
  overall_.add(seconds);
}

std::chrono::seconds TimeLeft::estimate(const std::vector<PlannedBoot>& boots, std::size_t next,
                                        const Experiment& experiment, const Plan& plan) const {
  double total = 0;
  for (std::size_t i = next; i < boots.size(); ++i) {
    const auto kind = by_kind_.find({boots[i].arm, boots[i].topology});
    if (kind != by_kind_.end())
      total += kind->second.sum / kind->second.count;
    else if (overall_.count > 0)
      total += overall_.sum / overall_.count;
    else
      total += std::chrono::duration<double>(expected_duration(experiment, plan, boots[i])).count();
  }
  return std::chrono::seconds(std::llround(total));
}

}  // namespace faultline
