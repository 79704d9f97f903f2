// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "reports/format.h"

namespace faultline {
namespace {

std::string kernel_text(const KernelRecord& kernel) {
  std::string text = kernel.release.empty() ? kernel.key : kernel.release;
  text += " from " + kernel.source;
  for (const std::string& series : kernel.series) text += " + " + series;
  return text;
}

}  // namespace

std::string utc_text(std::int64_t ns_since_1970) {
  if (ns_since_1970 == 0) return "";
  const std::time_t seconds = ns_since_1970 / 1'000'000'000;
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return "";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min);
}

std::string duration_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto minutes = static_cast<long long>(seconds / 60 + 0.5);
  if (minutes < 60) return fmt::format("{} min", minutes);
  return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

std::vector<std::pair<std::string, std::string>> provenance_facts(const Report& report) {
  const RunInfo& run = report.results.run;
  const HostRecord& host = run.host;
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](const char* label, std::string value) {
    if (!value.empty()) facts.emplace_back(label, std::move(value));
  };
  if (!run.accel.empty())
    add("accelerator",
        accelerator_name(run.accel) + (run.accel_reason.empty() ? "" : ": " + run.accel_reason));
  for (const KernelRecord& kernel : report.results.kernels) add("kernel", kernel_text(kernel));
  for (std::size_t arm = 0; arm < std::min(run.arms.size(), run.arm_cmdlines.size()); ++arm)
    if (!run.arm_cmdlines[arm].empty())
      add("arm", short_name(run.arms[arm], 40) + ": " + run.arm_cmdlines[arm]);
  if (!host.cpu_model.empty())
    add("host", fmt::format("{}, {}, {}, {}", host.cpu_model, count_of(host.cpus, "CPU"),
                            format_quantity(double(host.memory_kib), "KiB"),
                            count_of(host.numa_nodes, "node")));
  add("host kernel", host.kernel);
  add("QEMU", host.qemu);
  add("libvirt", host.libvirt.empty() ? "" : host.libvirt + ", " + host.connect_uri);
  std::string when = utc_text(run.started_at_ns);
  if (run.finished_at_ns > run.started_at_ns)
    when += ", took " + duration_text(double(run.finished_at_ns - run.started_at_ns) / 1e9);
  if (!run.experiment.empty())
    add("run", fmt::format("{} of {}, seed {}, {}, {}", run.run_id, run.experiment, run.seed,
                           count_of(run.blocks, "block"), count_of(run.planned_boots, "boot")));
  add("started", when);
  add("Faultline", run.faultline_version);
  return facts;
}

std::vector<std::string> missing_lines(const Report& report) {
  const RunInfo& run = report.results.run;
  std::vector<std::string> lines;
  std::set<std::string> seen;
  for (const CellSummary& cell : report.cells) {
    if (cell.missing.empty()) continue;
    std::string line =
        fmt::format("{} on {}, {}: {}", short_name(run.arms[cell.arm], 40),
                    short_name(run.topologies[cell.topology], 40),
                    short_name(step_name(report.results.steps[cell.step]), 80), cell.missing);
    if (seen.insert(line).second) lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<const SweepSummary*> chief_sweeps(const Report& report) {
  std::vector<const SweepSummary*> primary;
  std::vector<const SweepSummary*> all;
  for (const SweepSummary& sweep : report.sweeps) {
    all.push_back(&sweep);
    if (report.results.run.metrics[sweep.metric].primary) primary.push_back(&sweep);
  }
  return primary.empty() ? all : primary;
}

}  // namespace faultline
