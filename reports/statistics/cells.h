// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/report.h"
#include "reports/statistics/block_units.h"

namespace faultline {

/// The boots' values in order, and what should be there besides. Refers to the results and values
/// that it was made of, which outlive it and do not change.
class CellIndex {
 public:
  /// `values` in the order of Report::boot_values, `counted` of counted_boots().
  CellIndex(const Results& results, const std::vector<BootValue>& values,
            std::vector<bool> counted);

  /// Blocks that were planned, or seen if more.
  std::uint32_t blocks() const { return blocks_; }

  /// Which blocks are independent of each other.
  const BlockUnits& units() const { return units_; }

  /// The plan's include/exclude lines are not in the results: what every boot of a place completed
  /// without is taken as not asked for.
  bool is_planned(std::uint32_t arm, std::uint32_t topology, std::uint32_t step) const;

  /// False for an exploratory metric of which no boot said anything in a step that boots finished:
  /// the workload does not give it there, so nothing is missing.
  bool is_given(std::uint32_t topology, std::uint32_t step, std::uint32_t metric) const;

  std::span<const BootValue> values_of(std::uint32_t arm, std::uint32_t topology,
                                       std::uint32_t step, std::uint32_t metric) const;

  /// Every planned cell, by topology, step, metric and arm.
  std::vector<CellSummary> summaries() const;

 private:
  /// Everything about one (arm, topology) that decides what its cells should hold.
  struct Place {
    std::vector<std::uint32_t> boots;  ///< The last attempt of each block, in run order.
    std::set<std::uint32_t> steps;     ///< With any sample, counted or not.
    bool all_completed = true;
  };
  using CellKey = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

  void index_places();
  void index_given();
  std::size_t given_index(std::uint32_t topology, std::uint32_t step, std::uint32_t metric) const {
    return (std::size_t{topology} * results_.steps.size() + step) * (run_.metrics.size() + 1) +
           metric;
  }
  void index_values(const std::vector<BootValue>& values);
  CellSummary summary(std::uint32_t arm, std::uint32_t topology, std::uint32_t step,
                      std::uint32_t metric) const;
  bool workload_failed_in(const ResultBoot& boot, std::uint32_t step) const;
  std::string why_missing(std::span<const BootValue> values, std::uint32_t arm,
                          std::uint32_t topology, std::uint32_t step) const;

  const Results& results_;
  const RunInfo& run_;
  BlockUnits units_;
  std::vector<bool> counted_;
  std::uint32_t blocks_ = 0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Place> places_;  ///< By arm, topology.
  std::map<CellKey, std::span<const BootValue>> cells_;
  /// By given_index(): has any sample. The place behind the last metric: a boot finished the step.
  std::vector<bool> given_;
};

}  // namespace faultline
