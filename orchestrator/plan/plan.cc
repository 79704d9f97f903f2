// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan.h"

#include <algorithm>
#include <initializer_list>

#include "base/random.h"
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

/// One block: every boot of the matrix once.
void append_block(const std::vector<MatrixBoot>& matrix, const Experiment& experiment,
                  std::uint32_t block, std::vector<PlannedBoot>& boots) {
  const std::uint64_t seed = experiment.runs.seed;
  std::vector<std::size_t> order(matrix.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  random_for(seed, {block}).shuffle(order);
  for (std::uint32_t position = 0; position < order.size(); ++position) {
    const MatrixBoot& cell = matrix[order[position]];
    PlannedBoot boot{block, position, cell.arm, cell.topology, cell.steps};
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
  Plan plan;
  plan.blocks = blocks;
  plan.boots.reserve(matrix.size() * blocks);
  for (std::uint32_t block = 0; block < blocks; ++block)
    append_block(matrix, experiment, block, plan.boots);
  for (MatrixStep& step : steps)
    plan.steps.push_back(planned(std::move(step), experiment, catalogue));
  return plan;
}

}  // namespace faultline
