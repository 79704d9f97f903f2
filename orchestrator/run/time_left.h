// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace faultline {

/// Estimates how long the rest of a run takes: boots of the same arm and topology as they were
/// measured, else of any, else the plan's rough guess.
class TimeLeft {
 public:
  void boot_took(std::uint32_t arm, std::uint32_t topology, double seconds);
  /// For the boots of `boots` from `next` on.
  std::chrono::seconds estimate(const std::vector<PlannedBoot>& boots, std::size_t next,
                                const Experiment& experiment, const Plan& plan) const;

 private:
  struct Mean {
    double sum = 0;
    double count = 0;
    void add(double seconds) {
      sum += seconds;
      count += 1;
    }
  };
  std::map<std::pair<std::uint32_t, std::uint32_t>, Mean> by_kind_;
  Mean overall_;
};

}  // namespace faultline
