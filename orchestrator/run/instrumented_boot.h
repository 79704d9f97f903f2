// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "instrument/reading.h"
#include "outcome/results.h"
#include "run/boot_order.h"
#include "run/run_experiment.h"
#include "virt/hypervisor.h"

namespace faultline {

/// How much longer an instrumented guest may take than one that nobody watches (docs/instrument.md
/// has the figures).
inline constexpr double instrument_slowdown = 4;

/// Throws Error{host, user_input} if guests of this hypervisor cannot be instrumented: it is not
/// our own, its QEMU has no plugins, or the plugin was not built.
void check_instrument(const HypervisorFacts& hypervisor, const RunFolders& folders);

/// The names of the code of a guest: its kernel, the agent, the workloads, busybox. A kernel
/// without a list of symbols has no names. Throws Error{host}.
std::shared_ptr<const Symbols> load_symbols(const KernelArtifact& kernel,
                                            const RunFolders& folders);

/// What the instrument measures in every step, besides the workload's own metrics.
std::vector<MetricInfo> metrics_of_instrument(const std::string& workload,
                                              const Experiment& experiment);

/// The files through which one boot's instrument is told what to do and tells what it saw.
class InstrumentedBoot {
 public:
  /// Writes what the plugin reads to `scratch`. `order` must outlive the object. Throws
  /// Error{host}.
  InstrumentedBoot(const BootOrder& order, const std::filesystem::path& scratch);
  InstrumentedBoot(const InstrumentedBoot&) = delete;
  InstrumentedBoot& operator=(const InstrumentedBoot&) = delete;
  ~InstrumentedBoot();

  /// For GuestMachine::plugin.
  std::string plugin_argument() const;
  /// Tells the plugin where each node's memory is; before the guest runs. Throws Error{host}.
  void place_memory(const std::vector<RamBlock>& blocks);
  /// Adds profiles, samples and notes to the record of the boot, which has ended.
  void complete(BootRecord& record) const;

 private:
  const BootOrder& order_;
  std::filesystem::path out_, functions_, layout_;
};

}  // namespace faultline
