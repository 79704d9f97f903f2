// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/topology_label.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

namespace faultline {

std::string to_string(TopologyLabel label) {
  switch (label) {
    case TopologyLabel::backed:
      return "backed";
    case TopologyLabel::policy_only:
      return "policy-only";
    case TopologyLabel::oversubscribed:
      return "oversubscribed";
    case TopologyLabel::emulated:
      break;
  }
  return "emulated";
}

TopologyLabel label_topology(const std::string& topology_json, const HostRecord& host,
                             const std::string& accel) {
  if (accel != "kvm") return TopologyLabel::emulated;
  const auto json = nlohmann::json::parse(topology_json, nullptr, false);
  if (!json.is_object() || !json.contains("nodes") || !json["nodes"].is_array())
    return TopologyLabel::policy_only;
  double cpus = 0;
  std::set<std::int64_t> host_nodes;
  for (const auto& node : json["nodes"]) {
    if (!node.is_object()) return TopologyLabel::policy_only;
    if (node.contains("cpus") && node["cpus"].is_number()) cpus += node["cpus"].get<double>();
    if (node.contains("host_node") && node["host_node"].is_number_integer())
      host_nodes.insert(node["host_node"].get<std::int64_t>());
  }
  if (cpus > host.cpus) return TopologyLabel::oversubscribed;
  const std::size_t nodes = json["nodes"].size();
  // One node on a host of one node is on its own host node whether it says so or not.
  const bool own = host_nodes.size() == nodes || (nodes == 1 && host.numa_nodes == 1);
  return own && nodes > 0 && nodes <= host.numa_nodes ? TopologyLabel::backed
                                                      : TopologyLabel::policy_only;
}

bool measures_time(const MetricInfo& metric) {
  static constexpr std::array<std::string_view, 9> kUnits{"s",       "ms", "us", "ns",    "min",
                                                          "seconds", "h",  "Hz", "cycles"};
  const std::string_view unit = metric.unit;
  const std::string_view per = unit.substr(std::min(unit.rfind('/') + 1, unit.size()));
  return std::find(kUnits.begin(), kUnits.end(), unit) != kUnits.end() ||
         (per != unit && std::find(kUnits.begin(), kUnits.end(), per) != kUnits.end());
}

}  // namespace faultline
