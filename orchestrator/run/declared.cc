// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/declared.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace faultline {

std::map<std::string, std::string> declared(const Experiment& experiment) {
  std::map<std::string, std::string> all;
  const auto number = [&all](const char* name, const auto& value) {
    if (value) all[name] = fmt::format("{}", *value);
  };
  for (const Arm& arm : experiment.arms) {
    std::string text;
    for (const Setting& setting : arm.settings)
      text += (text.empty() ? "" : ", ") + setting.path + " = " + setting.value;
    if (!text.empty()) all["settings " + arm.name] = text;
  }
  if (experiment.analysis.method != AnalysisChoice{}.method)
    all["analysis.method"] = experiment.analysis.method;
  number("analysis.equivalence", experiment.analysis.equivalence);
  for (const auto& [metric, margin] : experiment.analysis.margins)
    all["analysis.margin " + metric] = fmt::format("{}", margin);
  if (!experiment.analysis.primary.empty())
    all["analysis.primary"] = fmt::format("{}", fmt::join(experiment.analysis.primary, ", "));
  if (experiment.gate) {
    all["gate"] = "";
    all["gate.times"] = experiment.gate->any_times ? "any" : "backed";
    all["gate.inconclusive"] = experiment.gate->inconclusive_fails ? "fail" : "pass";
  }
  const ContaminationLimits& limits = experiment.contamination;
  number("contamination.host_load", limits.host_load);
  number("contamination.steal", limits.steal);
  number("contamination.frequency_drop", limits.frequency_drop);
  number("contamination.memory_pressure", limits.memory_pressure);
  number("contamination.clock_drift", limits.clock_drift);
  number("contamination.other_guests", limits.other_guests);
  number("runs.precision", experiment.runs.precision);
  if (experiment.runs.precision) number("runs.max_blocks", experiment.runs.max_blocks);
  if (experiment.runs.layouts > 0) all["runs.layouts"] = std::to_string(experiment.runs.layouts);
  if (experiment.runs.budget)
    all["runs.budget"] = fmt::format("{} s", experiment.runs.budget->count() / 1000);
  return all;
}

std::string topology_json(const Topology& topology) {
  nlohmann::json nodes = nlohmann::json::array();
  for (const TopologyNode& node : topology.nodes) {
    nlohmann::json entry{{"cpus", node.cpus}, {"memory", node.memory}};
    if (node.host_node) entry["host_node"] = *node.host_node;
    nodes.push_back(std::move(entry));
  }
  nlohmann::json json{{"nodes", nodes}, {"distances", topology.distances}};
  if (topology.sockets > 0) json["sockets"] = topology.sockets;
  if (topology.cores > 0) json["cores"] = topology.cores;
  if (topology.threads > 0) json["threads"] = topology.threads;
  if (topology.backing == MemoryBacking::memfd) json["backing"] = "memfd";
  if (topology.backing == MemoryBacking::hugepages) {
    json["backing"] = "hugepages";
    json["hugepage_size"] = topology.hugepage_size;
  }
  if (!topology.pin_cpus.empty()) json["pin"] = topology.pin_cpus;
  if (topology.cache)
    json["cache"] = {{"sets", topology.cache->sets},
                     {"ways", topology.cache->ways},
                     {"line", topology.cache->line}};
  return json.dump();
}

}  // namespace faultline
