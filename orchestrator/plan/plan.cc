// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan.h"

#include <algorithm>
#include <initializer_list>

#include "base/random.h"
#include "base/sha256.h"
#include "spec/matrix.h"
#include "spec/parameter_value.h"

namespace faultline {
namespace {

/// A sequence of its own for each use of the seed: what one draws never shifts another.
Random random_for(std::uint64_t seed, std::initializer_list<std::uint64_t> what) {
  std::uint64_t state = Random(seed).next();
  for (const std::uint64_t part : what) state = Random(state ^ part).next();
  return Random(state);
}

/// "children=16 pages=64": what the file names, in the workload's order of parameters.
std::string label_of(const WorkloadDefinition& workload, const WorkloadUse& use,
                     const MatrixStep& step) {
  std::string label;
  for (const ParameterDefinition& parameter : workload.parameters) {
    if (!use.params.contains(parameter.name)) continue;
    label += (label.empty() ? "" : " ") + parameter.name + "=" +
             label_value(parameter, step.params.at(parameter.name));
  }
  return label;
}

/// The use's settings on top of the workload's own.
std::vector<Setting> settings_of(const WorkloadDefinition& workload, const WorkloadUse& use) {
  std::vector<Setting> settings = workload.settings;
  for (const Setting& setting : use.settings) {
    const auto same = std::find_if(settings.begin(), settings.end(),
                                   [&](const Setting& s) { return s.path == setting.path; });
    if (same == settings.end())
      settings.push_back(setting);
    else
      same->value = setting.value;
  }
  return settings;
}

PlannedStep planned(MatrixStep step, const Experiment& experiment, const Catalogue& catalogue) {
  const WorkloadUse& use = experiment.workloads[step.use];
  const WorkloadDefinition& workload = catalogue.workloads.at(use.workload);
  PlannedStep planned;
  planned.workload = use.workload;
  planned.label = label_of(workload, use, step);
  planned.argv = expand_command(workload, step.params);
  planned.iterations = use.iterations;
  planned.timeout = use.timeout.value_or(workload.timeout);
  planned.settings = settings_of(workload, use);
  planned.params = std::move(step.params);
  return planned;
}

/// What distinguishes this use of the seed from the orders of blocks.
constexpr std::uint64_t layout_cycles = UINT64_MAX;

/// Which of `layouts` a block boots: each cycle of so many blocks has all of them.
std::uint32_t layout_index(const Experiment& experiment, std::uint32_t block) {
  const unsigned layouts = experiment.runs.layouts;
  std::vector<std::uint32_t> order(layouts);
  for (std::uint32_t i = 0; i < layouts; ++i) order[i] = i;
  random_for(experiment.runs.seed, {layout_cycles, block / layouts}).shuffle(order);
  return order[block % layouts];
}

/// The seed of a layout, by the name of the arm that stands for the build: a calibration boots the
/// same layouts of its baseline as the experiment does.
std::uint32_t layout_seed(std::uint64_t run_seed, const std::string& build, std::uint32_t index) {
  const std::string digest = Sha256()
                                 .add("text layout")
                                 .add(std::to_string(run_seed))
                                 .add(build)
                                 .add(std::to_string(index))
                                 .finish();
  const auto seed = static_cast<std::uint32_t>(std::stoul(digest.substr(0, 8), nullptr, 16));
  return std::max(seed, std::uint32_t{1});  // 0 is no layout.
}

/// Beside the arms: the layout that a block boots of each.
std::vector<std::uint32_t> layouts_of_block(const Experiment& experiment,
                                            const std::vector<std::size_t>& builds,
                                            std::uint32_t block) {
  std::vector<std::uint32_t> layouts(experiment.arms.size());
  if (experiment.runs.layouts == 0) return layouts;
  const std::uint32_t index = layout_index(experiment, block);
  for (std::size_t arm = 0; arm < layouts.size(); ++arm)
    layouts[arm] = layout_seed(experiment.runs.seed, experiment.arms[builds[arm]].name, index);
  return layouts;
}

/// One block: every boot of the matrix once.
void append_block(const std::vector<MatrixBoot>& matrix, const Experiment& experiment,
                  const std::vector<std::size_t>& builds, std::uint32_t block,
                  std::vector<PlannedBoot>& boots) {
  const std::vector<std::uint32_t> layouts = layouts_of_block(experiment, builds, block);
  const std::uint64_t seed = experiment.runs.seed;
  std::vector<std::size_t> order(matrix.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  random_for(seed, {block}).shuffle(order);
  for (std::uint32_t position = 0; position < order.size(); ++position) {
    const MatrixBoot& cell = matrix[order[position]];
    PlannedBoot boot{block, position, cell.arm, cell.topology, layouts[cell.arm], cell.steps};
    // On the instruction clock two boots have to agree in every digit, so nothing may differ.
    if (experiment.accel != Accelerator::icount)
      random_for(seed, {block, cell.arm, cell.topology}).shuffle(boot.steps);
    boots.push_back(std::move(boot));
  }
}

}  // namespace

Plan make_plan(const Experiment& experiment, const Catalogue& catalogue) {
  return make_plan(experiment, catalogue, experiment.runs.blocks);
}

Plan make_plan(const Experiment& experiment, const Catalogue& catalogue, unsigned blocks) {
  std::vector<MatrixStep> steps = expand_steps(experiment, catalogue);
  const std::vector<MatrixBoot> matrix = select_boots(experiment, steps);
  const std::vector<std::size_t> builds = builds_of_arms(experiment);
  Plan plan;
  plan.blocks = blocks;
  plan.boots.reserve(matrix.size() * blocks);
  for (std::uint32_t block = 0; block < blocks; ++block)
    append_block(matrix, experiment, builds, block, plan.boots);
  for (MatrixStep& step : steps)
    plan.steps.push_back(planned(std::move(step), experiment, catalogue));
  return plan;
}

std::vector<std::vector<std::uint32_t>> planned_layouts(const Plan& plan, std::size_t arms) {
  std::vector<std::vector<std::uint32_t>> layouts(arms);
  for (const PlannedBoot& boot : plan.boots) {
    std::vector<std::uint32_t>& known = layouts[boot.arm];
    if (std::find(known.begin(), known.end(), boot.layout) == known.end())
      known.push_back(boot.layout);
  }
  for (std::vector<std::uint32_t>& known : layouts)
    if (known.empty()) known.push_back(0);
  return layouts;
}

}  // namespace faultline
