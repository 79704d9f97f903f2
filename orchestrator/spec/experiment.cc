// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/experiment.h"

namespace faultline {

unsigned Topology::cpu_count() const {
  unsigned cpus = 0;
  for (const TopologyNode& node : nodes) cpus += node.cpus;
  return cpus;
}

Bytes Topology::memory() const {
  Bytes bytes = 0;
  for (const TopologyNode& node : nodes) bytes += node.memory;
  return bytes;
}

unsigned default_blocks(Accelerator accel) {
  return accel == Accelerator::icount ? 2 : 6;
}

void use_accelerator(Experiment& experiment, Accelerator accel) {
  experiment.accel = accel;
  if (!experiment.runs.blocks_given) experiment.runs.blocks = default_blocks(accel);
}

bool same_build(const Arm& a, const Arm& b) {
  return a.source == b.source && a.series == b.series && a.config == b.config;
}

std::vector<std::size_t> builds_of_arms(const Experiment& experiment) {
  const std::vector<Arm>& arms = experiment.arms;
  std::vector<std::size_t> builds(arms.size());
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const auto shared = [&](std::size_t other) {
      const bool apart =
          experiment.runs.layouts > 0 && (arms[other].layouts_apart || arms[i].layouts_apart);
      return other == i || (same_build(arms[other], arms[i]) && !apart);
    };
    builds[i] = experiment.baseline;
    if (experiment.baseline < arms.size() && shared(experiment.baseline)) continue;
    for (builds[i] = 0; !shared(builds[i]);) ++builds[i];
  }
  return builds;
}

std::string to_string(Accelerator accel) {
  switch (accel) {
    case Accelerator::automatic:
      return "auto";
    case Accelerator::kvm:
      return "kvm";
    case Accelerator::tcg:
      return "tcg";
    case Accelerator::icount:
      return "icount";
  }
  return "";
}

}  // namespace faultline
