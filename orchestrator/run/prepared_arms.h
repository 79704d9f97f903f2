// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "image/initramfs.h"
#include "run/run_experiment.h"

namespace faultline {

/// The kernel and image that an arm boots, or why there is none.
struct PreparedArm {
  BuildResult kernel;
  std::optional<GuestImage> image;  ///< Only with a kernel.
};

/// The parts that preparing works with; every reference outlives it.
struct ArmServices {
  KernelBuilder& builder;
  Interrupt& interrupt;
  RunProgress& progress;
  RunFolders folders;
};

/// Builds the kernel of every arm, equal recipes once, and their images. The result stands beside
/// experiment.arms. After an interrupt the vector is incomplete: check
/// services.interrupt. Throws Error{host, build_tool} for a broken host only.
boost::asio::awaitable<std::vector<PreparedArm>> prepare_arms(ArmServices services,
                                                              const Experiment& experiment,
                                                              const Catalogue& catalogue);

/// Config symbols that the experiment's workloads need and that this kernel lacks, as sentences.
std::vector<std::string> missing_symbols(const KernelArtifact& kernel, const Experiment& experiment,
                                         const Catalogue& catalogue);

/// What the guests will run on, and why when it is not what one would wish.
struct ChosenAccelerator {
  Accelerator accel = Accelerator::tcg;
  std::string reason;
};

/// `auto` becomes KVM only after a guest ran on it (the answer is kept for this host), else TCG.
/// Throws Error{host} if the experiment insists on KVM and it does not work.
boost::asio::awaitable<ChosenAccelerator> choose_accelerator(Hypervisor& hypervisor,
                                                             const Clock& clock, RunFolders folders,
                                                             Accelerator wanted,
                                                             const PreparedArm& arm);

}  // namespace faultline
