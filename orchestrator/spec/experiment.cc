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
