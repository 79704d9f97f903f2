// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "spec/catalogue.h"
#include "spec/experiment.h"

namespace faultline {

/// One workload with one value for every parameter: what is measured inside a boot.
struct PlannedStep {
  std::string workload;
  std::map<std::string, std::string> params;  ///< Every parameter, defaults included.
  /// The parameters that vary or that the file names, as "children=16 pages=64": with the workload
  /// it names the step in plans, databases and reports.
  std::string label;
  std::vector<std::string> argv;
  unsigned iterations = 1;
  std::chrono::milliseconds timeout{0};  ///< Per iteration, at real speed.
  std::vector<Setting> settings;
};

/// One guest to boot: the experimental unit.
struct PlannedBoot {
  std::uint32_t block = 0;           ///< From 0.
  std::uint32_t position = 0;        ///< Place in run order within the block, from 0.
  std::uint32_t arm = 0;             ///< Index into Experiment::arms.
  std::uint32_t topology = 0;        ///< Index into Experiment::topologies.
  std::uint32_t layout = 0;          ///< Seed of the text layout that it boots; 0: none.
  std::vector<std::uint16_t> steps;  ///< Indices into Plan::steps, in the order to run them.
};

/// What a run will do, decided by the experiment and its seed alone.
struct Plan {
  std::vector<PlannedStep> steps;
  std::vector<PlannedBoot> boots;  ///< In run order.
  unsigned blocks = 0;
};

/// Kernels × topologies × workloads, filtered by include/exclude, in blocks: each block boots every
/// (arm, topology) once, in an order that only the seed and the block's number decide, so that
/// adding blocks never reorders earlier ones. Steps inside a boot are ordered likewise, except on
/// the instruction clock, where they stay in the order of the file.
/// With `layouts: k` a block boots one of k text layouts of each build, drawn apart for each build;
/// every k blocks go through all of them, in a seeded order. `blocks` overrides the experiment's
/// number. Pure.
Plan make_plan(const Experiment& experiment, const Catalogue& catalogue);
Plan make_plan(const Experiment& experiment, const Catalogue& catalogue, unsigned blocks);

/// Beside the arms: the text layouts that the plan boots of each, in the order of first use; {0}
/// for an arm that is not booted.
std::vector<std::vector<std::uint32_t>> planned_layouts(const Plan& plan, std::size_t arms);

/// Rough time that one boot takes when nothing is known of this host yet; a run's own progress
/// corrects it from measured boots.
std::chrono::milliseconds expected_duration(const Experiment& experiment, const Plan& plan,
                                            const PlannedBoot& boot);

}  // namespace faultline
