// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "plan/plan.h"

namespace faultline {
namespace {

using std::chrono::milliseconds;

/// How one accelerator behaves, from guests of 2 and 16 CPUs on a small machine; nothing better
/// can be said before a host has booted its first guest.
struct Pace {
  milliseconds boot;  ///< Start to power-off of a guest of one CPU that does nothing.
  milliseconds boot_per_cpu;
  unsigned slowdown;  ///< Of a workload against real speed.
};

Pace pace_of(Accelerator accel) {
  switch (accel) {
    case Accelerator::kvm:
      return {milliseconds(1000), milliseconds(20), 1};
    case Accelerator::icount:
      return {milliseconds(4000), milliseconds(200), 12};
    case Accelerator::automatic:  // An estimate that is too long disappoints nobody.
    case Accelerator::tcg:
      return {milliseconds(1800), milliseconds(100), 4};
  }
  return {};
}

/// A timeout is set far above what a program takes: the estimate is a two-hundredth of it, but no
/// less than a process with its snapshots needs and no more than a workload is made to last.
milliseconds guess_iteration(milliseconds timeout) {
  return std::clamp(timeout / 200, milliseconds(200), milliseconds(30'000));
}

}  // namespace

milliseconds expected_duration(const Experiment& experiment, const Plan& plan,
                               const PlannedBoot& boot) {
  const Pace pace = pace_of(experiment.accel);
  milliseconds total =
      pace.boot + pace.boot_per_cpu * experiment.topologies[boot.topology].cpu_count();
  for (const std::uint16_t index : boot.steps) {
    const PlannedStep& step = plan.steps[index];
    total += guess_iteration(step.timeout) * step.iterations * pace.slowdown;
  }
  return total;
}

}  // namespace faultline
