// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "image/initramfs.h"
#include "outcome/results.h"
#include "run/run_experiment.h"

namespace faultline {

/// The kernel and image that an arm boots, or why there is none.
struct PreparedArm {
  BuildResult kernel;
  std::optional<GuestImage> image;  ///< Only with a kernel.
  ImageRecord image_record{};       ///< Of `image`.
};

/// The parts that preparing works with; every reference outlives it.
struct ArmServices {
  KernelBuilder& builder;
  CommandRunner& commands;
  Interrupt& interrupt;
  RunProgress& progress;
  RunFolders folders;
};

/// Beside the arms of an experiment: what each boots, by the seed of its text layout.
using PreparedArms = std::vector<std::map<std::uint32_t, PreparedArm>>;

/// Builds the kernel of every arm in each of its `layouts` (planned_layouts(); those of arms with
/// one build once), and their images; the Debian disk first, so that a host that cannot make it
/// says so at once. The result stands beside experiment.arms. After an interrupt it is empty: check
/// services.interrupt. Throws Error{host, build_tool} for a broken host only.
boost::asio::awaitable<PreparedArms> prepare_arms(ArmServices services,
                                                  const Experiment& experiment,
                                                  const Catalogue& catalogue,
                                                  std::vector<std::vector<std::uint32_t>> layouts);

/// Config symbols that the experiment's workloads and its image need and that this kernel lacks, as
/// sentences.
std::vector<std::string> missing_symbols(const KernelArtifact& kernel, const Experiment& experiment,
                                         const Catalogue& catalogue);

/// Collectors whose source this kernel was built without, as sentences: the run goes on without
/// them.
std::vector<std::string> collectors_without_source(const KernelArtifact& kernel,
                                                   const Experiment& experiment);

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
