// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "reports/report.h"

namespace faultline {

/// What times measured on this topology are worth on this host. `topology_json` is
/// RunInfo::topology_json's form; one that cannot be read is at best policy-only. An unknown host
/// (no CPUs) backs nothing.
TopologyLabel label_topology(const std::string& topology_json, const HostRecord& host,
                             const std::string& accel);

/// True if the metric's figures are real time or depend on it: its unit is one of time, or a rate.
bool measures_time(const MetricInfo& metric);

}  // namespace faultline
