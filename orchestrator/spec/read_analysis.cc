// SPDX-License-Identifier: GPL-2.0-or-later
#include <charconv>
#include <cmath>

#include "spec/experiment_reader.h"
#include "spec/quantity.h"
#include "spec/yaml_values.h"

namespace faultline {
namespace {

std::optional<double> percentage_at(const YamlNode* map, const std::string& key) {
  const auto text = text_at(map, key);
  return text ? parse_percentage(*text) : std::nullopt;
}

std::optional<double> positive_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(value) && value > 0 ? std::optional(value) : std::nullopt;
}

/// The metric of this name in one of the workloads that the experiment uses, or null.
const MetricDefinition* find_metric(const ReaderContext& context, const Experiment& experiment,
                                    const std::string& name, std::vector<std::string>& known) {
  const MetricDefinition* found = nullptr;
  for (const WorkloadUse& use : experiment.workloads) {
    const auto workload = context.catalogue.workloads.find(use.workload);
    if (workload == context.catalogue.workloads.end()) continue;
    for (const MetricDefinition& metric : workload->second.metrics) {
      known.push_back(metric.name);
      if (metric.name == name) found = &metric;
    }
  }
  return found;
}

void read_margin(const ReaderContext& context, const Experiment& experiment,
                 const std::string& name, const YamlNode& value, AnalysisChoice& choice) {
  if (value.kind != YamlNode::Kind::scalar) return;
  std::vector<std::string> known;
  const MetricDefinition* metric = find_metric(context, experiment, name, known);
  if (metric == nullptr) {
    context.diagnostics.error(value.mark, "unknown metric " + in_quotes(name),
                              name_hint(name, known));
    return;
  }
  const bool is_ratio = metric->scale == Scale::ratio;
  const auto margin = is_ratio ? parse_percentage(value.scalar) : positive_number(value.scalar);
  if (margin)
    choice.margins[name] = *margin;
  else
    context.diagnostics.error(value.mark,
                              "the margin of " + in_quotes(name) + " must be " +
                                  (is_ratio ? "a percentage" : "a number above 0, in its unit") +
                                  ", not " + in_quotes(value.scalar),
                              is_ratio ? "write for example 2%" : "write for example 16");
}

}  // namespace

AnalysisChoice read_analysis(const ReaderContext& context, const Experiment& experiment) {
  const YamlNode* analysis = value_at(&context.root, "analysis");
  AnalysisChoice choice;
  choice.method = text_at(analysis, "method").value_or(choice.method);
  choice.equivalence = percentage_at(analysis, "equivalence");
  const YamlNode* margins = value_at(analysis, "margins");
  if (margins && margins->kind == YamlNode::Kind::map)
    for (const YamlNode::Entry& entry : margins->entries)
      read_margin(context, experiment, entry.key, *entry.value, choice);
  for (const YamlNode* name : items_of(value_at(analysis, "primary"))) {
    if (name->kind != YamlNode::Kind::scalar) continue;
    std::vector<std::string> known;
    if (find_metric(context, experiment, name->scalar, known) != nullptr)
      choice.primary.push_back(name->scalar);
    else
      context.diagnostics.error(name->mark, "unknown metric " + in_quotes(name->scalar),
                                name_hint(name->scalar, known));
  }
  return choice;
}

std::optional<GateChoice> read_gate(const ReaderContext& context) {
  const YamlNode* gate = value_at(&context.root, "gate");
  if (!gate) return std::nullopt;
  return GateChoice{.any_times = text_at(gate, "times") == "any",
                    .inconclusive_fails = text_at(gate, "inconclusive") == "fail"};
}

ContaminationLimits read_contamination(const ReaderContext& context) {
  const YamlNode* limits = value_at(&context.root, "contamination");
  ContaminationLimits read;
  read.host_load = percentage_at(limits, "host_load");
  read.steal = percentage_at(limits, "steal");
  read.frequency_drop = percentage_at(limits, "frequency_drop");
  read.memory_pressure = percentage_at(limits, "memory_pressure");
  read.clock_drift = percentage_at(limits, "clock_drift");
  if (const auto guests = integer_at(limits, "other_guests"))
    read.other_guests = static_cast<unsigned>(*guests);
  read.reruns = static_cast<unsigned>(integer_at(limits, "reruns").value_or(read.reruns));
  return read;
}

}  // namespace faultline
