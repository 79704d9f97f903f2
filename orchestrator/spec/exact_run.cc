// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/exact_run.h"

#include <algorithm>

#include "spec/collectors.h"

namespace faultline {
namespace {

/// Why a workload's figures would not repeat, or "".
std::string obstacle(const WorkloadDefinition& workload) {
  if (!workload.not_exact.empty()) return workload.not_exact;
  if (workload.image != "minimal")
    return "its image '" + workload.image + "' is a disk, which answers at the host's times";
  return {};
}

}  // namespace

std::vector<Diagnostic> exact_run_problems(const Experiment& experiment,
                                           const Catalogue& catalogue) {
  std::vector<Diagnostic> problems;
  if (experiment.accel != Accelerator::icount) {
    if (experiment.instrument.wanted())
      problems.push_back({Severity::error,
                          {experiment.file, 0, 0},
                          "'instrument' needs the instruction clock",
                          "leave it out, or use accel: icount"});
    return problems;
  }
  if (experiment.runs.layouts > 0)
    problems.push_back({Severity::error,
                        {experiment.file, 0, 0},
                        "'layouts' has no meaning on the instruction clock: an instruction counts "
                        "the same wherever it lies",
                        "leave it out, or use accel: auto, kvm or tcg"});
  for (const WorkloadUse& use : experiment.workloads) {
    const std::string why = obstacle(catalogue.workloads.at(use.workload));
    if (!why.empty())
      problems.push_back(
          {Severity::error, use.position,
           "workload '" + use.workload + "' cannot run on the instruction clock: " + why,
           "use accel: auto, kvm or tcg for it"});
  }
  for (const CollectorDefinition& collector : collectors())
    if (collector.debian &&
        std::count(experiment.collect.begin(), experiment.collect.end(), collector.name) > 0)
      problems.push_back({Severity::error,
                          {experiment.file, 0, 0},
                          "collector '" + collector.name +
                              "' cannot run on the instruction clock: it needs the Debian image, "
                              "a disk, which answers at the host's times",
                          "leave it out, or use accel: auto, kvm or tcg"});
  return problems;
}

}  // namespace faultline
