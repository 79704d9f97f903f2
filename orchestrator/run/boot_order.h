// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "async/deadlines.h"
#include "guest/run_sheet.h"
#include "image/initramfs.h"
#include "instrument/reading.h"
#include "kernel/kernel_builder.h"
#include "plan/plan.h"
#include "spec/catalogue.h"
#include "spec/experiment.h"
#include "virt/hypervisor.h"

namespace faultline {

/// One boot, ready to be carried out: every choice has been made.
struct BootOrder {
  std::string boot_id;
  std::uint32_t block = 0;
  std::uint32_t position = 0;
  std::uint32_t attempt = 0;
  std::string arm;
  Topology topology;
  Accelerator accel = Accelerator::tcg;  ///< Never automatic.
  KernelArtifact kernel;
  GuestImage image;
  std::string cmdline;
  guest::RunSheet sheet;
  /// Beside sheet.steps: what a step is called and what it measures.
  struct StepMeaning {
    std::string workload;
    std::string params;
    std::vector<MetricDefinition> metrics;
    bool perturbed = false;  ///< Collectors that perturb run along.
    bool counts = true;      ///< In verdicts; what goes wrong in it is the boot's outcome.
  };
  std::vector<StepMeaning> steps;
  Instrument instrument;                   ///< What to count of it.
  std::shared_ptr<const Symbols> symbols;  ///< With an instrument: what its code is called.
  std::filesystem::path plugin;            ///< With an instrument: its shared object.
};

/// The guest's kernel parameters: what Faultline needs on this host (docs/guest-kernel.md), then
/// the arm's own, which win where both set one.
std::string guest_cmdline(Accelerator accel, const std::string& arm_cmdline);

/// The guest that carries out the order, with `initramfs` written by write_boot_initramfs().
GuestMachine machine_of(const BootOrder& order, const std::filesystem::path& initramfs);

/// How long the phases of a guest may take on this accelerator; `patience` stretches them all.
Deadlines deadlines_for(Accelerator accel, double patience = 1);

/// The kernel file that boots faster on this accelerator: the ELF where there is one.
const std::filesystem::path& boot_file(const KernelArtifact& kernel);

/// Puts together all that the boot needs. `boot_id` is unique in the database. Collectors that
/// perturb run one by one in further steps behind the measured ones, in the boots of the first
/// block only: nothing that is measured can feel them, nor each other; or, if the experiment says
/// so, in all measured steps.
BootOrder prepare_boot(std::string boot_id, const Experiment& experiment,
                       const Catalogue& catalogue, const Plan& plan, const PlannedBoot& boot,
                       std::uint32_t attempt, Accelerator accel, const KernelArtifact& kernel,
                       const GuestImage& image, const Deadlines& deadlines);

/// A boot without any step: the guest says hello and powers off. Proves an accelerator and is the
/// base of `shell`.
BootOrder prepare_empty_boot(std::string boot_id, const Topology& topology, Accelerator accel,
                             const KernelArtifact& kernel, const GuestImage& image,
                             const Deadlines& deadlines);

}  // namespace faultline
