// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <charconv>

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

/// A timeout is set far above what a program takes: the estimate is a six-hundredth of it, but no
/// less than a process with its snapshots needs and no more than a workload is made to last.
milliseconds guess_iteration(milliseconds timeout, unsigned slowdown) {
  return std::clamp(timeout / 600, milliseconds(200), milliseconds(10'000)) * slowdown;
}

/// A workload with a parameter `seconds` runs for so long, however slow the machine is.
milliseconds iteration_of(const PlannedStep& step, unsigned slowdown) {
  const auto given = step.params.find("seconds");
  unsigned seconds = 0;
  if (given == step.params.end() ||
      std::from_chars(given->second.data(), given->second.data() + given->second.size(), seconds)
              .ec != std::errc())
    return guess_iteration(step.timeout, slowdown);
  return std::chrono::seconds(seconds);
}

}  // namespace

milliseconds expected_duration(const Experiment& experiment, const Plan& plan,
                               const PlannedBoot& boot) {
  const Pace pace = pace_of(experiment.accel);
  milliseconds total =
      pace.boot + pace.boot_per_cpu * experiment.topologies[boot.topology].cpu_count();
  for (const std::uint16_t index : boot.steps) {
    const PlannedStep& step = plan.steps[index];
    total += iteration_of(step, pace.slowdown) * step.iterations;
  }
  return total;
}

}  // namespace faultline
