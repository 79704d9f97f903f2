// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/boot_order.h"

#include <algorithm>
#include <numeric>

#include "run/host_tsc.h"
#include "spec/collectors.h"

namespace faultline {
namespace {

using std::chrono::milliseconds;

std::vector<guest::SheetNode> sheet_nodes(const Topology& topology) {
  std::vector<guest::SheetNode> nodes;
  unsigned next_cpu = 0;
  for (const TopologyNode& node : topology.nodes) {
    guest::SheetNode sheet_node;
    sheet_node.cpus.resize(node.cpus);
    std::iota(sheet_node.cpus.begin(), sheet_node.cpus.end(), next_cpu);
    next_cpu += node.cpus;
    sheet_node.memory_kib = node.memory / 1024;
    nodes.push_back(std::move(sheet_node));
  }
  return nodes;
}

std::vector<guest::SheetSetting> sheet_settings(const std::vector<Setting>& settings) {
  std::vector<guest::SheetSetting> result;
  for (const Setting& setting : settings) result.push_back({setting.path, setting.value});
  return result;
}

guest::SheetStep sheet_step(std::uint32_t id, const PlannedStep& step, const Deadlines& deadlines) {
  guest::SheetStep result;
  result.id = id;
  result.workload = step.workload;
  result.argv = step.argv;
  result.iterations = step.iterations;
  result.timeout_ms = static_cast<std::uint64_t>(deadlines.guest(step.timeout).count());
  result.settings = sheet_settings(step.settings);
  return result;
}

/// How much longer than undisturbed a program may take that is being traced.
constexpr unsigned perturbed_patience = 3;

/// How long the agent lets itself live: everything may take as long as it is allowed to.
std::uint64_t lifetime_ms(const guest::RunSheet& sheet, const Deadlines& deadlines) {
  milliseconds total = deadlines.guest(deadlines.hello) + deadlines.guest(deadlines.power_off);
  for (const guest::SheetStep& step : sheet.steps)
    total +=
        milliseconds(step.timeout_ms) * step.iterations + deadlines.guest(deadlines.step_slack);
  return static_cast<std::uint64_t>(total.count());
}

/// Parameters of every guest. The console shows warnings and worse: an oops must be seen, and each
/// line on an emulated serial port costs time. A kernel that oopses is over; a panic resets at
/// once, and a reset ends the guest.
constexpr const char* common_parameters =
    "console=ttyS0 loglevel=5 oops=panic panic=-1 no_timer_check nokaslr norandmaps";

/// Calibrating the clock and the delay loop on an emulated CPU costs seconds and finds nothing, and
/// processors that start side by side take the host's few cores from each other
/// (docs/guest-kernel.md has the figures).
constexpr const char* emulation_parameters = "tsc=reliable lpj=1000000 cpuhp.parallel=off";

/// The one disk that a guest can have.
constexpr const char* root_device = "/dev/vda";

}  // namespace

std::string guest_cmdline(Accelerator accel, const std::string& arm_cmdline) {
  std::string cmdline = common_parameters;
  if (accel != Accelerator::kvm) cmdline += std::string(" ") + emulation_parameters;
  // The instruction clock ticks the same for every guest, and is measured the same by each.
  if (accel == Accelerator::tcg && host_tsc_khz() != 0)
    cmdline += " tsc_early_khz=" + std::to_string(host_tsc_khz());
  if (!arm_cmdline.empty()) cmdline += " " + arm_cmdline;
  return cmdline;
}

Deadlines deadlines_for(Accelerator accel, double patience) {
  Deadlines real_time;
  real_time.scale = patience;
  return accel == Accelerator::kvm ? real_time : real_time.for_emulation();
}

const std::filesystem::path& boot_file(const KernelArtifact& kernel) {
  return kernel.vmlinux.empty() ? kernel.bzimage : kernel.vmlinux;
}

GuestMachine machine_of(const BootOrder& order, const std::filesystem::path& initramfs) {
  GuestMachine machine;
  machine.name = order.boot_id;
  machine.topology = order.topology;
  machine.accel = order.accel;
  machine.kernel = boot_file(order.kernel);
  machine.initramfs = initramfs;
  machine.cmdline = order.cmdline;
  machine.disk = order.image.disk;
  return machine;
}

BootOrder prepare_empty_boot(std::string boot_id, const Topology& topology, Accelerator accel,
                             const KernelArtifact& kernel, const GuestImage& image,
                             const Deadlines& deadlines) {
  BootOrder order;
  order.boot_id = std::move(boot_id);
  order.topology = topology;
  order.accel = accel;
  order.kernel = kernel;
  order.image = image;
  order.cmdline = guest_cmdline(accel, "");
  // Every byte that a guest reads costs it instructions: for exact boots all are the same.
  order.sheet.boot_id = accel == Accelerator::icount ? "exact" : order.boot_id;
  if (!image.disk.empty()) order.sheet.root = root_device;
  order.sheet.events = accel == Accelerator::icount ? "buffer" : "stream";
  order.sheet.nodes = sheet_nodes(topology);
  order.sheet.distances = topology.distances;
  order.sheet.lifetime_ms = lifetime_ms(order.sheet, deadlines);
  return order;
}

namespace {

/// The first `measured` steps once more, behind all others, with this collector running along.
void add_perturbed_steps(BootOrder& order, std::size_t measured, const std::string& perturbing) {
  for (std::size_t i = 0; i < measured; ++i) {
    guest::SheetStep step = order.sheet.steps[i];
    step.id = static_cast<std::uint32_t>(order.steps.size());
    step.timeout_ms *= perturbed_patience;
    step.observe = {perturbing};
    order.sheet.steps.push_back(std::move(step));
    BootOrder::StepMeaning meaning = order.steps[i];
    meaning.perturbed = true;
    meaning.counts = false;
    order.steps.push_back(std::move(meaning));
  }
}

}  // namespace

BootOrder prepare_boot(std::string boot_id, const Experiment& experiment,
                       const Catalogue& catalogue, const Plan& plan, const PlannedBoot& boot,
                       std::uint32_t attempt, Accelerator accel, const KernelArtifact& kernel,
                       const GuestImage& image, const Deadlines& deadlines) {
  const Arm& arm = experiment.arms[boot.arm];
  const Topology& topology = experiment.topologies[boot.topology];
  BootOrder order =
      prepare_empty_boot(std::move(boot_id), topology, accel, kernel, image, deadlines);
  order.block = boot.block;
  order.position = boot.position;
  order.attempt = attempt;
  order.arm = arm.name;
  order.cmdline = guest_cmdline(accel, arm.cmdline);
  order.sheet.settings = sheet_settings(arm.settings);
  order.sheet.collect = chosen_collectors(experiment, false);
  order.sheet.functions = experiment.functions;
  const std::vector<std::string> perturbing = chosen_collectors(experiment, true);
  const bool count_perturbed = experiment.runs.count_perturbed;
  for (const std::uint16_t index : boot.steps) {
    const PlannedStep& step = plan.steps[index];
    const auto id = static_cast<std::uint32_t>(order.steps.size());
    order.sheet.steps.push_back(sheet_step(id, step, deadlines));
    order.steps.push_back(
        {step.workload, step.label, catalogue.workloads.at(step.workload).metrics});
    if (perturbing.empty() || !count_perturbed) continue;
    order.sheet.steps.back().observe = perturbing;
    order.steps.back().perturbed = true;
  }
  // Exact boots must all do the same. One collector at a time: a profile is of no use that shows
  // how another collector traces functions.
  const bool observed_block = boot.block == 0 || accel == Accelerator::icount;
  if (!count_perturbed && observed_block)
    for (const std::string& collector : perturbing)
      add_perturbed_steps(order, boot.steps.size(), collector);
  order.sheet.lifetime_ms = lifetime_ms(order.sheet, deadlines);
  return order;
}

}  // namespace faultline
