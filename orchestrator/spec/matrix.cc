// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/matrix.h"

#include <algorithm>
#include <limits>

namespace faultline {
namespace {

bool allows(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

bool allows_params(const MatrixFilter& filter, const MatrixStep& step) {
  for (const auto& [name, values] : filter.params) {
    const auto found = step.params.find(name);
    if (found == step.params.end() || !allows(values, found->second)) return false;
  }
  return true;
}

/// A filter with its names looked up once: 100,000 boots ask it again and again.
struct CompiledFilter {
  std::vector<char> arms;
  std::vector<char> topologies;
  std::vector<char> steps;

  CompiledFilter(const MatrixFilter& filter, const Experiment& experiment,
                 const std::vector<MatrixStep>& all_steps) {
    for (const Arm& arm : experiment.arms) arms.push_back(allows(filter.kernels, arm.name));
    for (const Topology& topology : experiment.topologies)
      topologies.push_back(allows(filter.topologies, topology.name));
    for (const MatrixStep& step : all_steps)
      steps.push_back(allows(filter.workloads, experiment.workloads[step.use].workload) &&
                      allows_params(filter, step));
  }
};

std::vector<CompiledFilter> compile(const std::vector<MatrixFilter>& filters,
                                    const Experiment& experiment,
                                    const std::vector<MatrixStep>& steps) {
  std::vector<CompiledFilter> compiled;
  for (const MatrixFilter& filter : filters) compiled.emplace_back(filter, experiment, steps);
  return compiled;
}

/// The steps that one of the filters matches on this arm and topology.
std::vector<char> matched_steps(const std::vector<CompiledFilter>& filters, std::size_t arm,
                                std::size_t topology, std::size_t step_count) {
  std::vector<char> matched(step_count, 0);
  for (const CompiledFilter& filter : filters) {
    if (!filter.arms[arm] || !filter.topologies[topology]) continue;
    for (std::size_t i = 0; i < step_count; ++i) matched[i] |= filter.steps[i];
  }
  return matched;
}

}  // namespace

std::uint64_t count_steps(const Experiment& experiment) {
  constexpr std::uint64_t saturated = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t total = 0;
  for (const WorkloadUse& use : experiment.workloads) {
    std::uint64_t combinations = 1;
    for (const auto& [name, values] : use.params)
      if (__builtin_mul_overflow(combinations, values.size(), &combinations)) return saturated;
    if (__builtin_add_overflow(total, combinations, &total)) return saturated;
  }
  return total;
}

std::vector<MatrixStep> expand_steps(const Experiment& experiment, const Catalogue& catalogue) {
  std::vector<MatrixStep> steps;
  for (std::size_t use = 0; use < experiment.workloads.size(); ++use) {
    const WorkloadUse& written = experiment.workloads[use];
    const WorkloadDefinition& workload = catalogue.workloads.at(written.workload);
    std::vector<MatrixStep> expanded{{use, {}}};
    for (const ParameterDefinition& parameter : workload.parameters) {
      std::vector<std::string> values{parameter.default_value};
      if (const auto given = written.params.find(parameter.name); given != written.params.end())
        values = given->second;
      std::vector<MatrixStep> longer;
      for (const MatrixStep& step : expanded)
        for (const std::string& value : values) {
          longer.push_back(step);
          longer.back().params[parameter.name] = value;
        }
      expanded = std::move(longer);
    }
    steps.insert(steps.end(), std::make_move_iterator(expanded.begin()),
                 std::make_move_iterator(expanded.end()));
  }
  return steps;
}

std::vector<MatrixBoot> select_boots(const Experiment& experiment,
                                     const std::vector<MatrixStep>& steps) {
  const std::vector<CompiledFilter> include = compile(experiment.include, experiment, steps);
  const std::vector<CompiledFilter> exclude = compile(experiment.exclude, experiment, steps);
  std::vector<MatrixBoot> boots;
  for (std::size_t arm = 0; arm < experiment.arms.size(); ++arm)
    for (std::size_t topology = 0; topology < experiment.topologies.size(); ++topology) {
      const std::vector<char> wanted = matched_steps(include, arm, topology, steps.size());
      const std::vector<char> unwanted = matched_steps(exclude, arm, topology, steps.size());
      MatrixBoot boot{static_cast<std::uint32_t>(arm), static_cast<std::uint32_t>(topology), {}};
      for (std::size_t i = 0; i < steps.size(); ++i)
        if ((include.empty() || wanted[i]) && !unwanted[i])
          boot.steps.push_back(static_cast<std::uint16_t>(i));
      if (!boot.steps.empty()) boots.push_back(std::move(boot));
    }
  return boots;
}

bool matches_anything(const MatrixFilter& filter, const Experiment& experiment,
                      const std::vector<MatrixStep>& steps) {
  const CompiledFilter compiled(filter, experiment, steps);
  const auto any = [](const std::vector<char>& matched) {
    return std::find(matched.begin(), matched.end(), 1) != matched.end();
  };
  return any(compiled.arms) && any(compiled.topologies) && any(compiled.steps);
}

}  // namespace faultline
