// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <set>

#include "spec/experiment_reader.h"
#include "spec/parameter_value.h"
#include "spec/yaml_values.h"

namespace faultline {
namespace {

std::vector<std::string> read_values(const YamlNode& written, const ParameterDefinition& parameter,
                                     const ReaderContext& context) {
  std::vector<std::string> values;
  std::set<std::string> seen;
  for (const YamlNode* item : items_of(&written)) {
    if (item->kind != YamlNode::Kind::scalar) continue;
    const auto value = canonical_value(parameter, item->scalar);
    if (!value) continue;
    if (!seen.insert(*value).second)
      context.diagnostics.error(
          item->mark, "'" + parameter.name + "' has the value " + item->scalar + " twice");
    values.push_back(*value);
  }
  return values;
}

void read_params(const YamlNode* node, const WorkloadDefinition& workload,
                 const ReaderContext& context, WorkloadUse& use) {
  const YamlNode* params = value_at(node, "params");
  if (!params) return;
  check_shape(*params, params_shape(workload), "params", context.diagnostics);
  if (!context.diagnostics.within_bounds()) return;
  for (const YamlNode::Entry& entry : params->entries)
    if (const ParameterDefinition* parameter = workload.parameter(entry.key))
      use.params[entry.key] = read_values(*entry.value, *parameter, context);
}

struct KnownNames {
  std::string kind;
  std::vector<std::string> names;
};

std::vector<std::string> read_names(const YamlNode* filter, const std::string& key,
                                    const KnownNames& known, const ReaderContext& context) {
  std::vector<std::string> names;
  for (const YamlNode* item : items_of(value_at(filter, key))) {
    if (item->kind != YamlNode::Kind::scalar || context.diagnostics.full()) continue;
    if (std::find(known.names.begin(), known.names.end(), item->scalar) == known.names.end())
      context.diagnostics.error(
          item->mark, "this experiment has no " + known.kind + " " + in_quotes(item->scalar),
          name_hint(item->scalar, known.names));
    names.push_back(item->scalar);
  }
  return names;
}

/// The workloads that `params` of a filter can speak of.
std::vector<const WorkloadDefinition*> filtered_workloads(const MatrixFilter& filter,
                                                          const Experiment& experiment,
                                                          const Catalogue& catalogue) {
  std::set<std::string> names(filter.workloads.begin(), filter.workloads.end());
  if (names.empty())
    for (const WorkloadUse& use : experiment.workloads) names.insert(use.workload);
  std::vector<const WorkloadDefinition*> workloads;
  for (const std::string& name : names)
    if (const auto found = catalogue.workloads.find(name); found != catalogue.workloads.end())
      workloads.push_back(&found->second);
  return workloads;
}

/// Two workloads may have parameters of one name and different types: every canonical form counts.
std::vector<std::string> read_filter_values(const YamlNode::Entry& entry,
                                            const std::vector<const WorkloadDefinition*>& workloads,
                                            const ReaderContext& context) {
  std::vector<std::string> values;
  for (const YamlNode* item : items_of(entry.value.get())) {
    if (item->kind != YamlNode::Kind::scalar) continue;
    bool accepted = false;
    for (const WorkloadDefinition* workload : workloads) {
      const ParameterDefinition* parameter = workload->parameter(entry.key);
      if (!parameter) continue;
      if (const auto value = canonical_value(*parameter, item->scalar)) {
        accepted = true;
        if (std::find(values.begin(), values.end(), *value) == values.end())
          values.push_back(*value);
      }
    }
    if (!accepted)
      context.diagnostics.error(
          item->mark, in_quotes(item->scalar) + " is no value of parameter '" + entry.key + "'");
  }
  return values;
}

void read_filter_params(const YamlNode* node, const Experiment& experiment,
                        const ReaderContext& context, MatrixFilter& filter) {
  const YamlNode* params = value_at(node, "params");
  if (!params) return;
  const auto workloads = filtered_workloads(filter, experiment, context.catalogue);
  std::vector<std::string> known;
  for (const WorkloadDefinition* workload : workloads)
    for (const ParameterDefinition& parameter : workload->parameters)
      known.push_back(parameter.name);
  for (const YamlNode::Entry& entry : params->entries) {
    if (context.diagnostics.full()) return;
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
      context.diagnostics.error(entry.mark, "unknown parameter " + in_quotes(entry.key),
                                name_hint(entry.key, known));
      continue;
    }
    filter.params[entry.key] = read_filter_values(entry, workloads, context);
  }
}

}  // namespace

std::vector<WorkloadUse> read_workload_uses(const ReaderContext& context) {
  std::vector<WorkloadUse> uses;
  for (const YamlNode* node : items_of(value_at(&context.root, "workloads"))) {
    if (node->kind != YamlNode::Kind::map) continue;
    WorkloadUse use;
    use.position = context.diagnostics.position(node->mark);
    use.workload = text_at(node, "use").value_or("");
    use.iterations = static_cast<unsigned>(integer_at(node, "iterations").value_or(1));
    use.timeout = duration_at(node, "timeout");
    use.settings = settings_at(node, context.diagnostics).value_or(std::vector<Setting>{});
    const auto workload = context.catalogue.workloads.find(use.workload);
    if (workload != context.catalogue.workloads.end())
      read_params(node, workload->second, context, use);
    uses.push_back(std::move(use));
  }
  return uses;
}

std::vector<MatrixFilter> read_filters(const ReaderContext& context, const std::string& key,
                                       const Experiment& experiment) {
  KnownNames kernels{"kernel", {}};
  KnownNames topologies{"topology", {}};
  KnownNames workloads{"workload", {}};
  for (const Arm& arm : experiment.arms) kernels.names.push_back(arm.name);
  for (const Topology& topology : experiment.topologies) topologies.names.push_back(topology.name);
  for (const WorkloadUse& use : experiment.workloads) workloads.names.push_back(use.workload);
  std::vector<MatrixFilter> filters;
  for (const YamlNode* node : items_of(value_at(&context.root, key))) {
    MatrixFilter filter;
    filter.kernels = read_names(node, "kernels", kernels, context);
    filter.topologies = read_names(node, "topologies", topologies, context);
    filter.workloads = read_names(node, "workloads", workloads, context);
    read_filter_params(node, experiment, context, filter);
    filters.push_back(std::move(filter));
  }
  return filters;
}

}  // namespace faultline
