// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>

#include "reports/statistics/effect.h"

namespace faultline {

/// RunInfo::declared, read: what the experiment fixed about its analysis before the run. Names and
/// forms are in docs/statistics.md; what cannot be read counts as not declared.
struct AnalysisPolicy {
  Method method = Method::hodges_lehmann;
  std::optional<double> equivalence;      ///< Margin of all ratio metrics: 0.02.
  std::map<std::string, double> margins;  ///< By metric; wins over `equivalence`.
  struct Gate {
    bool inconclusive_fails = false;
    bool any_times = false;  ///< Believe times on topologies that are not backed.
  };
  std::optional<Gate> gate;

  std::optional<double> margin_of(const MetricInfo& metric) const;
};

AnalysisPolicy policy_of(const RunInfo& run);

}  // namespace faultline
